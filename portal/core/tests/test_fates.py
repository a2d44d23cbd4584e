"""What becomes of a mail after it left: told twice, in any order, by several at once."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, make_partner
from portal.core import fates, outbox, tenancy
from portal.core.fates import Report
from portal.core.models import BouncedAddress, Event, MailFate, OutboxMail
from portal.core.tests import mail_servers
from portal.partners.models import Partner
from tests.threads import run_together

SERVERS = "portal.core.tests.mail_servers."
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _taking(settings):
    mail_servers.taken_mails.clear()
    settings.EMAIL_SENDER = SERVERS + "taking"


def make_mail(partner: Partner, recipient: str = "Ada@example.org") -> OutboxMail:
    booking = make_booking(partner)
    mail = outbox.put("booking_cancelled", subject=booking, recipient=recipient, at=NOON)
    # Sent while it was the partner's address.
    Partner.objects.filter(pk=partner.pk).update(email=recipient)
    outbox.send(mail.pk, partner_id=partner.pk, at=NOON)
    Partner.objects.filter(pk=partner.pk).update(email=partner.email)
    mail.refresh_from_db()
    return mail


@pytest.fixture
def mail(adas_partner) -> OutboxMail:
    return make_mail(adas_partner)


_numbers = itertools.count()


def report(mail: OutboxMail, fate: str, *, at=NOON, **values) -> Report:
    made = Report(mail.partner_id, mail.pk, mail.message_id, fate, f"event-{next(_numbers)}", at)
    return replace(made, **values)


def fate_of(mail: OutboxMail) -> tuple[str, object]:
    mail.refresh_from_db()
    return mail.fate, mail.fate_at


def marks() -> list[tuple[str, str]]:
    return list(BouncedAddress.objects.order_by("pk").values_list("address", "fate"))


def bounces() -> list[dict]:
    return [event.data for event in Event.objects.filter(kind="mail.bounced").order_by("id")]


def test_a_fate_is_kept_with_its_time(mail):
    assert fates.record_fate(report(mail, "delivered", at=NOON + HOUR)) is True

    assert fate_of(mail) == ("delivered", NOON + HOUR)
    assert list(MailFate.objects.values_list("mail_id", "fate", "at")) == [
        (mail.pk, "delivered", NOON + HOUR)
    ]


def test_the_same_message_twice_is_kept_once(mail):
    twice = report(mail, "bounced")

    assert [fates.record_fate(twice), fates.record_fate(twice)] == [True, False]
    assert (MailFate.objects.count(), len(bounces())) == (1, 1)


@pytest.mark.parametrize("order", list(itertools.permutations(["deferred", "delivered", "bounced"])))
def test_a_mail_that_came_back_stays_so_in_whatever_order_it_is_told(mail, order):
    told_at = {"deferred": NOON, "delivered": NOON + HOUR, "bounced": NOON + 2 * HOUR}

    for fate in order:
        fates.record_fate(report(mail, fate, at=told_at[fate]))

    assert fate_of(mail) == ("bounced", NOON + 2 * HOUR)
    assert marks() == [("ada@example.org", "bounced")]
    assert len(bounces()) == 1


def test_a_mail_that_waited_at_the_provider_is_delivered_at_last(mail):
    fates.record_fate(report(mail, "deferred"))
    fates.record_fate(report(mail, "delivered", at=NOON + HOUR))

    assert fate_of(mail) == ("delivered", NOON + HOUR)
    assert (marks(), bounces()) == ([], [])


@pytest.mark.parametrize("fate", ["bounced", "blocked", "dropped", "spam"])
def test_a_mail_that_came_back_marks_its_address_and_stands_on_the_timeline(mail, fate):
    fates.record_fate(report(mail, fate))

    assert marks() == [("ada@example.org", fate)]
    event = Event.objects.get(kind="mail.bounced")
    assert (event.subject_type, event.subject_id, event.partner_id, event.data) == (
        "booking",
        mail.subject_id,
        mail.partner_id,
        {"mail": mail.pk, "kind": "booking_cancelled", "version": 1, "fate": fate},
    )


def test_a_later_mail_that_arrives_lifts_the_mark(adas_partner, mail):
    fates.record_fate(report(mail, "bounced", at=NOON))
    later = make_mail(adas_partner)

    fates.record_fate(report(later, "delivered", at=NOON + HOUR))

    assert marks() == []


def test_a_mail_that_arrived_before_does_not_lift_the_mark(adas_partner, mail):
    earlier = make_mail(adas_partner)
    fates.record_fate(report(mail, "bounced", at=NOON + HOUR))

    fates.record_fate(report(earlier, "delivered", at=NOON))

    assert marks() == [("ada@example.org", "bounced")]


def test_the_mark_tells_the_latest(adas_partner, mail):
    later = make_mail(adas_partner)
    fates.record_fate(report(later, "dropped", at=NOON + HOUR))

    fates.record_fate(report(mail, "bounced", at=NOON))

    assert marks() == [("ada@example.org", "dropped")]


@pytest.mark.parametrize("wrong", [{"mail_id": 10**17}, {"message_id": "<other@staging.example>"}])
def test_what_is_about_no_mail_of_ours_is_left_out(mail, wrong):
    assert fates.record_fate(report(mail, "bounced", **wrong)) is False
    assert (fate_of(mail), marks()) == (("", None), [])


def test_a_message_that_names_another_partner_finds_nothing(mail, eves_partner):
    assert fates.record_fate(report(mail, "bounced", partner_id=eves_partner.pk)) is False
    assert (fate_of(mail), marks()) == (("", None), [])


def test_the_job_does_it_as_it_was_queued(mail, run_jobs):
    fates.owe_records([report(mail, "delivered", at=NOON + HOUR), report(mail, "deferred", mail_id=10**17)])

    assert run_jobs("core.record_fate") == ["core.record_fate"] * 2
    assert fate_of(mail) == ("delivered", NOON + HOUR)


def test_a_mail_of_a_users_account_marks_the_address_for_nobodys_bookings(everything):
    class Account:
        EVENT_SUBJECT, pk, partner_id = "user", 1, None

    mail = outbox.put("password_reset", subject=Account(), recipient="ada@example.org", at=NOON)

    fates.record_fate(report(mail, "bounced"))

    assert list(BouncedAddress.objects.values_list("partner_id", "address")) == [(None, "ada@example.org")]


def test_the_address_of_somebody_who_was_forgotten_is_not_marked(mail):
    OutboxMail.objects.filter(pk=mail.pk).update(recipient="erased-7")

    fates.record_fate(report(mail, "bounced"))

    assert (fate_of(mail)[0], marks()) == ("bounced", [])


# --- A mail server that says it at once


def test_an_address_that_the_server_refuses_is_a_bounce(adas_partner, settings):
    settings.EMAIL_SENDER = SERVERS + "knowing_nobody"

    mail = make_mail(adas_partner)

    assert (mail.state, mail.fate, mail.problem) == ("failed", "bounced", "Nobody lives here.")
    assert marks() == [("ada@example.org", "bounced")]
    assert len(bounces()) == 1


def test_a_mail_that_bounced_at_the_server_is_tried_again_with_a_clean_sheet(adas_partner, settings):
    settings.EMAIL_SENDER = SERVERS + "knowing_nobody"
    mail = make_mail(adas_partner, adas_partner.email)
    settings.EMAIL_SENDER = SERVERS + "taking"

    outbox.send_again(mail)
    outbox.send(mail.pk, partner_id=adas_partner.pk, at=NOON + HOUR)

    mail.refresh_from_db()
    assert (mail.state, mail.fate, mail.problem) == ("sent", "", "")


# --- Marks


def test_marks_are_found_however_the_address_is_spelled(mail):
    fates.record_fate(report(mail, "bounced"))

    assert fates.bounces_of(mail.partner_id, ["ADA@example.org"]).count() == 1


def test_staff_may_know_better(mail):
    fates.record_fate(report(mail, "bounced"))
    mark = BouncedAddress.objects.get()

    fates.forget_bounce(mark)
    fates.forget_bounce(mark)

    assert marks() == []


def test_marks_of_addresses_that_nobody_has_are_forgotten(adas_partner, eves_partner):
    for partner, recipient in [
        (adas_partner, "partner1@example.org"),
        (adas_partner, "old@example.org"),
        (eves_partner, "old@example.org"),
    ]:
        fates.record_fate(report(make_mail(partner, recipient), "bounced"))

    fates.forget_unused(adas_partner.pk, Partner.objects.filter(pk=adas_partner.pk))

    assert list(BouncedAddress.objects.order_by("pk").values_list("partner_id", "address")) == [
        (adas_partner.pk, "partner1@example.org"),
        (eves_partner.pk, "old@example.org"),
    ]


def test_an_address_is_marked_once_per_partner(adas_partner):
    BouncedAddress.objects.create(partner_id=None, address="a@example.org", fate="bounced", at=NOON)

    with pytest.raises(IntegrityError), transaction.atomic():
        BouncedAddress.objects.create(partner_id=None, address="a@example.org", fate="bounced", at=NOON)


# --- At the same moment


@pytest.fixture
def shared_mails(transactional_db) -> list[OutboxMail]:
    """Two mails to one address, really committed."""
    with tenancy.system("tests", actor="test"):
        partner = make_partner("Kochschule Ada", 1)
        return [make_mail(partner) for _ in range(2)]


def look(function):
    with tenancy.system("tests"):
        return function()


def test_two_workers_that_get_the_same_message_keep_it_once(shared_mails):
    told = report(shared_mails[0], "bounced")

    answers = run_together(*[lambda: fates.record_fate(told)] * 4)

    assert sorted(answers) == [False, False, False, True]
    assert look(lambda: (MailFate.objects.count(), marks(), len(bounces()))) == (
        1,
        [("ada@example.org", "bounced")],
        1,
    )


def test_two_messages_about_one_mail_end_in_the_worse_whoever_is_faster(shared_mails):
    mail = shared_mails[0]
    told = [report(mail, fate, at=NOON + HOUR) for fate in ("deferred", "delivered", "bounced", "dropped")]

    answers = run_together(*[lambda each=each: fates.record_fate(each) for each in told])

    assert answers == [True] * 4
    assert look(lambda: fate_of(mail)) == ("bounced", NOON + HOUR)
    assert look(marks) == [("ada@example.org", "bounced")]


def test_two_mails_that_come_back_at_once_mark_their_address_once(shared_mails):
    answers = run_together(
        *[lambda mail=mail: fates.record_fate(report(mail, "bounced")) for mail in shared_mails]
    )

    assert answers == [True, True]
    assert look(lambda: (marks(), len(bounces()))) == ([("ada@example.org", "bounced")], 2)
