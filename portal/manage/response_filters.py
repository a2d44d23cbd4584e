"""What narrows the staff's list to the bookings behind a number of the metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from portal.bookings.querysets import BookingQuerySet
from portal.bookings.responses import OUTCOMES, Period, answered_like, asked_in
from portal.core.parameters import LARGEST_ID, Problems, read_choice, read_day, read_text, whole_number

FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True)
class ResponseFilters:
    """`answer` is an outcome or a set of them, `reason` the code of a decline's; both days are included."""

    answer: str = ""
    reason: str = ""
    asked_from: date | None = None
    asked_to: date | None = None
    partner_id: int | None = None

    def apply(self, bookings: BookingQuerySet) -> BookingQuerySet:
        """What was asked last comes first: by day of the course a million rows would be walked to find a few."""
        if self.partner_id:
            bookings = bookings.filter(partner=self.partner_id)
        if self.reason:
            bookings = bookings.filter(decline_reason=self.reason)
        if not self.is_about_asking:
            return bookings
        begins_at = Period(self.asked_from, self.asked_from).begins_at if self.asked_from else None
        ends_at = Period(self.asked_to, self.asked_to).ends_at if self.asked_to else None
        bookings = asked_in(bookings, begins_at, ends_at).order_by("-asked_at", "-id")
        return bookings.filter(answered_like(self.answer)) if self.answer else bookings

    def query(self) -> dict[str, str]:
        """The parameters of an address that is read as these filters again."""
        values = {
            "answer": self.answer,
            "reason": self.reason,
            "asked_from": self.asked_from.isoformat() if self.asked_from else "",
            "asked_to": self.asked_to.isoformat() if self.asked_to else "",
            "partner_id": str(self.partner_id or ""),
        }
        return {name: value for name, value in values.items() if value}

    @property
    def is_narrowing(self) -> bool:
        return bool(self.query())

    @property
    def is_about_asking(self) -> bool:
        return bool(self.answer or self.asked_from or self.asked_to)


def read_response_filters(values: Mapping[str, str]) -> tuple[ResponseFilters, Problems]:
    problems: Problems = {}
    filters = ResponseFilters(
        answer=read_choice(values, "answer", list(OUTCOMES), problems),
        reason=read_text(values, "reason", problems),
        asked_from=read_metrics_day(values, "asked_from", problems),
        asked_to=read_metrics_day(values, "asked_to", problems),
        partner_id=whole_number(values, "partner_id", problems, most=LARGEST_ID),
    )
    return filters, problems


def read_metrics_day(values: Mapping[str, str], name: str, problems: Problems) -> date | None:
    on = read_day(values, name, problems)
    if on is None or FIRST_YEAR <= on.year <= LAST_YEAR:
        return on
    # Further away there is nothing, and dates that far cannot be counted back from.
    problems[name] = _("This has to be a day between %(first)s and %(last)s.") % {
        "first": FIRST_YEAR,
        "last": LAST_YEAR,
    }
    return None


def read_period(
    values: Mapping[str, str], problems: Problems, *, today: date, default: int, most: int
) -> Period:
    """`from` and `to`, or the `days` up to today; of what cannot be meant the default."""
    days = whole_number(values, "days", problems, most=most, default=default)
    assert days is not None
    last_on = read_metrics_day(values, "to", problems) or today
    first_on = read_metrics_day(values, "from", problems) or last_on - timedelta(days=days - 1)
    period = Period(first_on, last_on)
    if period.days < 1:
        problems["to"] = _("The last day lies before the first.")
    elif period.days > most:
        problems["from"] = _("Please choose at most two years.")
    else:
        return period
    return Period(today - timedelta(days=default - 1), today)
