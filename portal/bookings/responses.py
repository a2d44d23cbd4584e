"""How partners answered: the one definition that the metrics count by and the staff's list opens rows by.

A booking counts when its partner was asked, on the day of the present question: one that was asked for anew counts by
the newer question. Bookings from before the portal began never do. Each that counts has exactly one outcome, by how it
stands now: what was undone was not answered.

The three sets of outcomes that pages name:

    asked     all of them
    due       those that needed an answer: without those still in time and those withdrawn before one
    answered  by the partner, yes or no; only these have a time to answer
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.bookings.querysets import BookingQuerySet


class Outcome(TextChoices):
    CONFIRMED = "confirmed", _("Confirmed by the partner")
    DECLINED = "declined", _("Declined by the partner")
    # Also a promise that staff had to break.
    BY_STAFF = "by_staff", _("Decided by staff")
    # Over, escalated, or reminded for the last time; also when the customer gave up after that.
    UNANSWERED = "unanswered", _("Not answered in time")
    WITHDRAWN = "withdrawn", _("Cancelled or moved before an answer")
    WAITING = "waiting", _("Still in time")


_DECLINED = Q(declined_at__isnull=False)
# What was declined after it had been confirmed is declined.
_CONFIRMED = Q(declined_at=None, confirmed_at__isnull=False)
_UNDECIDED = Q(declined_at=None, confirmed_at=None)
_LATE = (
    Q(status="expired")
    | Q(expired_at__isnull=False)
    | Q(escalated_at__isnull=False)
    | Q(reminder_count__gte=2)
)
_GONE = Q(status__in=("cancelled", "rebooked"))

CONDITIONS: dict[str, Q] = {
    Outcome.CONFIRMED: _CONFIRMED & ~Q(confirmed_by="staff"),
    Outcome.DECLINED: _DECLINED & ~Q(declined_by="staff"),
    Outcome.BY_STAFF: _DECLINED & Q(declined_by="staff") | _CONFIRMED & Q(confirmed_by="staff"),
    Outcome.UNANSWERED: _UNDECIDED & _LATE,
    Outcome.WITHDRAWN: _UNDECIDED & ~_LATE & _GONE,
    Outcome.WAITING: _UNDECIDED & ~_LATE & ~_GONE,
}
ASKED, DUE, ANSWERED = "asked", "due", "answered"
OUTCOMES: dict[str, tuple[Outcome, ...]] = {
    ASKED: tuple(Outcome),
    DUE: (Outcome.CONFIRMED, Outcome.DECLINED, Outcome.BY_STAFF, Outcome.UNANSWERED),
    ANSWERED: (Outcome.CONFIRMED, Outcome.DECLINED),
    **{outcome.value: (outcome,) for outcome in Outcome},
}
LABELS: dict[str, str | Promise] = {
    ASKED: _("The partner was asked"),
    DUE: _("Needed an answer"),
    ANSWERED: _("Answered by the partner"),
    **{outcome.value: outcome.label for outcome in Outcome},
}


@dataclass(frozen=True)
class Period:
    """Days on the wall where the courses are, the first and the last included."""

    first_on: date
    last_on: date

    @property
    def begins_at(self) -> datetime:
        return _midnight(self.first_on)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return _midnight(self.last_on + timedelta(days=1))

    @property
    def days(self) -> int:
        return (self.last_on - self.first_on).days + 1

    @property
    def before(self) -> "Period":
        """As many days, right before."""
        return Period(self.first_on - timedelta(days=self.days), self.first_on - timedelta(days=1))


def asked_in(
    bookings: BookingQuerySet, begins_at: datetime | None = None, ends_at: datetime | None = None
) -> BookingQuerySet:
    """Those that count; the end is not included."""
    bookings = bookings.filter(asked_at__isnull=False).exclude(confirmed_by="import")
    if begins_at:
        bookings = bookings.filter(asked_at__gte=begins_at)
    return bookings.filter(asked_at__lt=ends_at) if ends_at else bookings


def answered_like(answer: str) -> Q:
    """:param answer: an outcome, or the name of a set of them"""
    condition = Q(pk__in=())
    for outcome in OUTCOMES[answer]:
        condition |= CONDITIONS[outcome]
    return condition


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), tzinfo=ZoneInfo(settings.TIME_ZONE))
