"""The mails about a date that falls through: one to each customer, one to the partner for all of them."""

from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from portal.bookings import queries as booking_queries
from portal.bookings.date_changes import queries
from portal.bookings.date_changes.operations import CUSTOMER_TOLD, may_be_told
from portal.bookings.models import Booking, BookingStatus, DateCancellation
from portal.bookings.operations import DATE_CANCELLED
from portal.bookings.people import shown_customer
from portal.bookings.queries import CUSTOMER_LINK
from portal.core import links, outbox, registry
from portal.core.mailing import RenderedMail, render_mail
from portal.core.models import Link, OutboxMail
from portal.core.wording import say_when
from portal.dates.models import CourseDate
from portal.partners.recipients import recipients_of

TEMPLATES = "date_changes/emails"


@outbox.mail(CUSTOMER_TOLD, audience=OutboxMail.Audience.CUSTOMER)
def customer_date_cancelled(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    """Dropped for an address that is no longer the customer's, and should the date take place after all."""
    assert mail.partner_id is not None
    booking = booking_queries.booking_of(mail.partner_id, mail.subject_id)
    if booking.customer.email != mail.recipient or not may_be_told(booking):
        return None
    link = Link.objects.get(
        subject_type=booking.EVENT_SUBJECT,
        subject_id=booking.pk,
        purpose=CUSTOMER_LINK,
        recipient=mail.recipient,
    )
    language = booking.customer.language
    with translation.override(language):
        rows = _details(booking)
        dates = registry.mail_dates(CUSTOMER_TOLD, booking, at=at)
    return render_mail(
        f"{TEMPLATES}/customer_date_cancelled",
        language=language,
        context={
            "name": f"{booking.customer.first_name} {booking.customer.last_name}".strip(),
            "order_number": booking.order_number,
            "course_name": booking.course_name,
            "rows": rows,
            "dates": dates,
            "page_url": f"{settings.PORTAL_URL}/booking/{links.token_of(link)}",
        },
    )


@outbox.mail(DATE_CANCELLED)
def date_cancelled(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    """Whom it concerns, and that we take care. Dropped for who no longer gets the partner's mails."""
    cancellation = DateCancellation.objects.select_related("partner", "course_date__course").get(
        pk=mail.subject_id
    )
    partner, course_date = cancellation.partner, cancellation.course_date
    is_recipient = mail.recipient.lower() in recipients_of(partner, at=at).allowed
    if cancellation.undone_at is not None or not is_recipient:
        return None
    bookings = [entry.booking for entry in queries.entries_of(cancellation)]
    declined = [each for each in bookings if each.status == BookingStatus.DECLINED]
    with translation.override(partner.language):
        context = {
            "partner": partner,
            "course_name": course_date.course.name,
            "when": _when(course_date),
            "reason": booking_queries.reason_label(cancellation.reason),
            "is_by_staff": cancellation.way == "staff",
            "customers": [(shown_customer(each, at=at).name, each.participants) for each in declined],
            "status_url": f"{settings.PORTAL_URL}/dashboard/dates/{course_date.pk}/cancelled",
        }
    return render_mail(f"{TEMPLATES}/date_cancelled", language=partner.language, context=context)


def _details(booking: Booking) -> list[tuple[str, str]]:
    rows = [
        (_("Order"), f"#{booking.order_number}"),
        (_("Course"), booking.course_name),
        (_("Date"), _when(booking)),
        (_("Participants"), str(booking.participants)),
        (_("Place"), booking.course_date.location if booking.course_date else ""),
    ]
    return [(word, value) for word, value in rows if value]


def _when(about: Booking | CourseDate) -> str:
    moment = about.starts_at or about.starts_on
    return say_when(moment) if moment else _("not known yet")
