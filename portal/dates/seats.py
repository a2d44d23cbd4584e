"""How many seats a date has, who takes them and how many are free: sums of the ledger, never a counter."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL

from portal.core.wording import wall_clock
from portal.dates.models import DRIFTS, CourseDate, SeatEntry

Source = SeatEntry.Source
# What a partner takes, and may give back.
BY_HAND = (Source.ELSEWHERE, Source.BLOCKED)


@dataclass(frozen=True)
class Seats:
    """The seats of one date at one moment. `capacity` is None while nobody has said how many there are."""

    capacity: int | None
    booked: int = 0
    held: int = 0
    elsewhere: int = 0
    blocked: int = 0
    shop_sold: int = 0
    shop_salable: int | None = None
    shop_total: int | None = None

    @property
    def taken(self) -> int:
        return self.booked + self.held + self.elsewhere + self.blocked

    @property
    def free(self) -> int | None:
        """By the ledger. Negative when the shop has sold more than there are."""
        return None if self.capacity is None else self.capacity - self.taken

    @property
    def shown_free(self) -> int | None:
        """What may be promised to people: the smaller of ledger and shop, never less than none."""
        known = [each for each in (self.free, self.shop_salable) if each is not None]
        return max(0, min(known)) if known else None

    @property
    def only_sold_in_shop(self) -> int:
        """Seats that are free by the ledger, but not in the shop: it does not hear of a decline."""
        if self.free is None or self.shown_free is None:
            return 0
        return max(0, self.free - self.shown_free)

    @property
    def drift(self) -> int | None:
        """How many seats more the shop has than we; None while one of both is unknown."""
        if self.capacity is None or self.shop_total is None:
            return None
        return self.shop_total - self.capacity

    @property
    def is_oversold(self) -> bool:
        return self.free is not None and self.free < 0

    @property
    def is_full(self) -> bool:
        return self.shown_free == 0


def seats_of(dates: Iterable[CourseDate], *, at: datetime) -> dict[int, Seats]:
    """The seats of all these dates by their ids, with one query however many they are."""
    by_id = {date.pk: date for date in dates}
    sums: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    for date_id, source, quantity, sold in _sums(by_id, at=at):
        sums[date_id][source] = quantity, sold
    return {pk: _seats(date, sums[pk]) for pk, date in by_id.items()}


def counted(at: datetime) -> Q:
    """Entries that take seats. A hold takes none any more from the moment it expires."""
    return Q(expires_at=None) | Q(expires_at__gt=at)


def own_entries(date: CourseDate) -> QuerySet[SeatEntry]:
    """What the partner has taken by hand and may give back, the newest first."""
    by_hand = date.seat_entries.filter(source__in=BY_HAND, quantity__gt=0)
    return by_hand.order_by("-created_at", "-pk")


def has_live_bookings(date: CourseDate) -> bool:
    return date.seat_entries.filter(source=Source.BOOKING, quantity__gt=0).exists()


def drifting_dates(*, at: datetime) -> QuerySet[CourseDate]:
    """Dates to come that the shop sells, but with another number of seats than they have here."""
    return _to_come(at).filter(DRIFTS, shop_state=CourseDate.ShopState.ON_SALE)


def oversold_dates(*, at: datetime) -> QuerySet[CourseDate]:
    """Dates to come of which more seats are taken than there are."""
    to_come = _to_come(at)
    # All sums in one pass: one for each date takes PostgreSQL three times as long.
    entries = SeatEntry.objects.filter(counted(at), course_date__in=to_come.values("pk"))
    taken = entries.values("course_date").annotate(taken=Sum("quantity"))
    return to_come.filter(pk__in=taken.filter(taken__gt=F("course_date__capacity")).values("course_date"))


def _to_come(at: datetime) -> QuerySet[CourseDate]:
    return CourseDate.objects.filter(cancelled_at=None, starts_on__gte=wall_clock(at).date())


def _sums(date_ids: Iterable[int], *, at: datetime) -> Iterable[tuple[int, str, int, int]]:
    # One parameter however many they are, so that the statement stays prepared.
    ids = RawSQL("SELECT unnest(%s::bigint[])", [list(date_ids)])
    entries = SeatEntry.objects.filter(counted(at), course_date__in=ids)
    return entries.values_list("course_date_id", "source").annotate(Sum("quantity"), Sum("shop_quantity"))


def _seats(date: CourseDate, sums: dict[str, tuple[int, int]]) -> Seats:
    return Seats(
        capacity=date.capacity,
        booked=_taken(sums, Source.BOOKING),
        held=_taken(sums, Source.HOLD),
        elsewhere=_taken(sums, Source.ELSEWHERE),
        blocked=_taken(sums, Source.BLOCKED),
        shop_sold=sum(sold for _quantity, sold in sums.values()),
        shop_salable=date.shop_salable,
        shop_total=date.shop_total,
    )


def _taken(sums: dict[str, tuple[int, int]], source: Source) -> int:
    return sums[source][0] if source in sums else 0
