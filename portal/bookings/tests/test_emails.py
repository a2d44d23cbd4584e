"""Mails about bookings: what they say, to whom, in which language, and when there is nothing left to say."""

import json
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from portal.bookings import emails, operations, queries
from portal.bookings.models import Booking, Customer
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import ask, token_of
from portal.conftest import NOON
from portal.core import outbox
from portal.core.mailing import RenderedMail
from portal.core.models import OutboxMail

EVIL = "<script>alert(1)</script> \"'&\nBcc: eve@example.org"


@pytest.fixture
def partner(adas_partner):
    adas_partner.language = "en"
    adas_partner.save()
    return adas_partner


def render(kind: str, *, at=NOON) -> RenderedMail | None:
    return outbox._renderers[kind](OutboxMail.objects.filter(kind=kind).latest("id"), at)


def declined(partner, ada, **values):
    booking, _ = ask(partner, **values)
    operations.decline_booking(
        booking, reason=queries.reason_by_code("equipment_issue"), notes="Herd", by=By("portal", ada), at=NOON
    )
    operations.settle_decision(booking, at=NOON)
    return booking


@pytest.fixture(autouse=True)
def _at_once(settings):
    settings.UNDO_SECONDS = 0
    settings.PORTAL_URL = "https://portal.example"


class Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(dict(attrs).get("href") or "")


# --- The request to confirm


def test_the_request_says_what_the_spec_wants_and_carries_both_links(partner):
    booking, token = ask(partner)

    mail = render("booking_request")

    assert mail.subject == "New booking: Jürgen Müller - Sushi-Kurs für Anfänger on Wed 8 May 2030"
    lines = [line for line in mail.text.splitlines() if line.strip()]
    for line in (
        "Hello Kochschule Ada Kontakt,",
        f"Order: #{booking.order_number}",
        "Customer: Jürgen Müller",
        "E-mail: juergen@example.com",
        "Phone: 0171 39200 01",
        "Course: Sushi-Kurs für Anfänger",
        "Date: Wed 8 May 2030, 12:00",
        "Participants: 2",
        "Price: €178.00",
        f"https://portal.example/api/confirm/{token}",
        f"https://portal.example/api/decline/{token}",
        "These links are valid until Wed 8 May 2030, 12:00.",
    ):
        assert line in lines, mail.text
    assert [link for link in Links(mail.html).found if "/api/" in link] == [
        f"https://portal.example/api/confirm/{token}",
        f"https://portal.example/api/decline/{token}",
    ]


def test_gmails_action_posts_to_the_confirm_link(partner):
    _, token = ask(partner)

    html = render("booking_request").html
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)

    assert [json.loads(block) for block in blocks] == [
        {
            "@context": "http://schema.org",
            "@type": "EmailMessage",
            "potentialAction": {
                "@type": "ConfirmAction",
                "name": "Confirm booking",
                "handler": {
                    "@type": "HttpActionHandler",
                    "url": f"https://portal.example/api/confirm/{token}",
                    "method": "http://schema.org/HttpRequestMethod/POST",
                },
            },
        }
    ]


def test_a_request_after_a_change_says_so_and_carries_the_new_links_only(partner):
    booking, old = ask(partner)
    booking.version, booking.participants = 2, 5
    booking.save()
    operations.ask_partner(booking, at=NOON)

    mail = render("booking_request")

    assert "The customer has changed this booking." in mail.text
    assert "Participants: 5" in mail.text
    assert f"/api/confirm/{token_of(booking)}" in mail.text
    assert old not in mail.text + mail.html


def test_a_request_that_a_newer_one_replaced_before_it_left_is_dropped(partner):
    booking, _ = ask(partner)
    older = OutboxMail.objects.get(kind="booking_request")
    booking.version = 2
    booking.save()
    operations.ask_partner(booking, at=NOON)

    assert emails.booking_request(older, NOON) is None
    assert render("booking_request") is not None


def test_a_request_that_was_answered_before_it_left_is_dropped(partner, ada):
    booking, _ = ask(partner)
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)

    assert render("booking_request") is None


@pytest.mark.parametrize(("seconds", "is_sent"), [(-1, True), (0, False)])
def test_a_request_that_comes_too_late_is_dropped(partner, seconds, is_sent):
    booking, _ = ask(partner)

    mail = render("booking_request", at=booking.starts_at + timedelta(seconds=seconds))

    assert (mail is not None) == is_sent


def test_a_request_without_date_phone_and_notes_leaves_their_lines_out(partner):
    booking, _ = ask(partner, starts_at=None)
    Customer.objects.filter(pk=booking.customer_id).update(phone="")

    text = render("booking_request").text

    assert "Phone" not in text
    assert "Note from the customer" not in text
    assert "Date: not known yet" in text


def test_what_customers_write_becomes_no_markup_and_no_header(partner):
    booking, _ = ask(partner, course_name=EVIL, notes=EVIL)
    Customer.objects.filter(pk=booking.customer_id).update(first_name=EVIL)

    mail = render("booking_request")

    assert "\n" not in mail.subject
    assert "<script>alert" not in mail.html
    assert "<script>alert(1)</script>" in mail.text


def test_the_request_of_a_partner_without_an_address_is_not_owed(partner):
    partner.email = ""
    partner.save()

    operations.ask_partner(make_booking(partner), at=NOON)

    assert OutboxMail.objects.count() == 0


# --- Reminders


def reminded(partner, hours: int) -> tuple[Booking, str]:
    booking, token = ask(partner)
    OutboxMail.objects.update(state="sent", sent_at=NOON)
    operations.remind(booking, at=NOON + timedelta(hours=hours))
    return booking, token


REMINDERS = {
    "booking_reminder": (
        24,
        "Reminder: please confirm the booking - Jürgen Müller",
        [
            "This booking is still waiting for your answer:",
            "Please confirm soon, so that we can tell the customer.",
        ],
    ),
    "booking_reminder_final": (
        48,
        "Urgent: booking {order_number} is not confirmed yet",
        [
            "This booking has been waiting for your answer for 48 hours:",
            "If we do not hear from you, we will call you.",
        ],
    ),
}


@pytest.mark.parametrize("kind", REMINDERS)
def test_a_reminder_says_what_the_spec_wants_with_the_details_and_links_of_the_request(partner, kind):
    hours, subject, sentences = REMINDERS[kind]
    booking, token = reminded(partner, hours)

    mail = render(kind, at=NOON + timedelta(hours=hours))

    answers = [f"https://portal.example/api/{action}/{token}" for action in ("confirm", "decline")]
    assert mail.subject == subject.format(order_number=booking.order_number)
    lines = [line for line in mail.text.splitlines() if line.strip()]
    for line in (
        "Hello Kochschule Ada Kontakt,",
        f"Order: #{booking.order_number}",
        "Customer: Jürgen Müller",
        "Date: Wed 8 May 2030, 12:00",
        "These links are valid until Wed 8 May 2030, 12:00.",
        *sentences,
        *answers,
    ):
        assert line in lines, mail.text
    assert all(sentence in mail.html for sentence in sentences)
    assert [link for link in Links(mail.html).found if "/api/" in link] == answers
    assert f'"url": "{answers[0]}"' in mail.html


@pytest.mark.parametrize("kind", REMINDERS)
def test_a_reminder_that_was_answered_outdated_or_is_too_late_is_dropped(partner, ada, kind):
    hours = REMINDERS[kind][0]
    booking, _ = reminded(partner, hours)
    at = NOON + timedelta(hours=hours)

    assert render(kind, at=booking.starts_at - timedelta(seconds=1)) is not None
    assert render(kind, at=booking.starts_at) is None
    Booking.objects.update(version=2)
    assert render(kind, at=at) is None
    Booking.objects.update(version=1)
    operations.confirm_booking(booking, by=By("portal", ada), at=at)
    assert render(kind, at=at) is None


# --- After the decision


@pytest.mark.parametrize(
    ("number", "sentence"), [("HT0077", "ticket (#HT0077)"), ("", "A support ticket is being opened.")]
)
def test_the_mail_about_a_decline_names_reason_and_ticket(partner, ada, number, sentence):
    booking = declined(partner, ada)
    if number:
        operations.record_ticket(booking, ticket_id="77", number=number, at=NOON)
    else:
        operations.tell_declined(booking, at=NOON)

    mail = render("booking_declined")

    assert mail.subject == f"Booking declined - #{booking.order_number}"
    for body in (mail.text, mail.html):
        assert "Reason: Equipment issue" in body
        assert sentence in body
    assert "/api/confirm/" not in mail.text + mail.html


def test_the_mail_about_a_decline_keeps_the_notes_for_our_team(partner, ada):
    booking = declined(partner, ada)
    operations.tell_declined(booking, at=NOON)

    mail = render("booking_declined")

    assert "Herd" not in mail.text + mail.html


def test_the_mail_about_a_cancellation_says_that_nothing_is_to_do(partner, run_jobs):
    booking, _ = ask(partner)
    OutboxMail.objects.update(state="sent", sent_at=NOON)
    operations.cancel_booking(booking, at=NOON)
    run_jobs("core.run_subscriber")

    mail = render("booking_cancelled")

    assert mail.subject == f"Booking cancelled by the customer - #{booking.order_number}"
    assert "There is nothing you need to do" in mail.text
    assert f"https://portal.example/dashboard/bookings/{booking.pk}" in mail.text


def test_a_mail_about_a_change_that_a_newer_one_replaced_is_dropped(partner, ada):
    booking, _ = ask(partner)
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)
    booking.refresh_from_db()
    for count in (1, 2):
        booking.change_count = count
        booking.save()
        outbox.put("booking_changed", subject=booking, recipient=partner.email, version=count, at=NOON)

    older, newer = OutboxMail.objects.filter(kind="booking_changed").order_by("version")

    assert emails.booking_changed(older, NOON) is None
    assert emails.booking_changed(newer, NOON).subject == f"Booking changed - #{booking.order_number}"


@pytest.mark.parametrize(
    "kind", ["booking_declined", "booking_confirmed_for_you", "booking_cancelled", "booking_changed"]
)
def test_whoever_has_left_the_partner_gets_no_mail_that_was_still_owed(one_of_each, partner, kind):
    mail = OutboxMail.objects.get(kind=kind)
    before = outbox._renderers[kind](mail, NOON)
    partner.email = "new@example.org"
    partner.save()

    assert (before is None, outbox._renderers[kind](mail, NOON)) == (False, None)


# --- All of them


@pytest.fixture
def one_of_each(partner, ada, mona) -> list[str]:
    booking = declined(partner, ada)
    operations.tell_declined(booking, at=NOON)
    waiting, _ = ask(partner)
    for kind in ("booking_reminder", "booking_reminder_final"):
        outbox.put(kind, subject=waiting, recipient=partner.email, at=NOON)
    outbox.put("booking_cancelled", subject=booking, recipient=partner.email, at=NOON)
    confirmed, _ = ask(partner)
    operations.confirm_booking(confirmed, by=By("portal", ada), at=NOON)
    confirmed.refresh_from_db()
    confirmed.change_count = 1
    confirmed.save()
    outbox.put("booking_changed", subject=confirmed, recipient=partner.email, version=1, at=NOON)
    for_you, _ = ask(partner)
    operations.confirm_booking(for_you, by=By("staff", mona), at=NOON)
    outbox.put("booking_confirmed_for_you", subject=for_you, recipient=partner.email, at=NOON)
    OutboxMail.objects.filter(kind="booking_request").exclude(subject_id=waiting.pk).delete()
    return [
        "booking_request",
        "booking_reminder",
        "booking_reminder_final",
        "booking_declined",
        "booking_confirmed_for_you",
        "booking_cancelled",
        "booking_changed",
    ]


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_mail_has_a_subject_a_text_and_html_without_loading_anything(one_of_each, partner, language):
    partner.language = language
    partner.save()

    for kind in one_of_each:
        mail = render(kind)

        assert (mail.subject != "", "{" in mail.subject + mail.text, mail.text.endswith("\n")) == (
            True,
            False,
            True,
        )
        assert re.search(rf'<html[^>]* lang="{language}"', mail.html)
        # Tables and styles of its own; no picture, no script but the data for Gmail, nothing from elsewhere.
        assert re.findall(r"<(?:img|link|iframe|object|video)\b", mail.html) == []
        assert re.findall(r'<script(?! type="application/ld\+json")', mail.html) == []
        assert {link.split("/")[2] for link in Links(mail.html).found if link.startswith("http")} == {
            "portal.example"
        }


def test_every_mail_of_bookings_can_be_rendered(one_of_each):
    kinds = {kind for kind, renderer in outbox._renderers.items() if renderer.__module__ == emails.__name__}

    assert kinds == set(one_of_each)
