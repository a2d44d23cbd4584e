"""One function per mail: what it says, and when there is nothing left to say."""

import json
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from portal.bookings import queries
from portal.bookings.models import Booking, BookingStatus
from portal.bookings.operations import link_purpose
from portal.core import links, outbox
from portal.core.mailing import RenderedMail, render_mail
from portal.core.models import Link, OutboxMail
from portal.core.wording import say_money, say_short_day, say_when

TEMPLATES = "bookings/emails"


@outbox.mail("booking_request")
def booking_request(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    """The request to confirm, with both links. Dropped when it was answered or asked anew before it left."""
    booking = _booking(mail)
    is_outdated = booking.version != mail.version or booking.partner.email != mail.recipient
    if booking.status != BookingStatus.PENDING or is_outdated or booking.has_started(at):
        return None
    link = Link.objects.get(
        subject_type=booking.EVENT_SUBJECT,
        subject_id=booking.pk,
        purpose=link_purpose,
        recipient=mail.recipient,
    )
    token = links.token_of(link)
    confirm_url = f"{settings.PORTAL_URL}/api/confirm/{token}"
    return _render(
        "booking_request",
        booking,
        confirm_url=confirm_url,
        decline_url=f"{settings.PORTAL_URL}/api/decline/{token}",
        expires_at=link.expires_at,
        confirm_action=_confirm_action(confirm_url, booking),
        is_new_request=booking.version > 1,
    )


@outbox.mail("booking_declined")
def booking_declined(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    booking = _booking(mail)
    with translation.override(booking.partner.language):
        reason = queries.reason_label(booking.decline_reason)
    return _render("booking_declined", booking, reason=reason)


@outbox.mail("booking_cancelled")
def booking_cancelled(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    return _render("booking_cancelled", _booking(mail))


@outbox.mail("booking_changed")
def booking_changed(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    """A promise still stands, but for fewer participants or with other contact data."""
    booking = _booking(mail)
    if booking.status != BookingStatus.CONFIRMED or booking.change_count != mail.version:
        return None
    return _render("booking_changed", booking)


def _booking(mail: OutboxMail) -> Booking:
    assert mail.partner_id is not None
    return queries.booking_of(mail.partner_id, mail.subject_id)


def _render(template: str, booking: Booking, **context: object) -> RenderedMail:
    language = booking.partner.language
    with translation.override(language):
        rows, day = _details(booking), say_short_day(booking.starts_on) if booking.starts_on else "–"
    values = {
        "booking": booking,
        "partner": booking.partner,
        "rows": rows,
        "day": day,
        "booking_url": f"{settings.PORTAL_URL}/dashboard/bookings/{booking.pk}",
        **context,
    }
    return render_mail(f"{TEMPLATES}/{template}", language=language, context=values)


def _details(booking: Booking) -> list[tuple[str, str]]:
    customer, moment = booking.customer, booking.starts_at or booking.starts_on
    rows = [
        (_("Order"), f"#{booking.order_number}"),
        (_("Customer"), customer.name),
        (_("E-mail"), customer.email),
        (_("Phone"), customer.phone),
        (_("Course"), booking.course_name),
        (_("Date"), say_when(moment) if moment else _("not known yet")),
        (_("Participants"), str(booking.participants)),
        (_("Price"), say_money(booking.price_cents, booking.currency)),
        (_("Note from the customer"), booking.notes),
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
