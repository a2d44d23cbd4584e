"""The outbox: one row per mail we owe, sent once, whatever the mail server does."""

from datetime import timedelta

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.bookings import operations
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import ask, link_of
from portal.conftest import NOON, make_partner
from portal.core import fates, outbox, tenancy
from portal.core.jobs import Hold
from portal.core.models import Event, OutboxMail
from portal.core.tests import mail_servers
from portal.integrations.email import EmailUnavailable
from tests.threads import run_together

SERVERS = "portal.core.tests.mail_servers."
State = OutboxMail.State


@pytest.fixture
def taken(settings):
    """What a willing mail server has taken."""
    mail_servers.taken_mails.clear()
    settings.EMAIL_SENDER = SERVERS + "taking"
    return mail_servers.taken_mails


@pytest.fixture
def mail(adas_partner, taken) -> OutboxMail:
    booking = make_booking(adas_partner)
    return outbox.put("booking_cancelled", subject=booking, recipient="partner1@example.org", at=NOON)


def send(mail: OutboxMail, *, at=NOON) -> OutboxMail:
    outbox.send(mail.pk, partner_id=mail.partner_id, at=at)
    mail.refresh_from_db()
    return mail


def mail_events() -> list[tuple[str, dict]]:
    return [
        (event.kind, event.data) for event in Event.objects.filter(kind__startswith="mail.").order_by("id")
    ]


def queued() -> int:
    return ProcrastinateJob.objects.filter(task_name="core.send_mail").count()


def test_put_owes_the_mail_once_however_often_it_runs(mail):
    booking_id = mail.subject_id

    class Again:
        EVENT_SUBJECT, pk, partner_id = "booking", booking_id, mail.partner_id

    again = outbox.put(
        "booking_cancelled", subject=Again(), recipient="partner1@example.org", at=NOON + timedelta(days=1)
    )

    assert (again.pk, again.message_id, again.created_at) == (mail.pk, mail.message_id, NOON)
    assert (OutboxMail.objects.count(), queued()) == (1, 1)


@pytest.mark.parametrize(
    "other", [{"recipient": "ben@example.org"}, {"version": 2}, {"kind": "booking_declined"}]
)
def test_another_recipient_version_or_kind_is_another_mail(adas_partner, taken, other):
    booking = make_booking(adas_partner)
    values = {
        "kind": "booking_cancelled",
        "subject": booking,
        "recipient": "partner1@example.org",
        "at": NOON,
    }

    rows = [outbox.put(**values), outbox.put(**{**values, **other})]

    assert len({row.message_id for row in rows}) == 2
    assert queued() == 2


def test_put_without_an_address_owes_nothing(adas_partner):
    assert outbox.put("booking_cancelled", subject=make_booking(adas_partner), recipient="", at=NOON) is None
    assert queued() == 0


def test_a_decision_that_is_rolled_back_owes_nothing(adas_partner):
    booking = make_booking(adas_partner)

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        outbox.put("booking_cancelled", subject=booking, recipient="partner1@example.org", at=NOON)
        raise ZeroDivisionError

    assert (OutboxMail.objects.count(), queued()) == (0, 0)


def test_the_message_id_is_of_the_senders_domain(mail, settings):
    assert mail.message_id.startswith("<")
    assert mail.message_id.endswith("@miomente.de>")


def test_send_marks_the_mail_and_tells_the_timeline(mail, taken):
    send(mail, at=NOON + timedelta(seconds=5))

    assert [(each.to, each.message_id) for each in taken] == [("partner1@example.org", mail.message_id)]
    assert (mail.state, mail.sent_at) == (State.SENT, NOON + timedelta(seconds=5))
    assert mail_events() == [("mail.sent", {"mail": mail.pk, "kind": "booking_cancelled", "version": 1})]


def test_send_again_sends_nothing(mail, taken):
    for _ in range(3):
        send(mail)

    assert len(taken) == 1
    assert len(mail_events()) == 1


def test_the_job_sends_it_as_it_was_queued(mail, taken, run_jobs):
    assert run_jobs("core.send_mail") == ["core.send_mail"]

    assert [each.message_id for each in taken] == [mail.message_id]


def test_send_marks_the_links_that_the_mail_carried(adas_partner, taken):
    booking, _ = ask(adas_partner)

    send(OutboxMail.objects.get(kind="booking_request"))

    assert link_of(booking).mailed_at == NOON


def test_a_mail_that_the_server_refuses_is_kept_for_staff_and_not_tried_again(mail, settings):
    settings.EMAIL_SENDER = SERVERS + "refusing"

    send(mail)
    send(mail)

    assert (mail.state, mail.sent_at, mail.problem) == (State.FAILED, None, "The mailbox does not exist.")
    assert mail_events() == [("mail.refused", {"mail": mail.pk, "kind": "booking_cancelled", "version": 1})]


def test_a_refused_mail_can_be_sent_again_with_the_same_message_id(mail, settings, taken):
    settings.EMAIL_SENDER = SERVERS + "refusing"
    message_id = send(mail).message_id
    settings.EMAIL_SENDER = SERVERS + "taking"

    outbox.send_again(mail)
    send(mail)

    assert (mail.state, mail.problem, queued()) == (State.SENT, "", 2)
    assert [each.message_id for each in taken] == [message_id]


def test_a_server_that_is_down_leaves_the_mail_waiting_for_the_next_try(mail, settings, taken):
    settings.EMAIL_SENDER = SERVERS + "down"
    with pytest.raises(EmailUnavailable):
        send(mail)
    mail.refresh_from_db()
    waiting = mail.state
    settings.EMAIL_SENDER = SERVERS + "taking"

    send(mail)

    assert (waiting, mail.state, len(taken)) == (State.WAITING, State.SENT, 1)
    assert [kind for kind, _ in mail_events()] == ["mail.sent"]


def test_a_mail_whose_fate_is_unknown_goes_out_again_with_the_same_message_id(mail, settings, taken):
    settings.EMAIL_SENDER = SERVERS + "dying"
    with pytest.raises(EmailUnavailable):
        send(mail)
    settings.EMAIL_SENDER = SERVERS + "taking"

    send(mail)

    assert [each.message_id for each in taken] == [mail.message_id] * 2
    assert (taken[0].subject, taken[0].text) == (taken[1].subject, taken[1].text)


def test_a_mail_about_what_no_longer_holds_is_dropped(ada, adas_partner, taken):
    booking, _ = ask(adas_partner)
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)

    mail = send(OutboxMail.objects.get(kind="booking_request"))

    assert (mail.state, mail.sent_at) == (State.DROPPED, None)
    assert (taken, mail_events()) == ([], [])


def test_a_mail_is_not_found_in_the_scope_of_another_partner(mail, eves_partner, taken):
    with pytest.raises(OutboxMail.DoesNotExist):
        outbox.send(mail.pk, partner_id=eves_partner.pk, at=NOON)

    assert taken == []


def test_a_mail_that_belongs_to_no_partner_is_sent_too(everything, taken, monkeypatch):
    class Nobody:
        EVENT_SUBJECT, pk, partner_id = "nobody", 1, None

    monkeypatch.setitem(
        outbox._renderers, "to_staff", lambda _mail, _at: outbox.RenderedMail("S", "T", "<p>H</p>")
    )
    mail = outbox.put("to_staff", subject=Nobody(), recipient="staff@example.org", at=NOON)
    tenancy.enter()

    outbox.send(mail.pk, partner_id=None, at=NOON)

    assert [each.to for each in taken] == ["staff@example.org"]


def test_a_setting_that_is_wrong_keeps_the_mail_waiting_until_it_is_mended(mail, settings, taken):
    settings.EMAIL_SENDER = SERVERS + "misconfigured"
    with pytest.raises(Hold):
        send(mail)
    mail.refresh_from_db()
    waiting = mail.state
    settings.EMAIL_SENDER = SERVERS + "taking"

    assert (waiting, send(mail).state) == (State.WAITING, State.SENT)


# --- Whose mail it is


def test_mails_to_customers_and_about_accounts_do_not_follow_the_partner_to_a_new_address(
    adas_partner, taken
):
    booking = make_booking(adas_partner)
    for kind in ("booking_cancelled", "customer_confirmed", "member_invited"):
        outbox.put(kind, subject=booking, recipient="old@example.org", at=NOON)

    outbox.redirect(
        partner_id=adas_partner.pk,
        about="booking",
        allowed=["new@example.org"],
        to=["new@example.org"],
        at=NOON,
    )

    rows = OutboxMail.objects.order_by("pk").values_list("kind", "audience", "recipient", "state")
    assert list(rows) == [
        ("booking_cancelled", "partner", "old@example.org", "dropped"),
        ("customer_confirmed", "customer", "old@example.org", "waiting"),
        ("member_invited", "user", "old@example.org", "waiting"),
        ("booking_cancelled", "partner", "new@example.org", "waiting"),
    ]


@pytest.mark.parametrize(("seconds", "states"), [(-1, ["dropped", "waiting"]), (0, ["failed"])])
def test_what_was_refused_long_ago_is_no_news_at_a_corrected_address(adas_partner, seconds, states):
    booking = make_booking(adas_partner)
    outbox.put("booking_cancelled", subject=booking, recipient="old@example.org", at=NOON)
    OutboxMail.objects.update(state=State.FAILED)

    outbox.redirect(
        partner_id=adas_partner.pk,
        about="booking",
        allowed=["new@example.org"],
        to=["new@example.org"],
        at=NOON + outbox.REFUSED_IS_NEWS + timedelta(seconds=seconds),
    )

    assert list(OutboxMail.objects.order_by("pk").values_list("state", flat=True)) == states


# --- Sent once more because somebody wants it so


def copies(mail: OutboxMail) -> list[tuple[int, str]]:
    return list(OutboxMail.objects.order_by("copy").values_list("copy", "state"))


def test_what_has_left_is_followed_by_a_copy_with_a_message_id_and_a_fate_of_its_own(mail, taken):
    send(mail)
    fates.follow(mail, OutboxMail.Fate.DELIVERED, at=NOON)

    copy = outbox.resend(mail, at=NOON + timedelta(hours=1))
    send(copy)

    assert copies(mail) == [(1, "sent"), (2, "sent")]
    assert [each.message_id for each in taken] == [mail.message_id, copy.message_id]
    assert mail.message_id != copy.message_id
    assert (copy.fate, copy.created_at, copy.audience) == ("", NOON + timedelta(hours=1), "partner")


def test_a_double_click_sends_one_copy_even_when_the_first_has_left_meanwhile(mail, taken):
    send(mail)

    first = send(outbox.resend(mail, at=NOON))
    again = outbox.resend(mail, at=NOON)

    assert (again.pk, copies(mail), len(taken)) == (first.pk, [(1, "sent"), (2, "sent")], 2)


def test_the_copy_can_be_sent_once_more_as_well(mail, taken):
    send(mail)
    copy = send(outbox.resend(mail, at=NOON))

    send(outbox.resend(copy, at=NOON))

    assert copies(mail) == [(1, "sent"), (2, "sent"), (3, "sent")]


def test_what_was_refused_is_tried_again_as_it_is(mail, settings, taken):
    settings.EMAIL_SENDER = SERVERS + "refusing"
    send(mail)
    settings.EMAIL_SENDER = SERVERS + "taking"

    again = send(outbox.resend(mail, at=NOON))

    assert (again.pk, copies(mail), [each.message_id for each in taken]) == (
        mail.pk,
        [(1, "sent")],
        [mail.message_id],
    )


def test_what_waits_goes_on_waiting(mail, taken):
    assert outbox.resend(mail, at=NOON).pk == mail.pk
    assert (copies(mail), queued()) == ([(1, "waiting")], 1)


def test_owing_a_mail_again_finds_the_mail_and_not_its_copy(adas_partner, taken):
    booking = make_booking(adas_partner)
    mail = send(outbox.put("booking_cancelled", subject=booking, recipient="partner1@example.org", at=NOON))
    outbox.resend(mail, at=NOON)

    again = outbox.put("booking_cancelled", subject=booking, recipient="partner1@example.org", at=NOON)

    assert again.pk == mail.pk


def test_two_clicks_at_the_same_moment_send_one_copy(transactional_db, settings):
    settings.EMAIL_SENDER = SERVERS + "taking"
    with tenancy.system("tests", actor="test"):
        booking = make_booking(make_partner("Kochschule Ada", 1))
        mail = outbox.put("booking_cancelled", subject=booking, recipient="partner1@example.org", at=NOON)
    outbox.send(mail.pk, partner_id=booking.partner_id, at=NOON)

    def click() -> int:
        with tenancy.scope(partner_ids=[booking.partner_id]):
            return outbox.resend(mail, at=NOON).pk

    assert len(set(run_together(click, click, click))) == 1
    with tenancy.system("tests"):
        assert (OutboxMail.objects.count(), queued()) == (2, 2)
