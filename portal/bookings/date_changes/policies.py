"""Why a date may not fall through, or not be taken back: a blocker with a text, or None."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.bookings import policies
from portal.bookings.date_changes import queries
from portal.bookings.models import Booking, DateCancellation
from portal.bookings.policies import UndoBlocker
from portal.dates.models import CourseDate
from portal.dates.seat_policies import has_started


class FallThroughBlocker(TextChoices):
    CANCELLED = (
        "cancelled",
        _("This date is already cancelled. Bookings that still come in can be declined one by one."),
    )
    BEGUN = "begun", _("This date has already begun. Please call us.")


class RestoreBlocker(TextChoices):
    FELL_THROUGH = (
        "fell_through",
        _("Its bookings are declined, so it cannot just take place after all. You can plan a new date."),
    )


def fall_through_blocker(course_date: CourseDate, *, at: datetime) -> FallThroughBlocker | None:
    if course_date.cancelled_at is not None:
        return FallThroughBlocker.CANCELLED
    return FallThroughBlocker.BEGUN if has_started(course_date, at) else None


def falls_through(booking: Booking, *, at: datetime) -> bool:
    """Whether this booking goes with its date."""
    return policies.emergency_decline_blocker(booking, at=at, by_staff=False, with_date=True) is None


def undo_blocker(
    cancellation: DateCancellation, declined: Iterable[Booking], *, at: datetime, by_staff: bool
) -> UndoBlocker | None:
    """All or none: once a single booking has settled its customer may know.

    :param declined: the bookings that are still declined by it
    """
    if at >= cancellation.settles_at:
        return UndoBlocker.SETTLED
    if cancellation.way == "staff" and not by_staff:
        return UndoBlocker.BY_STAFF
    blockers = (policies.undo_blocker(each, at=at, by_staff=by_staff, with_date=True) for each in declined)
    return next((blocker for blocker in blockers if blocker), None)


def restore_blocker(course_date: CourseDate) -> RestoreBlocker | None:
    return RestoreBlocker.FELL_THROUGH if queries.standing_cancellation(course_date) else None
