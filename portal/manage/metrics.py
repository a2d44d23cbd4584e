"""The table of response metrics: what is asked for, and its lines, each number with the rows that it opens."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from portal.bookings import metrics, responses
from portal.bookings.metrics import Responses, Week
from portal.bookings.models import DeclineReason
from portal.bookings.responses import Outcome, Period
from portal.core.parameters import Problems, read_choice, read_text
from portal.core.wording import say_duration, say_share
from portal.manage.response_filters import ResponseFilters, read_period

PRESETS = {30: gettext_lazy("30 days"), 90: gettext_lazy("90 days"), 365: gettext_lazy("A year")}
DAYS, MOST_DAYS = 30, 731
DEFAULT_SORT = "-asked"


@dataclass(frozen=True)
class Number:
    """A column. `opens` is the set of outcomes whose rows it counts or is made of."""

    key: str
    heading: str | Promise
    opens: str
    sorts_first: str = "-"


NUMBERS = (
    Number("asked", pgettext_lazy("metrics", "Asked"), responses.ASKED),
    Number("rate", gettext_lazy("Confirmation rate"), responses.DUE, ""),
    Number("change", gettext_lazy("Trend"), responses.DUE, ""),
    Number("median", gettext_lazy("Half answer within"), responses.ANSWERED),
    Number("p90", gettext_lazy("9 of 10 answer within"), responses.ANSWERED),
    Number("confirmed", pgettext_lazy("metrics", "Confirmed"), Outcome.CONFIRMED),
    Number("declined", pgettext_lazy("metrics", "Declined"), Outcome.DECLINED),
    Number("by_staff", pgettext_lazy("metrics", "By staff"), Outcome.BY_STAFF),
    Number("unanswered", pgettext_lazy("metrics", "Unanswered"), Outcome.UNANSWERED),
    Number("withdrawn", pgettext_lazy("metrics", "Cancelled before"), Outcome.WITHDRAWN),
    Number("waiting", pgettext_lazy("metrics", "Still in time"), Outcome.WAITING),
)
COMPANY = Number("company", gettext_lazy("Partner"), responses.ASKED, "")
COLUMNS = {number.key: number for number in (COMPANY, *NUMBERS)}
SORTS = [f"{sign}{key}" for key in COLUMNS for sign in ("", "-")]


@dataclass(frozen=True)
class MetricsQuery:
    period: Period
    search: str = ""
    sort: str = DEFAULT_SORT

    def rows(self, reasons: Collection[DeclineReason]) -> Any:
        """Of all partners found, sorted; nothing to compare with comes last."""
        key = F(self.sort.lstrip("-"))
        is_falling = self.sort.startswith("-")
        order = key.desc(nulls_last=True) if is_falling else key.asc(nulls_last=True)
        rows: Any = metrics.of_partners(self.period, reasons, self.search)
        return rows.order_by(order, "company", "partner_id")

    def query(self, **changes: str) -> str:
        """Of an address that is read as this again."""
        values = {
            "from": self.period.first_on.isoformat(),
            "to": self.period.last_on.isoformat(),
            "partner": self.search,
            "sort": self.sort,
        }
        return urlencode({name: value for name, value in (values | changes).items() if value})


@dataclass(frozen=True)
class Part:
    """A number, and the `count` of rows behind it. Nothing to open, no address."""

    text: str
    url: str
    count: int


@dataclass(frozen=True)
class Cell:
    number: Number
    part: Part
    hint: str = ""
    before: Part | None = None
    icon: str = ""
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """`partner_id` is None for all partners together."""

    partner_id: int | None
    title: str
    cells: list[Cell]
    weeks: list[Week]


def read_query(values: Mapping[str, str], *, today: date) -> tuple[MetricsQuery, Problems]:
    """What cannot be meant stands in the problems, by the name of its parameter, and the default is shown."""
    problems: Problems = {}
    query = MetricsQuery(
        period=read_period(values, problems, today=today, default=DAYS, most=MOST_DAYS),
        search=read_text(values, "partner", problems),
        sort=read_choice(values, "sort", SORTS, problems) or DEFAULT_SORT,
    )
    return query, problems


@dataclass(frozen=True)
class Preset:
    text: str | Promise
    query: str
    is_current: bool


@dataclass(frozen=True)
class Heading:
    """`query` sorts by this column, or the other way round when it is the one sorted by: `direction` says how."""

    number: Number
    query: str
    direction: str


def presets(query: MetricsQuery, *, today: date) -> list[Preset]:
    found = []
    for days, text in PRESETS.items():
        period = Period(today - timedelta(days=days - 1), today)
        found.append(Preset(text, replace(query, period=period).query(), period == query.period))
    return found


def headings(query: MetricsQuery) -> list[Heading]:
    found = []
    for key, number in COLUMNS.items():
        is_sorted, is_falling = query.sort.lstrip("-") == key, query.sort.startswith("-")
        sign = ("" if is_falling else "-") if is_sorted else number.sorts_first
        direction = ("descending" if is_falling else "ascending") if is_sorted else ""
        found.append(Heading(number, query.query(sort=f"{sign}{key}"), direction))
    return found


def lines(
    query: MetricsQuery, rows: Collection[Mapping[str, Any]], reasons: list[DeclineReason]
) -> list[Line]:
    """All partners together, then these rows: some statements, however many rows."""
    found = [metrics.responses_of(row, reasons) for row in rows]
    last_on = query.period.last_on
    weeks = metrics.weeks_until(last_on)
    weeks |= metrics.weeks_until(last_on, [each.partner_id for each in found if each.partner_id])
    write = _Writer(query.period, {reason.code: reason.label for reason in reasons})
    total = replace(metrics.of_all(query.period, reasons), company=_("All partners"))
    return [write.line(each, weeks[each.partner_id]) for each in (total, *found)]


class _Writer:
    """Says the numbers of a partner, with the addresses of their rows."""

    def __init__(self, period: Period, labels: Mapping[str, str]) -> None:
        self._period = period
        self._labels = labels

    def line(self, of: Responses, weeks: list[Week]) -> Line:
        special: dict[str, Callable[[Responses, Number], Cell]] = {
            "rate": self._rate,
            "change": self._change,
            "median": self._median,
            "p90": self._p90,
            "declined": self._declined,
        }
        cells = [special.get(number.key, self._count)(of, number) for number in NUMBERS]
        return Line(of.partner_id, of.company, cells, weeks)

    def _count(self, of: Responses, number: Number) -> Cell:
        count = of.asked if number.opens == responses.ASKED else of.counts[number.opens]
        return Cell(number, self._part(of, str(count), count, number.opens))

    def _rate(self, of: Responses, number: Number) -> Cell:
        text = "–" if of.rate is None else say_share(of.rate)
        hint = _("of %(count)s") % {"count": of.due} if of.due else ""
        return Cell(number, self._part(of, text, of.due, number.opens), hint)

    def _change(self, of: Responses, number: Number) -> Cell:
        if of.rate is None or of.rate_before is None:
            return Cell(number, Part(_("nothing before"), "", 0))
        points = round(of.rate * 100) - round(of.rate_before * 100)
        text, icon = _trend(points)
        before = self._part(
            of,
            _("before: %(rate)s") % {"rate": say_share(of.rate_before)},
            of.due_before,
            number.opens,
            self._period.before,
        )
        return Cell(number, Part(text, "", 0), before=before, icon=icon)

    def _median(self, of: Responses, number: Number) -> Cell:
        return self._time(of, number, of.median)

    def _p90(self, of: Responses, number: Number) -> Cell:
        return self._time(of, number, of.p90)

    def _time(self, of: Responses, number: Number, length: Any) -> Cell:
        text = "–" if length is None else say_duration(length)
        return Cell(number, self._part(of, text, of.answered, number.opens))

    def _declined(self, of: Responses, number: Number) -> Cell:
        parts = [
            self._part(of, f"{count} × {self._labels[code]}", count, number.opens, reason=code)
            for code, count in of.declines.items()
        ]
        return replace(self._count(of, number), parts=parts)

    def _part(
        self,
        of: Responses,
        text: str,
        count: int,
        answer: str,
        period: Period | None = None,
        reason: str = "",
    ) -> Part:
        days = period or self._period
        filters = ResponseFilters(answer, reason, days.first_on, days.last_on, of.partner_id)
        url = f"{reverse('manage:bookings')}?{urlencode(filters.query())}" if count else ""
        return Part(text, url, count)


def _trend(points: int) -> tuple[str, str]:
    if not points:
        return _("the same"), "minus"
    if points > 0:
        text = ngettext("%(points)s point more", "%(points)s points more", points)
        return text % {"points": points}, "chevron-up"
    text = ngettext("%(points)s point less", "%(points)s points less", -points)
    return text % {"points": -points}, "chevron-down"
