"""One function per mail: what it says, and when there is nothing left to say."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from portal.bookings import queries, wording
from portal.bookings.email_data import TEMPLATE_OF, email_data
from portal.bookings.models import Booking, BookingStatus
from portal.bookings.operations import is_recipient, link_purpose, waits_until
from portal.bookings.people import shown_customer
from portal.core import jobs, links, outbox
from portal.core.mailing import RenderedMail, render_mail
from portal.core.models import Link, OutboxMail
from portal.core.wording import say_money, say_short_day, say_when

TEMPLATES = "bookings/emails"


@outbox.mail("booking_request")
def booking_request(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    """The request to confirm, with both links. Dropped when it was answered or asked anew before it left."""
    booking = _booking(mail)
    if not _is_still_asked(booking, mail, at=at):
        return None
    answers = _answers(booking, mail.recipient)
    return _render("booking_request", booking, at=at, **answers, is_new_request=booking.version > 1)


@outbox.mail("booking_reminder")
def booking_reminder(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    """The same links once more. Dropped like the request, and while the shop has put the order on hold."""
    booking = _booking(mail)
    if not _is_still_reminded(booking, mail, at=at):
        return None
    return _render("booking_reminder", booking, at=at, **_answers(booking, mail.recipient))


@outbox.mail("booking_reminder_final")
def booking_reminder_final(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    """The last reminder: it says how long the partner was silent, and that somebody will call."""
    booking = _booking(mail)
    if not _is_still_reminded(booking, mail, at=at):
        return None
    assert booking.asked_at is not None
    hours = (at - booking.asked_at) // timedelta(hours=1)
    return _render("booking_reminder_final", booking, at=at, **_answers(booking, mail.recipient), hours=hours)


@outbox.mail("booking_declined")
def booking_declined(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    """Dropped, like all that follow, for an address that no longer belongs to one of the partner's people."""
    booking = _booking(mail)
    if not is_recipient(booking, mail.recipient, at=at):
        return None
    with translation.override(booking.partner.language):
        reason = queries.reason_label(booking.decline_reason)
    return _render(
        "booking_declined",
        booking,
        at=at,
        reason=reason,
        is_by_staff=booking.declined_by == "staff",
        had_promised=booking.confirmed_at is not None,
    )


@outbox.mail("booking_confirmed_for_you")
def booking_confirmed_for_you(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    """Staff have promised in the partner's place. Dropped when that no longer stands."""
    booking = _booking(mail)
    is_promised = booking.status == BookingStatus.CONFIRMED and booking.confirmed_by == "staff"
    if not is_promised or not is_recipient(booking, mail.recipient, at=at):
        return None
    return _render("booking_confirmed_for_you", booking, at=at)


@outbox.mail("booking_cancelled")
def booking_cancelled(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    booking = _booking(mail)
    if not is_recipient(booking, mail.recipient, at=at):
        return None
    return _render("booking_cancelled", booking, at=at)


@outbox.mail("booking_changed")
def booking_changed(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    """A promise still stands, but for fewer participants or with other contact data."""
    booking = _booking(mail)
    is_outdated = booking.change_count != mail.version or not is_recipient(booking, mail.recipient, at=at)
    if booking.status != BookingStatus.CONFIRMED or is_outdated:
        return None
    return _render("booking_changed", booking, at=at)


def _is_still_asked(booking: Booking, mail: OutboxMail, *, at: datetime) -> bool:
    is_outdated = booking.version != mail.version or not is_recipient(booking, mail.recipient, at=at)
    return booking.status == BookingStatus.PENDING and not is_outdated and not booking.has_started(at)


def _is_still_reminded(booking: Booking, mail: OutboxMail, *, at: datetime) -> bool:
    """:raises portal.core.jobs.NotYet: when it is night, or the answer was taken back a moment ago"""
    if booking.is_on_hold or not _is_still_asked(booking, mail, at=at):
        return False
    if until := waits_until(booking, mail, at=at):
        raise jobs.NotYet(until)
    return True


def _answers(booking: Booking, recipient: str) -> dict[str, object]:
    """The links of both answers, for this recipient."""
    link = Link.objects.get(
        subject_type=booking.EVENT_SUBJECT,
        subject_id=booking.pk,
        purpose=link_purpose,
        recipient=recipient,
    )
    token = links.token_of(link)
    confirm_url = f"{settings.PORTAL_URL}/api/confirm/{token}"
    return {
        "confirm_url": confirm_url,
        "decline_url": f"{settings.PORTAL_URL}/api/decline/{token}",
        "expires_at": link.expires_at,
        "confirm_action": _confirm_action(confirm_url, booking),
    }


def _booking(mail: OutboxMail) -> Booking:
    assert mail.partner_id is not None
    return queries.booking_of(mail.partner_id, mail.subject_id)


def _render(template: str, booking: Booking, *, at: datetime, **context: object) -> RenderedMail:
    language = booking.partner.language
    with translation.override(language):
        rows, day = _details(booking, at=at), say_short_day(booking.starts_on) if booking.starts_on else "–"
    values = {
        "booking": booking,
        "partner": booking.partner,
        "rows": rows,
        "day": day,
        "booking_url": f"{settings.PORTAL_URL}/dashboard/bookings/{booking.pk}",
        **context,
    }
    mail = render_mail(f"{TEMPLATES}/{template}", language=language, context=values)
    with translation.override(language):
        data = email_data(booking, values, at=at)
    return replace(mail, template=TEMPLATE_OF.get(template, ""), data=data)


def _details(booking: Booking, *, at: datetime) -> list[tuple[str, str]]:
    customer, moment = shown_customer(booking, at=at), booking.starts_at or booking.starts_on
    rows = [
        (_("Order"), f"#{booking.order_number}"),
        (_("Customer"), customer.name),
        (_("E-mail"), customer.email),
        (_("Phone"), customer.phone),
        (_("Course"), booking.course_name),
        (_("Date"), say_when(moment) if moment else _("not known yet")),
        (_("Rebooked, before"), wording.moved_from(booking)),
        (_("Participants"), str(booking.participants)),
        (_("Price"), say_money(booking.price_cents, booking.currency)),
        (_("Note from the customer"), customer.notes),
    ]
    return [(word, value) for word, value in rows if value]


def _confirm_action(confirm_url: str, booking: Booking) -> str:
    """Gmail's one-click action (schema.org ConfirmAction): Gmail posts to the handler's address."""
    with translation.override(booking.partner.language):
        name = _("Confirm booking")
    action = {
        "@context": "http://schema.org",
        "@type": "EmailMessage",
        "potentialAction": {
            "@type": "ConfirmAction",
            "name": name,
            "handler": {
                "@type": "HttpActionHandler",
                "url": confirm_url,
                "method": "http://schema.org/HttpRequestMethod/POST",
            },
        },
    }
    # "</script>" in a value must not end the block it stands in.
    return json.dumps(action, ensure_ascii=False).replace("<", "\\u003c")
