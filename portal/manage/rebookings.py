"""The staff's list of rebookings: what is asked for, and its lines; and the card on the page of a booking."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.bookings.models import Booking, BookingStatus
from portal.core.parameters import Problems, read_choice, read_text
from portal.core.registry import Text
from portal.core.wording import say_duration, say_share
from portal.manage.metrics import PRESETS
from portal.manage.queries_rebookings import (
    RebookingFilter,
    RebookingSort,
    Saved,
    latest_rebooking,
    opened_at,
    rebooking_ids,
)
from portal.rebooking import policies
from portal.rebooking.cards import is_standing
from portal.rebooking.models import Rebooking
from portal.rebooking.policies import LinkBlocker
from portal.rebooking.threads import ThreadCard, thread_card
from portal.rebooking.wording import difference_text, wish_text

# By their state; the words of the colours are those of bookings.
_PILLS = {
    Rebooking.Status.ACTIVE: "pending",
    Rebooking.Status.USED: "rebooked",
    Rebooking.Status.EXPIRED: "expired",
    Rebooking.Status.CANCELLED: "cancelled",
}


@dataclass(frozen=True)
class RebookingQuery:
    kind: RebookingFilter = RebookingFilter.OPEN
    sort: RebookingSort = RebookingSort.OLDEST
    partner: str = ""

    def ids(self) -> list[int]:
        return rebooking_ids(self.kind, self.sort, self.partner)

    def query(self, **changes: str) -> str:
        """Of an address that is read as this again."""
        values = {"filter": self.kind.value, "sort": self.sort.value, "partner": self.partner}
        return urlencode({name: value for name, value in (values | changes).items() if value})

    @property
    def is_sortable(self) -> bool:
        """What is over stands in the order it ended."""
        return self.kind in (RebookingFilter.OPEN, RebookingFilter.WAITING)


@dataclass(frozen=True)
class Heading:
    """`query` sorts by this column, or the other way round when it is the one sorted by: `direction` says how."""

    query: str
    direction: str


@dataclass(frozen=True)
class Line:
    """:param since: when it became what it is
    :param case: what staff are asked, empty when nothing
    :param difference: what to do about the price of the new date, empty when nothing
    """

    rebooking: Rebooking
    since: datetime
    age: str
    price_cents: int | None
    pill: str
    text: str
    case: str
    wish: str
    difference: str

    @property
    def pk(self) -> int:
        return self.rebooking.pk

    @property
    def booking(self) -> Booking:
        return self.rebooking.original_booking

    @property
    def current(self) -> Booking:
        """The booking that counts: the one that it became, unless that was only asked for in vain."""
        new, original = self.rebooking.new_booking, self.rebooking.original_booking
        return new if new and original.status == BookingStatus.REBOOKED else original

    @property
    def works_until(self) -> datetime | None:
        is_active = self.rebooking.status == Rebooking.Status.ACTIVE
        return self.rebooking.token_expires_at if is_active else None


def read_query(values: Mapping[str, str]) -> tuple[RebookingQuery, Problems]:
    """What cannot be meant stands in the problems, by the name of its parameter, and the default is shown."""
    problems: Problems = {}
    kind = read_choice(values, "filter", RebookingFilter.values, problems) or RebookingFilter.OPEN
    sort = read_choice(values, "sort", RebookingSort.values, problems) or RebookingSort.OLDEST
    partner = read_text(values, "partner", problems)
    return RebookingQuery(RebookingFilter(kind), RebookingSort(sort), partner), problems


def headings(query: RebookingQuery) -> dict[str, Heading]:
    """Of the columns that sort, by their names; none where nothing is sorted."""
    if not query.is_sortable:
        return {}
    return {name: _heading(query, name) for name in ("age", "value")}


def _heading(query: RebookingQuery, name: str) -> Heading:
    is_sorted, is_falling = query.sort.lstrip("-") == name, query.sort.startswith("-")
    sign = "" if is_sorted and is_falling else "-"
    direction = ("descending" if is_falling else "ascending") if is_sorted else ""
    return Heading(query.query(sort=f"{sign}{name}"), direction)


def lines(rebookings: Collection[Rebooking], *, at: datetime) -> list[Line]:
    return [line_of(each, at=at) for each in rebookings]


def line_of(rebooking: Rebooking, *, at: datetime) -> Line:
    is_open = rebooking.needs_staff and rebooking.settled_at is None
    since = (rebooking.needs_staff_at if is_open else rebooking.rebooked_at) or rebooking.created_at
    price = rebooking.original_price
    return Line(
        rebooking=rebooking,
        since=since,
        age=_age(at - since),
        price_cents=None if price is None else int(price * 100),
        pill=_pill(rebooking),
        text=_("Asked for another date") if _is_asked_beside(rebooking) else rebooking.get_status_display(),
        case=str(rebooking.get_needs_staff_display()) if is_open else "",
        wish=wish_text(rebooking),
        difference=difference_text(rebooking),
    )


def _pill(rebooking: Rebooking) -> str:
    return "pending" if _is_asked_beside(rebooking) else _PILLS[Rebooking.Status(rebooking.status)]


def _is_asked_beside(rebooking: Rebooking) -> bool:
    """Whether the booking that stands has not moved, or not yet."""
    return rebooking.new_booking is not None and rebooking.new_booking.is_candidate


def _age(length: timedelta) -> str:
    """ "5 days": from a day on nobody asks for the hours."""
    if length < timedelta(days=1):
        return say_duration(length)
    return ngettext("%(days)s day", "%(days)s days", length.days) % {"days": length.days}


@dataclass(frozen=True)
class SavedLine:
    """The numbers in words, of so many days."""

    title: Text
    saved: Saved
    rate: str
    median: str


def saved_lines(rows: Collection[Saved]) -> list[SavedLine]:
    return [
        SavedLine(
            title=PRESETS[row.days],
            saved=row,
            rate="–" if row.rate is None else say_share(row.rate),
            median="–" if row.median is None else say_duration(row.median),
        )
        for row in rows
    ]


@dataclass(frozen=True)
class RebookingCard:
    """What stands on the page of a booking about its link.

    :param line: the newest link, None when there was none
    :param thread: on which dates the order item was
    :param is_active: whether that link waits for the customer
    :param is_held: whether the customer is just choosing
    :param is_closed: whether staff have closed the case
    :param opened_at: when the customer last looked at the dates
    :param send_blocker: why no link can be sent
    :param consequence: what becomes of the booking when the customer chooses
    :param days: so long a link works when it is sent or extended
    """

    line: Line | None
    thread: ThreadCard | None
    is_active: bool
    is_held: bool
    is_closed: bool
    opened_at: datetime | None
    send_blocker: LinkBlocker | None
    can_extend: bool
    consequence: str
    days: int


def rebooking_card(booking: Booking, *, at: datetime) -> RebookingCard:
    newest = latest_rebooking(booking)
    return RebookingCard(
        line=line_of(newest, at=at) if newest else None,
        thread=thread_card(booking, at=at),
        is_active=newest is not None and newest.status == Rebooking.Status.ACTIVE,
        is_held=newest is not None and newest.is_held(at),
        is_closed=newest is not None and newest.settled_at is not None,
        opened_at=opened_at(newest) if newest else None,
        send_blocker=policies.link_blocker(booking, at=at),
        # The newest link is the one that is active, if any is.
        can_extend=newest is not None and policies.extend_blocker(newest, at=at, has_other=False) is None,
        consequence=_consequence(booking),
        days=settings.REBOOK_LINK_DAYS,
    )


def _consequence(booking: Booking) -> str:
    if is_standing(booking):
        return _(
            "The booking stays as it is and keeps its seats until the partner has confirmed the new date."
        )
    return _("As soon as the customer chooses a date, the booking moves there and the partner is asked.")
