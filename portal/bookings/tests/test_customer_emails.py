"""The mail to the customer once a confirmation is final: when, to whom, how often, and what is in it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.bookings import mail_subscribers, operations, queries
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import ask, fresh
from portal.bookings.tests.shop_orders import LATER, PERSON, make_line, make_order, take_in
from portal.conftest import NOON
from portal.core import outbox
from portal.core.models import Event, OutboxMail
from portal.core.tests import mail_servers

KIND = "customer_confirmed"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _mail_server(settings):
    mail_servers.taken_mails.clear()
    settings.EMAIL_SENDER = "portal.core.tests.mail_servers.taking"
    settings.UNDO_SECONDS = 600
    settings.BRAND_SUPPORT_PHONE = "089 123"


def confirm(booking: Booking, *, at=NOON) -> Booking:
    return operations.confirm_booking(booking, by=By("portal"), at=at).booking


def settle(booking: Booking, *, at=NOON + 10 * MINUTE) -> Booking:
    operations.settle_decision(booking, at=at)
    return fresh(booking)


@pytest.fixture
def confirmed(adas_partner, run_jobs) -> Booking:
    """Confirmed, final, and everybody told."""
    booking, _ = ask(adas_partner)
    run_jobs()
    settle(confirm(booking))
    run_jobs()
    return fresh(booking)


def owed() -> list[tuple[str, int, str]]:
    rows = OutboxMail.objects.filter(kind=KIND).order_by("pk")
    return [(row.recipient, row.version, row.state) for row in rows]


def mails():
    return [mail for mail in mail_servers.taken_mails if mail.to == "juergen@example.com"]


def test_the_customer_is_told_when_the_undo_window_is_over_and_not_before(adas_partner, run_jobs):
    booking, _ = ask(adas_partner)

    confirm(booking)
    operations.settle_decision(booking, at=NOON + 10 * MINUTE - timedelta(seconds=1))
    run_jobs()
    before = mails()
    settle(booking)
    run_jobs()

    assert (before, len(mails())) == ([], 1)
    assert owed() == [("juergen@example.com", 1, "sent")]
    assert OutboxMail.objects.get(kind=KIND).audience == "customer"


def test_a_confirmation_that_is_undone_is_never_heard_of(adas_partner, run_jobs):
    booking, _ = ask(adas_partner)
    confirm(booking)

    operations.undo_decision(booking, by=By("portal"), at=NOON + MINUTE)
    operations.settle_decision(booking, at=NOON + 60 * MINUTE)
    run_jobs()

    assert (owed(), mails()) == ([], [])


def test_the_jobs_may_run_as_often_as_they_like(confirmed, run_jobs):
    event = Event.objects.get(kind="booking.confirmation_settled")
    for _ in range(3):
        mail_subscribers.tell_customer(event)
    run_jobs()

    assert len(mails()) == 1


@pytest.mark.parametrize(
    ("language", "subject", "sentences"),
    [
        ("de", "Ihr Termin ist bestätigt - #{number}", ["Mi., 8. Mai 2030, 12:00", "Küchengasse 3"]),
        (
            "en",
            "Your date is confirmed - #{number}",
            ["Hello Jürgen Müller,", "your date is confirmed", "Wed 8 May 2030, 12:00", "Küchengasse 3"],
        ),
    ],
)
def test_the_mail_says_what_the_customer_needs(adas_partner, run_jobs, language, subject, sentences):
    booking, _ = ask(adas_partner)
    booking.customer.language = language
    booking.customer.save()
    booking.course_date.location = "Küchengasse 3"
    booking.course_date.save()

    settle(confirm(booking))
    run_jobs()

    (mail,) = mails()
    assert mail.subject == subject.format(number=booking.order_number)
    for part in (mail.text, mail.html):
        assert [sentence for sentence in sentences if sentence not in part] == []


def test_the_mail_says_nothing_of_the_partners_side_and_leads_nowhere(adas_partner, run_jobs, settings):
    settings.PORTAL_URL = "https://portal.example"
    booking, token = ask(adas_partner, notes="Keine Zwiebeln")

    operations.confirm_booking(booking, by=By("portal"), at=NOON, notes="Nur für uns")
    settle(booking)
    run_jobs()

    (mail,) = mails()
    secrets = [
        token,
        "https://portal.example",
        adas_partner.email,
        adas_partner.phone,
        adas_partner.customer_number,
        "Nur für uns",
        "178,00",
    ]
    assert [secret for secret in secrets if secret in mail.text + mail.html] == []


def test_names_and_courses_are_no_markup(adas_partner, run_jobs):
    booking, _ = ask(adas_partner, course_name="<script>alert(1)</script>\nBcc: eve@example.org")
    booking.customer.first_name = "<b>Jürgen</b>"
    booking.customer.save()

    settle(confirm(booking))
    run_jobs()

    (mail,) = mails()
    assert "<script>" not in mail.html
    assert "<b>Jürgen" not in mail.html


# --- Who is not told


def test_history_is_silent(adas_partner, run_jobs):
    booking = make_booking(
        adas_partner,
        status="confirmed",
        confirmed_by="import",
        confirmed_at=NOON,
        settled_at=NOON,
        settles_at=NOON,
    )

    assert operations.tell_customer(booking, at=NOON) is None


@pytest.mark.parametrize(("minutes", "is_told"), [(1, True), (0, False)])
def test_nobody_is_told_of_a_date_that_has_begun(adas_partner, run_jobs, minutes, is_told):
    booking, _ = ask(adas_partner, starts_at=NOON + 5 * MINUTE)

    settle(confirm(booking), at=NOON + 5 * MINUTE - minutes * MINUTE)
    run_jobs("core.run_subscriber")

    assert bool(owed()) is is_told


@pytest.mark.parametrize("values", [{"email": ""}, {"erased_at": NOON}])
def test_nobody_is_told_without_an_address_or_after_being_erased(adas_partner, run_jobs, values):
    booking, _ = ask(adas_partner)
    for name, value in values.items():
        setattr(booking.customer, name, value)
    booking.customer.save()

    settle(confirm(booking))
    run_jobs()

    assert owed() == []


def test_a_customer_who_is_erased_before_the_mail_leaves_gets_none(adas_partner, run_jobs):
    booking, _ = ask(adas_partner)
    settle(confirm(booking))
    run_jobs("core.run_subscriber")
    customer = fresh(booking).customer
    customer.erased_at = NOON
    customer.save()

    run_jobs()

    assert (owed(), mails()) == ([("juergen@example.com", 1, "dropped")], [])


def test_nobody_is_told_where_the_marketplace_does_not_want_it(adas_partner, run_jobs, settings):
    settings.CUSTOMER_MAIL_ON_CONFIRM = False
    booking, _ = ask(adas_partner)

    settle(confirm(booking))
    run_jobs()

    assert owed() == []


def test_a_cancellation_before_the_mail_leaves_stops_it(adas_partner, run_jobs):
    booking, _ = ask(adas_partner)
    settle(confirm(booking))
    run_jobs("core.run_subscriber")

    operations.cancel_booking(fresh(booking), at=NOON + 11 * MINUTE)
    run_jobs()

    assert (owed(), mails()) == ([("juergen@example.com", 1, "dropped")], [])


# --- What the shop changes later


def taken_in(adas_partner, run_jobs, **values: object) -> Booking:
    take_in(make_order(make_line(), **values), at=NOON)
    booking = queries.bookings_for(adas_partner).get()
    settle(confirm(booking))
    run_jobs()
    return fresh(booking)


def test_the_mail_is_in_the_language_of_the_store(adas_partner, run_jobs):
    taken_in(adas_partner, run_jobs, language="en")

    assert fresh(queries.bookings_for(adas_partner).get()).customer.language == "en"
    assert mails()[0].text.startswith("Hello Jürgen Müller,")


def test_a_booking_that_is_confirmed_anew_is_told_anew_as_changed(adas_partner, run_jobs):
    booking = taken_in(adas_partner, run_jobs, language="en")
    take_in(make_order(make_line(participants=3, ordered=3), language="en", updated_at=LATER), at=LATER)
    run_jobs()
    between = len(mails())

    settle(confirm(fresh(booking), at=LATER), at=LATER + 10 * MINUTE)
    run_jobs()

    assert (between, owed()) == (1, [("juergen@example.com", 1, "sent"), ("juergen@example.com", 2, "sent")])
    assert ["Your booking was changed" in mail.text for mail in mails()] == [False, True]
    assert "3" in mails()[1].text


def test_a_promise_that_changes_while_the_mail_waits_is_told_as_it_stands(adas_partner, run_jobs):
    take_in(make_order(make_line(participants=4, ordered=4), language="en"), at=NOON)
    booking = queries.bookings_for(adas_partner).get()
    settle(confirm(booking))
    run_jobs("core.run_subscriber")
    take_in(make_order(make_line(participants=2, ordered=4), language="en", updated_at=LATER), at=LATER)

    run_jobs()

    assert owed() == [("juergen@example.com", 1, "sent")]
    assert ["Participants: 2" in mail.text for mail in mails()] == [True]


def test_an_address_that_is_put_right_in_the_shop_gets_the_confirmation(adas_partner, run_jobs):
    taken_in(adas_partner, run_jobs)
    person = replace(PERSON, email="richtig@example.com")

    take_in(make_order(make_line(), person=person, updated_at=LATER), at=LATER)
    run_jobs()

    assert owed() == [("juergen@example.com", 1, "sent"), ("richtig@example.com", 1, "sent")]


def test_an_address_that_is_put_right_together_with_the_number_gets_it_too(adas_partner, run_jobs):
    take_in(make_order(make_line(participants=4, ordered=4)), at=NOON)
    settle(confirm(queries.bookings_for(adas_partner).get()))
    run_jobs("core.run_subscriber")
    person = replace(PERSON, email="richtig@example.com")

    take_in(make_order(make_line(participants=2, ordered=4), person=person, updated_at=LATER), at=LATER)
    run_jobs()

    assert Event.objects.get(kind="booking.changed").data == {"fields": ["participants", "contact"]}
    assert owed() == [("juergen@example.com", 1, "dropped"), ("richtig@example.com", 2, "sent")]


def test_an_address_that_is_put_back_before_the_mail_left_gets_it_after_all(adas_partner, run_jobs):
    take_in(make_order(make_line()), at=NOON)
    settle(confirm(queries.bookings_for(adas_partner).get()))
    run_jobs("core.run_subscriber")
    wrong = replace(PERSON, email="falsch@example.com")
    take_in(make_order(make_line(), person=wrong, updated_at=LATER), at=LATER)
    run_jobs("core.send_mail")

    take_in(make_order(make_line(), updated_at=LATER + MINUTE), at=LATER + MINUTE)
    run_jobs()

    assert ("juergen@example.com", 1, "sent") in owed()


def test_another_phone_number_is_no_reason_to_write_again(adas_partner, run_jobs):
    taken_in(adas_partner, run_jobs)

    take_in(make_order(make_line(), person=replace(PERSON, phone="089 1"), updated_at=LATER), at=LATER)
    run_jobs()

    assert owed() == [("juergen@example.com", 1, "sent")]


def test_the_customers_mail_stays_when_the_partner_moves(adas_partner, run_jobs, ada):
    booking, _ = ask(adas_partner)
    settle(confirm(booking))
    run_jobs("core.run_subscriber")

    outbox.redirect(
        partner_id=adas_partner.pk,
        about="booking",
        allowed=["new@example.org"],
        to=["new@example.org"],
        at=NOON,
    )

    assert owed() == [("juergen@example.com", 1, "waiting")]
