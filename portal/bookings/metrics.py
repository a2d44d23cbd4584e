"""How partners answer, in numbers. What counts as what stands in `responses`. For staff: of all partners."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import (
    Aggregate,
    Case,
    Count,
    DurationField,
    Expression,
    F,
    FloatField,
    Q,
    QuerySet,
    When,
)
from django.db.models.functions import Cast, Coalesce, NullIf, TruncWeek

from portal.bookings.models import Booking, DeclineReason
from portal.bookings.querysets import BookingQuerySet
from portal.bookings.responses import ANSWERED, DUE, Outcome, Period, answered_like, asked_in
from portal.partners.queries import partners_called

WEEKS = 12


@dataclass(frozen=True)
class Responses:
    """Of one partner, or of all (`partner_id` None). `declines` by the code of the reason."""

    partner_id: int | None
    company: str
    counts: Mapping[str, int]
    declines: Mapping[str, int]
    median: timedelta | None
    p90: timedelta | None
    due_before: int
    confirmed_before: int

    @property
    def asked(self) -> int:
        return sum(self.counts[outcome] for outcome in Outcome)

    @property
    def due(self) -> int:
        return self.counts[DUE]

    @property
    def answered(self) -> int:
        return self.counts[Outcome.CONFIRMED] + self.counts[Outcome.DECLINED]

    @property
    def rate(self) -> float | None:
        """How many of those that needed an answer the partner confirmed; None when none did."""
        return share(self.counts[Outcome.CONFIRMED], self.due)

    @property
    def rate_before(self) -> float | None:
        return share(self.confirmed_before, self.due_before)


@dataclass(frozen=True)
class Week:
    begins_on: date
    due: int = 0
    confirmed: int = 0

    @property
    def rate(self) -> float | None:
        return share(self.confirmed, self.due)


class Percentile(Aggregate):
    function = "percentile_cont"
    template = "%(function)s(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def all_reasons() -> list[DeclineReason]:
    """Also those that are no longer offered."""
    return list(DeclineReason.objects.all())


def of_partners(
    period: Period, reasons: Collection[DeclineReason], search: str = ""
) -> QuerySet[Booking, dict[str, Any]]:
    """A row for each partner who was asked in the period, for `responses_of`; with what rows are sorted by.

    One statement reads the period and the one before it, once, whatever the number of partners.
    """
    bookings = _of_partners_called(search, period.before.begins_at, period.ends_at)
    rows: Any = bookings.order_by().values("partner_id", company=F("partner__company"))
    found: QuerySet[Booking, dict[str, Any]] = rows.annotate(**_numbers(period, reasons), **_rates())
    return found.filter(Q(asked__gt=0))


def count_partners(period: Period, search: str = "") -> int:
    """How many rows `of_partners` has, for half the work."""
    bookings = _of_partners_called(search, period.begins_at, period.ends_at)
    return bookings.order_by().values("partner_id").distinct().count()


def of_all(period: Period, reasons: Collection[DeclineReason]) -> Responses:
    bookings = asked_in(Booking.objects.all(), period.before.begins_at, period.ends_at)
    return responses_of(bookings.aggregate(**_numbers(period, reasons)), reasons)


def responses_of(row: Mapping[str, Any], reasons: Collection[DeclineReason]) -> Responses:
    return Responses(
        partner_id=row.get("partner_id"),
        company=row.get("company", ""),
        counts={name: row[name] for name in (*Outcome.values, DUE)},
        declines={reason.code: row[_name(reason)] for reason in reasons if row[_name(reason)]},
        median=row["median"],
        p90=row["p90"],
        due_before=row["due_before"],
        confirmed_before=row["confirmed_before"],
    )


def weeks_until(last_on: date, partner_ids: Collection[int] | None = None) -> dict[int | None, list[Week]]:
    """Per partner the weeks up to the one with this day, the oldest first; under None those of all partners."""
    newest = last_on - timedelta(days=last_on.weekday())
    period = Period(newest - timedelta(weeks=WEEKS - 1), last_on)
    bookings = asked_in(Booking.objects.all(), period.begins_at, period.ends_at).filter(answered_like(DUE))
    keys: list[str] = []
    if partner_ids is not None:
        bookings, keys = bookings.filter(partner__in=partner_ids), ["partner_id"]
    week = TruncWeek("asked_at", tzinfo=ZoneInfo(settings.TIME_ZONE))
    confirmed = Count("pk", filter=answered_like(Outcome.CONFIRMED))
    rows = bookings.order_by().values(*keys, week=week).annotate(due=Count("pk"), confirmed=confirmed)
    found: dict[int | None, dict[date, Week]] = defaultdict(dict)
    for row in rows:
        begins_on = row["week"].date()
        found[row.get("partner_id")][begins_on] = Week(begins_on, row["due"], row["confirmed"])
    days = [period.first_on + timedelta(weeks=number) for number in range(WEEKS)]
    wanted: Collection[int | None] = [None] if partner_ids is None else partner_ids
    return {key: [found[key].get(on) or Week(on) for on in days] for key in wanted}


def _of_partners_called(search: str, begins_at: datetime, ends_at: datetime) -> BookingQuerySet:
    bookings = asked_in(Booking.objects.all(), begins_at, ends_at)
    return bookings.filter(partner__in=partners_called(search)) if search else bookings


def _numbers(period: Period, reasons: Collection[DeclineReason]) -> dict[str, Aggregate]:
    now, before = Q(asked_at__gte=period.begins_at), Q(asked_at__lt=period.begins_at)
    declined = now & answered_like(Outcome.DECLINED)
    return {
        "asked": _count(now),
        DUE: _count(now & answered_like(DUE)),
        **{outcome.value: _count(now & answered_like(outcome)) for outcome in Outcome},
        **{_name(reason): _count(declined & Q(decline_reason=reason.code)) for reason in reasons},
        "due_before": _count(before & answered_like(DUE)),
        "confirmed_before": _count(before & answered_like(Outcome.CONFIRMED)),
        "median": _time_to_answer(0.5, now),
        "p90": _time_to_answer(0.9, now),
    }


def _count(condition: Q) -> Count:
    return Count("pk", filter=condition)


def _time_to_answer(fraction: float, now: Q) -> Aggregate:
    # The first answer: a promise was given in time, even if its whole date falls through later.
    took = Coalesce("confirmed_at", "declined_at") - F("asked_at")
    answered = Case(When(now & answered_like(ANSWERED), then=took), output_field=DurationField())
    return Percentile(answered, fraction=fraction)


def _rates() -> dict[str, Expression]:
    """Only to sort by."""
    rate, before = _rate("confirmed", DUE), _rate("confirmed_before", "due_before")
    return {"rate": rate, "change": rate - before}


def _rate(part: str, whole: str) -> Expression:
    return Cast(F(part), FloatField()) / NullIf(Cast(F(whole), FloatField()), 0.0)


def _name(reason: DeclineReason) -> str:
    """Of a column in the statement: a code may be called like another one."""
    return f"reason_{reason.pk}"
