"""What stands on the staff's page of a booking, and what an emergency decline will do."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from portal.bookings import policies, queries, wording
from portal.bookings.date_changes.policies import fall_through_blocker
from portal.bookings.date_changes.queries import standing_cancellation
from portal.bookings.models import Booking
from portal.bookings.operations import settling_time
from portal.bookings.timeline import timeline_entries
from portal.manage.mails import mails_of_bookings, opened_by_booking
from portal.manage.rebookings import rebooking_card
from portal.partners.recipients import recipients_of


def context(booking: Booking, *, at: datetime) -> dict[str, Any]:
    can_undo = policies.undo_blocker(booking, at=at, by_staff=True) is None
    return {
        "booking": booking,
        "partner": booking.partner,
        "confirm_blocker": policies.confirm_blocker(booking, at=at, by_staff=True),
        "decline_blocker": policies.decline_blocker(booking, at=at, by_staff=True),
        "date_url": _date_url(booking, at=at),
        "may_decline_in_emergency": policies.emergency_decline_blocker(booking, at=at, by_staff=True) is None,
        "undo_until": booking.settles_at if can_undo else None,
        "decided_by": wording.decided_by(booking),
        "decline_reason_label": queries.reason_label(booking.decline_reason)
        if booking.decline_reason
        else "",
        "mails": mails_of_bookings([booking.pk]).get(booking.pk, []),
        "opened_at": opened_by_booking([booking.pk]).get(booking.pk),
        "timeline": timeline_entries(booking),
        "rebooking": rebooking_card(booking, at=at),
        "now": at,
    }


def _date_url(booking: Booking, *, at: datetime) -> str:
    """Where the whole date can be cancelled, or who has heard that it is; empty when neither."""
    course_date = booking.course_date
    if course_date is None:
        return ""
    if standing_cancellation(course_date):
        return reverse("manage:fallen_date", args=[course_date.pk])
    blocker = fall_through_blocker(course_date, at=at)
    return "" if blocker else reverse("manage:emergency", args=[course_date.pk])


def decline_context(booking: Booking, *, at: datetime) -> dict[str, Any]:
    """For both forms: the one of an open booking, and the one that breaks a promise."""
    settles_at = settling_time(booking, at=at)
    return {
        "booking": booking,
        "decline_blocker": policies.decline_blocker(booking, at=at, by_staff=True),
        "emergency_blocker": policies.emergency_decline_blocker(booking, at=at, by_staff=True),
        "refusal": wording.decided_by(booking),
        "told": recipients_of(booking.partner, at=at).today,
        "undo_until": settles_at if settles_at > at else None,
        "now": at,
    }
