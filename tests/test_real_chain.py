"""The whole chain against real outside systems: MariaDB with Magento's tables, SMTP, and Odoo's wire format.

An order is read from the shop's database, the request leaves by SMTP, its link confirms; a declined one becomes
one ticket; what fails on the way is tried again and happens once.
"""

import gc
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from portal.bookings import operations, queries
from portal.bookings.importing import runs
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.sweeps import settle_decisions
from portal.bookings.ticket_subscribers import open_ticket
from portal.conftest import make_partner
from portal.core import outbox
from portal.core.models import Event, OutboxMail
from portal.integrations import shop
from portal.integrations.email import EmailUnavailable
from portal.integrations.shop import ShopPerson, ShopUnavailable, magento
from portal.integrations.shop.rest.tests.test_contract import configure
from portal.integrations.shop.tables import create_tables
from portal.integrations.shop.tests.conftest import empty_tables
from portal.integrations.shop.writing import NewCourse, NewDate, OrderItem, ShopWriter
from portal.integrations.tickets import TicketDeskUnavailable
from tests.magento_rest import MagentoRest
from tests.mariadb import MariaDB, mariadb_server  # noqa: F401 -- a fixture
from tests.odoo_server import API_KEY, DATABASE, LOGIN, OdooServer
from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.mariadb

NOW = datetime(2030, 5, 1, 10, 0, tzinfo=UTC)
CUSTOMER = ShopPerson("Käthe", "Schröder", "kaethe@example.com", "+49 89 99998 001")
CLICK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Accept": "text/html"}


@dataclass
class World:
    writer: ShopWriter
    smtp: SmtpServer
    odoo: OdooServer
    shop: MagentoRest


@pytest.fixture(scope="module")
def chain(mariadb_server: MariaDB) -> MariaDB:  # noqa: F811 -- the fixture imported above
    mariadb_server.create_database("chain")
    with mariadb_server.connection("chain") as cursor:
        create_tables(cursor, "mysql", "")
    mariadb_server.create_user("chain_reader", "reads", ["SELECT ON chain.*"])
    return mariadb_server


# JSON-2, and JSON-RPC.
@pytest.fixture(params=["19.0", "18.0"])
def world(request, chain: MariaDB, settings, everything):
    settings.MAGENTO_DATABASE_URL = chain.url("chain", "chain_reader", "reads")
    settings.ORDER_SOURCE = "portal.integrations.shop.magento.order_source"
    settings.TICKET_DESK = "portal.integrations.tickets.odoo.ticket_desk"
    settings.EMAIL_SENDER = "portal.integrations.email.smtp.email_sender"
    settings.SMTP_SECURITY = "none"
    with (
        chain.connection("chain") as cursor,
        SmtpServer() as smtp,
        OdooServer(version=request.param) as odoo,
        MagentoRest() as rest,
    ):
        settings.SMTP_HOST, settings.SMTP_PORT = smtp.host, smtp.port
        settings.ODOO_URL, settings.ODOO_DB = odoo.url, DATABASE
        settings.ODOO_API_KEY, settings.ODOO_LOGIN = API_KEY, LOGIN
        settings.ODOO_CATEGORY_DECLINED = "partner_portal.cat_declined"
        settings.ODOO_CATEGORY_NO_REPLY = "partner_portal.cat_no_reply"
        configure(settings, rest)
        _forget_adapters()
        empty_tables(cursor)
        writer = ShopWriter(
            cursor, "mysql", codes=settings.MAGENTO_ATTRIBUTES, zone=ZoneInfo(settings.TIME_ZONE)
        )
        writer.shelf.set_up(at=NOW)
        dates = [NewDate(NOW + timedelta(days=days), sku=f"SUSHI-{days}") for days in (7, 14, 21)]
        writer.shelf.add_course(NewCourse("SUSHI", "Sushi-Kurs", "10001", 8900, dates), at=NOW)
        yield World(writer, smtp, odoo, rest)
    _forget_adapters()


def _forget_adapters() -> None:
    # A process reads one shop all its life; a test starts over.
    shop.order_source.cache_clear()
    magento.order_source.cache_clear()


def order(world: World, sku: str = "SUSHI-7", qty: int = 2) -> Booking:
    placed = world.writer.place_order([OrderItem(sku, qty)], CUSTOMER, at=NOW)
    world.shop.orders[placed.order_id] = "processing"
    runs.import_changed(at=NOW)
    return Booking.objects.get(magento_order_id=placed.order_id)


def link_in(mail, word: str) -> str:
    return re.search(rf"http://localhost:8000(/api/{word}/[0-9a-f]{{64}})", mail.part("plain"))[1]


@time_machine.travel(NOW, tick=False)
def test_an_order_is_confirmed_from_the_mail(world, run_jobs):
    make_partner("Kochschule Ada", 1)

    booking = order(world)
    run_jobs()
    mail = world.smtp.mails[0]
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        answer = Client(headers=CLICK).get(link_in(mail, "confirm"))

    booking.refresh_from_db()
    assert len(world.smtp.mails) == 1
    assert answer.headers["Location"].startswith("/confirmation-success?t=")
    assert (booking.status, booking.confirmed_by, booking.participants) == ("confirmed", "email_token", 2)
    assert (booking.price_cents, booking.customer.name) == (17800, "Käthe Schröder")


@time_machine.travel(NOW, tick=False)
def test_a_declined_order_becomes_one_ticket_and_a_mail_for_each(world, run_jobs):
    make_partner("Kochschule Ada", 1)
    booking = order(world)
    run_jobs()

    reason = queries.reason_by_code("capacity_full")
    operations.decline_booking(booking, reason=reason, by=By("portal"), at=NOW)
    settle_decisions(NOW)
    run_jobs()

    booking.refresh_from_db()
    assert [ticket["row"]["name"].rpartition("#")[2] for ticket in world.odoo.tickets.values()] == [
        booking.order_number
    ]
    assert booking.odoo_ticket_number == "HT00001"
    assert len(world.smtp.message_ids) == len(world.smtp.mails) == 3
    to_partner = [mail for mail in world.smtp.mails if mail.recipients == ["partner1@example.org"]]
    assert ["HT00001" in mail.part("plain") for mail in to_partner] == [False, True]
    (to_customer,) = (mail for mail in world.smtp.mails if mail not in to_partner)
    assert "/rebook/" in to_customer.part("plain")
    kinds = list(
        Event.objects.filter(subject_id=booking.pk, subject_type="booking").values_list("kind", flat=True)
    )
    assert kinds == [
        "booking.created",
        "booking.requested",
        "mail.sent",
        "booking.declined",
        "booking.decline_settled",
        "rebooking.no_dates",
        "booking.ticket_opened",
        "mail.sent",
        "mail.sent",
    ]


@time_machine.travel(NOW, tick=False)
def test_odoo_being_down_delays_the_ticket_and_nothing_else(world, run_jobs):
    make_partner("Kochschule Ada", 1)
    booking = order(world)
    run_jobs()
    operations.decline_booking(
        booking, reason=queries.reason_by_code("capacity_full"), by=By("portal"), at=NOW
    )
    settle_decisions(NOW)

    world.odoo.fail_next("database_down", times=2)
    with pytest.raises(TicketDeskUnavailable):
        run_jobs()
    world.odoo.heal()
    event = Event.objects.get(kind="booking.decline_settled")
    open_ticket(event)
    open_ticket(event)

    assert len(world.odoo.tickets) == 1
    booking.refresh_from_db()
    assert booking.odoo_ticket_number == "HT00001"


@time_machine.travel(NOW, tick=False)
def test_a_mail_server_that_drops_the_line_after_accepting_gets_the_same_message_id_again(world, run_jobs):
    make_partner("Kochschule Ada", 1)
    order(world)

    world.smtp.fail_next("drop_before_answer")
    with pytest.raises(EmailUnavailable):
        run_jobs()
    row = OutboxMail.objects.get()
    assert row.state == "waiting"
    outbox.send(row.pk, partner_id=row.partner_id, at=NOW)

    row.refresh_from_db()
    assert (row.state, len(world.smtp.mails), world.smtp.message_ids) == ("sent", 2, {row.message_id})


@pytest.mark.filterwarnings(
    "ignore:unclosed"
)  # the driver leaves the socket of a failed connect to the collector
@time_machine.travel(NOW, tick=False)
def test_a_shop_that_is_down_leaves_the_pages_alone_and_is_caught_up(world, run_jobs, settings):
    make_partner("Kochschule Ada", 1)
    first = order(world)
    url = settings.MAGENTO_DATABASE_URL
    placed = world.writer.place_order([OrderItem("SUSHI-14", 1)], CUSTOMER, at=NOW + timedelta(minutes=1))

    settings.MAGENTO_DATABASE_URL = url.replace(".sock", ".gone").replace("/s", "/gone")
    _forget_adapters()
    with pytest.raises(ShopUnavailable):
        runs.import_changed(at=NOW)
    gc.collect()
    assert operations.confirm_booking(first, by=By("portal"), at=NOW).is_new

    settings.MAGENTO_DATABASE_URL = url
    _forget_adapters()
    runs.import_changed(at=NOW)

    assert Booking.objects.filter(magento_order_id=placed.order_id).count() == 1


@time_machine.travel(NOW, tick=False)
def test_a_cancellation_in_the_shop_reaches_the_partner(world, run_jobs):
    make_partner("Kochschule Ada", 1)
    booking = order(world)
    run_jobs()

    world.writer.cancel(booking.magento_order_id, at=NOW + timedelta(minutes=2))
    runs.import_changed(at=NOW + timedelta(minutes=3))
    run_jobs()

    booking.refresh_from_db()
    assert booking.status == "cancelled"
    assert [mail.message["Subject"] for mail in world.smtp.mails][1].endswith(f"#{booking.order_number}")


@time_machine.travel(NOW, tick=False)
def test_a_partner_who_first_does_not_answer_and_then_declines_has_one_ticket(world, run_jobs):
    make_partner("Kochschule Ada", 1)
    booking = order(world)
    run_jobs()

    operations.escalate(booking, reason="no_answer", at=NOW)
    run_jobs()
    booking.refresh_from_db()
    assert (booking.odoo_ticket_number, world.odoo.tickets[1]["row"]["category_id/id"]) == (
        "HT00001",
        "partner_portal.cat_no_reply",
    )
    reason = queries.reason_by_code("capacity_full")
    operations.decline_booking(booking, reason=reason, by=By("portal"), at=NOW)
    settle_decisions(NOW)
    run_jobs()

    ((number, ticket),) = world.odoo.tickets.items()
    # Of the decline, and that there is no other date to offer.
    assert (ticket["category_id"], [note["ticket"] for note in world.odoo.notes]) == (5, [number] * 2)
    to_partner = [mail for mail in world.smtp.mails if mail.recipients == ["partner1@example.org"]]
    assert "HT00001" in to_partner[-1].part("plain")
    assert len(world.shop.texts(booking.magento_order_id)) == 1


@time_machine.travel(NOW, tick=False)
def test_a_partner_who_first_does_not_answer_and_then_confirms_needs_no_call(world, run_jobs):
    make_partner("Kochschule Ada", 1)
    booking = order(world)
    operations.escalate(booking, reason="no_answer", at=NOW)
    run_jobs()

    operations.confirm_booking(booking, by=By("portal"), at=NOW)
    settle_decisions(NOW)
    run_jobs()

    assert (len(world.odoo.tickets), len(world.odoo.notes)) == (1, 1)
    assert len(world.shop.texts(booking.magento_order_id)) == 1
