"""Reads of the demo: the shelf and the orders of the small shop, the mailbox, the tickets."""

import re
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from portal.core.tenancy import register_system_reason, system
from portal.demo.clock import shifted
from portal.integrations.models import DemoMail, DemoTicket
from portal.integrations.shop import ShopOrder
from portal.integrations.shop.embedded import order_source, shop_writer
from portal.integrations.shop.rest.embedded import WrittenComment
from portal.integrations.shop.rest.embedded import comments_on as embedded_comments
from portal.integrations.shop.writing import ShelfDate
from portal.partners.models import Partner

DEMO = register_system_reason("demo data")
ORDER_NUMBER = re.compile(r"[0-9]{1,20}(-[0-9]{1,5})?")


def is_shop_set_up() -> bool:
    """Without sample data the tables are there, but no attributes, so nothing can be read."""
    with connection.cursor() as cursor:
        return bool(shop_writer(cursor).rows.rows("SELECT 1 FROM {eav_attribute} LIMIT 1"))


def dates(*, at: datetime) -> list[ShelfDate]:
    """Dates that have not started, by their start. By the demo's clock: others would expire once ordered."""
    if not is_shop_set_up():
        return []
    with connection.cursor() as cursor:
        return shop_writer(cursor).stock.dates(at=shifted(at))


def recent_orders(limit: int = 8) -> list[ShopOrder]:
    """Newest first, as the portal reads them."""
    if not is_shop_set_up():
        return []
    with connection.cursor() as cursor:
        found = shop_writer(cursor).rows.rows(
            "SELECT entity_id FROM {sales_order} ORDER BY created_at DESC, entity_id DESC LIMIT %s", limit
        )
    ids = [row[0] for row in found]
    return sorted(order_source().orders(ids), key=lambda order: ids.index(order.order_id))


def order_by_number(number: str) -> ShopOrder | None:
    if not ORDER_NUMBER.fullmatch(number):
        return None
    with connection.cursor() as cursor:
        found = shop_writer(cursor).rows.rows(
            "SELECT entity_id FROM {sales_order} WHERE increment_id = %s ORDER BY entity_id LIMIT 1", number
        )
    orders = order_source().orders([row[0] for row in found]) if found else []
    return orders[0] if orders else None


def comments_on(order: ShopOrder) -> list[WrittenComment]:
    """What the portal has written at the order, oldest first."""
    return embedded_comments(order.order_id)


def partners_of(order: ShopOrder) -> list[Partner]:
    """Whom the portal will ask about this order."""
    values = {line.partner_value for line in order.lines} - {""}
    with system(DEMO):
        return list(Partner.objects.filter(magento_partner_id__in=values))


def mails(to: str = "") -> QuerySet[DemoMail]:
    """Newest first."""
    # PostgreSQL knows no such character; no address has it either.
    if "\0" in to:
        return DemoMail.objects.none()
    every = DemoMail.objects.order_by("-sent_at", "-id")
    return every.filter(to_address__iexact=to) if to else every


def recipients() -> list[str]:
    return list(DemoMail.objects.order_by("to_address").values_list("to_address", flat=True).distinct())


def mail_by_id(mail_id: int) -> DemoMail | None:
    return DemoMail.objects.filter(pk=mail_id).first()


def tickets() -> QuerySet[DemoTicket]:
    """Newest first, with their notes."""
    return DemoTicket.objects.order_by("-created_at", "-id").prefetch_related("notes")
