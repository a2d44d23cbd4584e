"""From 30 days after the date on, partners see initials and no contact, wherever they look; staff see the person."""

import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.tokens import issue_pair
from portal.bookings import operations, queries
from portal.bookings.models import Booking, Customer
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import CLICK, token_of
from portal.conftest import NOON, client_of
from portal.core import outbox, tenancy
from portal.core.clock import now
from portal.core.models import OutboxMail

PERSON = {
    "first_name": "Adelgunde",
    "last_name": "Wagenknecht",
    "email": "adelgunde@customers.example",
    "phone": "0171 39200 77",
}
NOTE = "Bitte fragen Sie nach Familie Wagenknecht"
SECRETS = (*PERSON.values(), "Familie")
# The date is 8 May at noon; 30 days after it, by the clock on the wall in Berlin, is 7 June.
LAST_MINUTE = datetime(2030, 6, 6, 21, 59, tzinfo=UTC)
FADED = LAST_MINUTE + timedelta(minutes=1)
MONTH_LATER = FADED + timedelta(days=1)


@pytest.fixture
def booking(adas_partner) -> Booking:
    """Declined before its date, so that every mail to the partner has something to say."""
    booking = make_booking(adas_partner, notes=NOTE)
    again = make_booking(adas_partner, notes=NOTE)
    Customer.objects.update(**PERSON)
    operations.ask_partner(booking, at=NOON)
    for each in (booking, again):
        reason = queries.reason_by_code("equipment_issue")
        operations.decline_booking(each, reason=reason, by=By("portal"), at=NOON)
    return booking


@pytest.fixture(
    params=[LAST_MINUTE, FADED, MONTH_LATER], ids=["the minute before", "the minute", "a day later"]
)
def moment(request, time_machine) -> datetime:
    time_machine.move_to(request.param, tick=False)
    return request.param


def secrets_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def is_faded(moment: datetime) -> bool:
    return moment >= FADED


def text_of(response) -> str:
    body = response.getvalue()
    # The file of an export. `close()` would end the test's connection as well.
    for close in response._resource_closers:
        close()
    if not response.headers["Content-Type"].startswith("application/vnd"):
        return body.decode()
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        return "\n".join(book.read(name).decode() for name in book.namelist())


def partner_looks(user, booking: Booking, token: str) -> dict[str, str]:
    """Whatever a partner can look at a booking in."""
    client, token_now = client_of(user), issue_pair(user, at=now()).access
    program = Client(headers={"Authorization": f"Bearer {token_now}"})
    pk, number = booking.pk, booking.order_number
    pages = {
        "list": reverse("bookings:list"),
        "search": f"{reverse('bookings:list')}?search={number}",
        "detail": reverse("bookings:detail", args=[pk]),
        "decline form": reverse("bookings:decline", args=[pk]),
        "csv": reverse("bookings:export_csv"),
        "xlsx": reverse("bookings:export_xlsx"),
    }
    answers = {name: client.get(path) for name, path in pages.items()}
    answers["api list"] = program.get("/api/partner/bookings")
    answers["api detail"] = program.get(f"/api/partner/bookings/{pk}")
    answers["link"] = Client(headers=CLICK).get(f"/confirm/{token}")
    assert {name: each.status_code for name, each in answers.items()} == dict.fromkeys(answers, 200)
    return {name: text_of(each) for name, each in answers.items()}


def test_partners_find_the_person_nowhere_from_that_minute_on(booking, ada, moment):
    shown = {name: secrets_in(text) for name, text in partner_looks(ada, booking, token_of(booking)).items()}

    if is_faded(moment):
        assert shown == {name: [] for name in shown}
    else:
        # The other half of the proof: all of it was there a minute before.
        for name in ("list", "search", "decline form", "link"):
            assert shown[name][:2] == ["Adelgunde", "Wagenknecht"], name
        for name in ("api list", "api detail"):
            assert shown[name] == list(PERSON.values()), name
        for name in ("detail", "csv", "xlsx"):
            assert shown[name] == list(SECRETS), name


def test_initials_are_what_is_left(booking, ada, time_machine):
    time_machine.move_to(FADED, tick=False)

    text = client_of(ada).get(reverse("bookings:detail", args=[booking.pk])).text

    assert "A. W." in text


@pytest.mark.parametrize("search", ["Wagenknecht", "Adelgunde", "Wagenknehct"])
def test_the_search_finds_nobody_by_a_name_that_is_no_longer_shown(booking, ada, moment, search):
    text = client_of(ada).get(f"{reverse('bookings:list')}?search={search}").text

    assert (booking.order_number in text) == (not is_faded(moment))


def test_earlier_bookings_of_the_same_customer_are_not_named_after_them(booking, adas_partner, ada, moment):
    fresh = make_booking(adas_partner, starts_at=MONTH_LATER + timedelta(days=5))
    Customer.objects.filter(pk=fresh.customer_id).update(**PERSON)
    old = reverse("bookings:detail", args=[booking.pk])

    text = client_of(ada).get(reverse("bookings:detail", args=[fresh.pk])).text

    assert (old in text) == (not is_faded(moment))


@pytest.mark.parametrize(
    "kind",
    [
        "booking_request",
        "booking_reminder",
        "booking_reminder_final",
        "booking_declined",
        "booking_cancelled",
        "booking_changed",
        "booking_confirmed_for_you",
    ],
)
def test_no_mail_to_a_partner_names_the_person_any_more(booking, adas_partner, kind, moment):
    # A mail may be written late, or be sent again long after: what it would say then is what counts.
    if kind in ("booking_request", "booking_reminder", "booking_reminder_final"):
        Booking.objects.update(status="pending", starts_at=None, course_date=None, asked_at=NOON)
    if kind in ("booking_changed", "booking_confirmed_for_you"):
        Booking.objects.update(status="confirmed", confirmed_at=NOON, confirmed_by="staff", change_count=1)
    OutboxMail.objects.all().delete()
    outbox.put(kind, subject=booking, recipient=adas_partner.email, at=NOON)
    started = Booking.objects.get(pk=booking.pk).has_started(moment)

    mail = outbox._renderers[kind](OutboxMail.objects.get(), moment)

    if started and kind.startswith(("booking_request", "booking_reminder")):
        assert mail is None
        return
    said = f"{mail.subject}\n{mail.text}\n{mail.html}\n{mail.data}"
    assert secrets_in(said) == ([] if is_faded(moment) else list(SECRETS))


def test_every_mail_about_bookings_to_partners_is_in_that_list():
    kinds = {kind for kind, each in outbox._renderers.items() if each.__module__ == "portal.bookings.emails"}
    (marker,) = test_no_mail_to_a_partner_names_the_person_any_more.pytestmark

    assert kinds == set(marker.args[1])


def test_staff_see_the_person_as_long_as_there_is_one(booking, mona, moment):
    client = client_of(mona)

    page = client.get(reverse("manage:booking", args=[booking.pk])).text
    found = client.get(f"{reverse('manage:bookings')}?search=Wagenknecht").text

    assert secrets_in(page)[:4] == list(PERSON.values())
    assert booking.order_number in found


def test_the_number_of_days_is_a_setting(booking, ada, settings, time_machine):
    settings.CUSTOMER_FADE_DAYS = 31
    time_machine.move_to(FADED, tick=False)
    detail = reverse("bookings:detail", args=[booking.pk])

    assert "Wagenknecht" in client_of(ada).get(detail).text
    time_machine.move_to(FADED + timedelta(days=1), tick=False)
    assert "Wagenknecht" not in client_of(ada).get(detail).text


def test_nothing_is_deleted_by_it(booking, time_machine):
    time_machine.move_to(MONTH_LATER, tick=False)
    with tenancy.system("tests"):
        assert Customer.objects.filter(**PERSON).count() == 2
