"""A date as the pages show it: what stands on its card, with nothing left for a template to decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from portal.dates import fullness, wording
from portal.dates.fullness import Fullness
from portal.dates.models import CourseDate
from portal.dates.seats import Seats


@dataclass(frozen=True)
class Badge:
    text: str
    icon: str
    tone: str = "neutral"


@dataclass(frozen=True)
class DateCard:
    """:param hours: from when to when, as the clocks there show it
    :param taken, free: how full it is, in words
    :param share: how full it is, in percent; None while nobody knows how many seats there are
    """

    date: CourseDate
    seats: Seats
    hours: str
    zone: str
    taken: str
    free: str
    share: int | None
    badges: list[Badge]

    @property
    def pk(self) -> int:
        return self.date.pk

    @property
    def is_cancelled(self) -> bool:
        return self.date.cancelled_at is not None

    @property
    def words(self) -> str:
        return f"{self.taken} · {self.free}"


def cards_of(dates: Iterable[CourseDate], *, own_zone: str, at: datetime) -> list[DateCard]:
    """In the order they come; the seats of all with one query."""
    return [_card(filled, own_zone) for filled in fullness.filled_dates(dates, at=at)]


def _card(filled: fullness.FilledDate, own_zone: str) -> DateCard:
    date, seats = filled.date, filled.seats
    return DateCard(
        date=date,
        seats=seats,
        hours=wording.hours(date),
        zone=wording.zone(date, own_zone),
        taken=wording.taken(seats),
        free=wording.free(seats),
        share=_share(seats),
        badges=_badges(filled),
    )


def _share(seats: Seats) -> int | None:
    if seats.capacity is None:
        return None
    return min(100, round(100 * seats.taken / seats.capacity)) if seats.capacity else 100


def _badges(filled: fullness.FilledDate) -> list[Badge]:
    date = filled.date
    if date.cancelled_at is not None:
        return [Badge(_("Cancelled"), "ban")]
    return [badge for badge in (_how_full(filled), _in_the_shop(date), _apart(filled)) if badge]


def _how_full(filled: fullness.FilledDate) -> Badge | None:
    date, kind = filled.date, filled.fullness
    if kind == Fullness.TOO_EMPTY and date.min_participants > filled.people:
        values = {"people": filled.people, "minimum": date.min_participants}
        return Badge(_("%(people)s of at least %(minimum)s") % values, "users", "warn")
    icons = {
        Fullness.OVERSOLD: ("circle-alert", "bad"),
        Fullness.FULL: ("circle-check", "success"),
        Fullness.NEARLY_FULL: ("chart-column", "success"),
        Fullness.TOO_EMPTY: ("users", "warn"),
    }
    return Badge(str(kind.label), *icons[kind]) if kind in icons else None


def _in_the_shop(date: CourseDate) -> Badge | None:
    state = date.ShopState(date.shop_state)
    if date.made_by == date.MadeBy.PORTAL and state == date.ShopState.UNKNOWN:
        return Badge(_("only in the portal"), "store")
    if state in (date.ShopState.OFF_SALE, date.ShopState.GONE):
        return Badge(str(state.label), "store", "warn")
    return None


def _apart(filled: fullness.FilledDate) -> Badge | None:
    if filled.seats.drift:
        return Badge(_("Seats differ from the shop"), "arrow-right-left", "warn")
    return Badge(_("Changed here"), "pencil") if wording.differences(filled.date) else None
