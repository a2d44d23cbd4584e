"""A declined order moves to another date, along the whole chain of real outside systems."""

import re
from datetime import timedelta

import time_machine
from django.test import Client

from portal.bookings import operations, queries
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.sweeps import settle_decisions
from portal.conftest import make_partner
from portal.core.models import Event, OutboxMail
from portal.dates.importing import runs as catalog
from portal.integrations.shop import catalog_source
from portal.rebooking.models import Rebooking, StockChange
from tests.magento_stock import ALL_RIGHTS, Product
from tests.odoo_server import OdooServer
from tests.test_real_chain import (  # noqa: F401 -- fixtures among them
    CLICK,
    NOW,
    chain,
    link_in,
    mariadb_server,
    order,
    pytestmark,
    world,
)


@time_machine.travel(NOW, tick=False)
def test_a_declined_order_is_rebooked_from_the_mail_and_confirmed_from_the_next(world, run_jobs, settings):  # noqa: F811
    settings.ODOO_STAGE_REBOOKED = "partner_portal.stage_rebooked"
    sell_with_stock(world, settings)
    make_partner("Kochschule Ada", 1)
    declined = order(world)
    catalog.import_all(at=NOW)
    run_jobs()
    reason = queries.reason_by_code("capacity_full")
    operations.decline_booking(declined, reason=reason, by=By("portal"), at=NOW)
    settle_decisions(NOW)
    run_jobs()

    dates, answers = rebook_from_the_mail(world)
    run_jobs()
    confirm_from_the_mail(world)
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        settle_decisions(NOW + timedelta(hours=3))
        run_jobs()

    old, new = Booking.objects.order_by("generation")
    assert [each["date"] for each in dates] == ["2030-05-15", "2030-05-22"]
    assert [(each.status_code, each.json()["data"]["newDate"]) for each in answers] == [
        (200, "2030-05-15")
    ] * 2
    assert (old.status, new.status, new.previous, new.course_date.sku) == (
        "rebooked",
        "confirmed",
        old,
        "SUSHI-14",
    )
    assert kinds_of_mails_to(world, "kaethe@example.com") == [
        "rebooking_offer",
        "rebooking_confirmed",
        "customer_confirmed",
    ]
    assert kinds_of_mails_to(world, "partner1@example.org") == [
        "booking_request",
        "booking_declined",
        "booking_request",
    ]
    assert len(world.smtp.message_ids) == len(world.smtp.mails) == 6
    every_note_is_on_one_ticket(world.odoo, old, new)
    assert len(world.shop.texts(old.magento_order_id)) == 3
    assert world.shop.store.products["SUSHI-7"].quantity == 12
    assert world.shop.store.products["SUSHI-14"].quantity == 8
    assert not StockChange.objects.filter(done_at=None).exists()
    assert list(Rebooking.objects.values_list("status", "new_booking")) == [("used", new.pk)]


def sell_with_stock(world, settings) -> None:  # noqa: F811
    settings.CATALOG_SOURCE = "portal.integrations.shop.magento.catalog_source"
    settings.STOCK_WRITER = "portal.integrations.shop.rest.magento.stock_writer"
    catalog_source.cache_clear()
    world.shop.rights |= ALL_RIGHTS
    world.shop.store.products |= {f"SUSHI-{days}": Product(10) for days in (7, 14, 21)}


def rebook_from_the_mail(world) -> tuple[list, list]:  # noqa: F811
    """What was offered, and the answers to a double click on the first of it."""
    link = link_to_rebook(mails_to(world, "kaethe@example.com")[-1])
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        dates = Client().get(link).json()["data"]["availableDates"]
        body = {"selectedDateId": dates[0]["id"], "customerEmail": "kaethe@example.com"}
        return dates, [Client().post(link, body, content_type="application/json") for _click in range(2)]


def confirm_from_the_mail(world) -> None:  # noqa: F811
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        Client(headers=CLICK).get(link_in(mails_to(world, "partner1@example.org")[-1], "confirm"))


def mails_to(world, address: str) -> list:  # noqa: F811
    return [mail for mail in world.smtp.mails if address in mail.recipients]


def kinds_of_mails_to(world, address: str) -> list[str]:  # noqa: F811
    kinds = dict(OutboxMail.objects.values_list("message_id", "kind"))
    return [kinds[mail.message_id] for mail in mails_to(world, address)]


def link_to_rebook(mail) -> str:
    token = re.search(r"http://localhost:8000/rebook/([0-9a-f]{64})", mail.part("plain"))[1]
    return f"/api/rebook/{token}"


def every_note_is_on_one_ticket(odoo: OdooServer, old: Booking, new: Booking) -> None:
    """What the desk is told after the decline: the move, and that the partner has confirmed."""
    ((number, ticket),) = odoo.tickets.items()
    told = Event.objects.filter(kind__in=["booking.rebooked", "booking.confirmation_settled"]).order_by("pk")
    keys = [note["message_id"].partition("@")[0] for note in odoo.notes]
    assert [note["ticket"] for note in odoo.notes] == [number, number]
    assert keys == [f"<event-{event.pk}" for event in told]
    assert ticket["stage_id"] == odoo.references["partner_portal.stage_rebooked"][1]
    assert odoo.mailed == []
    assert old.odoo_ticket_number == new.odoo_ticket_number == ticket["number"]
