"""Orders as an order source tells them, with boring defaults, and what came of taking them in."""

from dataclasses import replace
from datetime import date, time, timedelta

from portal.bookings import operations
from portal.bookings.importing.page import import_page
from portal.bookings.importing.report import Report
from portal.bookings.operations import By
from portal.conftest import NOON
from portal.core.models import Event, OutboxMail
from portal.integrations.shop import LineKind, PaymentStatus, ShopLine, ShopOrder, ShopPerson

LATER = NOON + timedelta(hours=1)

PERSON = ShopPerson("Jürgen", "Müller", "juergen@example.com", "0171 39200 01")


def make_line(item_id: int = 11, **values: object) -> ShopLine:
    line = ShopLine(
        item_id=item_id,
        kind=LineKind.COURSE,
        product_id=100,
        course_sku="K1",
        course_name="Sushi-Kurs für Anfänger",
        catalog_name="Sushi-Kurs für Anfänger",
        date_product_id=101,
        date_sku="K1-20300508",
        partner_value="10001",
        ordered=2,
        participants=2,
        price_cents=17800,
        starts_on=date(2030, 5, 8),
        starts_time=time(18, 0),
        ends_time=time(21, 0),
        duration_minutes=180,
        location="Marktplatz 1, München",
        date_price_cents=8900,
        notes="",
        in_catalog=True,
    )
    return replace(line, **values)


def make_order(*lines: ShopLine, order_id: int = 1, **values: object) -> ShopOrder:
    order = ShopOrder(
        order_id=order_id,
        number=f"{order_id:09d}",
        store_id=1,
        language="de",
        state="processing",
        status="processing",
        created_at=NOON - timedelta(minutes=5),
        updated_at=NOON - timedelta(minutes=5),
        currency="EUR",
        payment_status=PaymentStatus.PAID,
        payment_method="paypal_express",
        previous_order_id=None,
        next_order_id=None,
        person=PERSON,
        note="",
        lines=lines or (make_line(),),
    )
    return replace(order, **values)


def take_in(*orders, at=NOON) -> Report:
    report = Report()
    import_page(orders, report, at=at)
    return report


def mails() -> list[tuple[str, int]]:
    return list(OutboxMail.objects.order_by("id").values_list("kind", "version"))


def kinds() -> list[str]:
    return list(Event.objects.filter(subject_type="booking").order_by("id").values_list("kind", flat=True))


def confirm(booking, *, at=NOON):
    operations.confirm_booking(booking, by=By("portal"), at=at)
