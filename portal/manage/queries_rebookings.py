"""Links to rebook across all partners, for the staff: which need somebody, and what rebooking saved."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    Aggregate,
    Case,
    Count,
    DurationField,
    F,
    Max,
    Min,
    Q,
    QuerySet,
    Sum,
    TextChoices,
    When,
)
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.bookings.metrics import Percentile, share
from portal.bookings.models import Booking, BookingStatus
from portal.core.models import LinkVisit
from portal.manage.metrics import PRESETS
from portal.partners.queries import partners_called
from portal.rebooking.models import Rebooking
from portal.rebooking.queries import REBOOK_LINK

# Nobody turns more pages than that.
MOST_COUNTED = 1_000
# Partners that a word may mean.
MOST_PARTNERS = 200
# So far back is looked, in days.
PERIODS = tuple(PRESETS)


class RebookingFilter(TextChoices):
    OPEN = "open", _("Open cases")
    WAITING = "waiting", _("Waiting for the customer")
    REBOOKED = "rebooked", _("Rebooked")
    ALL = "all", pgettext_lazy("rebookings", "All")


class RebookingSort(TextChoices):
    """Of those that are not over yet. The first of each pair comes first when its column is clicked."""

    OLDEST = "-age"
    NEWEST = "age"
    MOST_VALUABLE = "-value"
    LEAST_VALUABLE = "value"


@dataclass(frozen=True)
class OpenCases:
    """:param since: since when the oldest of them is open"""

    count: int
    since: datetime | None


@dataclass(frozen=True)
class Saved:
    """What came of the links that were made in the last `days`, for bookings that had been declined."""

    days: int
    links: int
    rebooked: int
    confirmed: int
    kept_cents: int
    median: timedelta | None

    @property
    def rate(self) -> float | None:
        """How many of the links were used."""
        return share(self.rebooked, self.links)


def all_rebookings() -> "QuerySet[Rebooking]":
    return Rebooking.objects.select_related("partner", "original_booking__customer")


def open_cases() -> "QuerySet[Rebooking]":
    """What only staff can end."""
    return Rebooking.objects.filter(~Q(needs_staff=""), settled_at=None)


def count_open_cases() -> int:
    """Every page of the staff asks."""
    return open_cases().count()


def summed_open_cases() -> OpenCases:
    return OpenCases(**open_cases().aggregate(count=Count("pk"), since=Min("needs_staff_at")))


def rebooking_ids(
    kind: RebookingFilter, sort: RebookingSort = RebookingSort.OLDEST, partner: str = ""
) -> list[int]:
    """In the order they are shown: rows are read for the page that is shown, and for no other.

    :param partner: a part of its name or numbers
    """
    found = rebookings_like(kind, sort)
    if partner:
        partners = partners_called(partner).order_by("company", "pk").values_list("pk", flat=True)
        found = found.filter(partner__in=list(partners[:MOST_PARTNERS]))
    return list(found.values_list("pk", flat=True)[:MOST_COUNTED])


def rebookings_like(kind: RebookingFilter, sort: RebookingSort) -> "QuerySet[Rebooking]":
    """What is over stands in the order it ended."""
    rows = Rebooking.objects.all()
    if kind == RebookingFilter.OPEN:
        return _sorted(open_cases(), "needs_staff_at", sort)
    if kind == RebookingFilter.WAITING:
        # Who has told staff what they want, or is called, is no longer left to the link.
        waiting = rows.filter(Q(needs_staff="") | Q(settled_at__isnull=False), status=Rebooking.Status.ACTIVE)
        return _sorted(waiting, "created_at", sort)
    if kind == RebookingFilter.REBOOKED:
        return rows.filter(status=Rebooking.Status.USED).order_by("-rebooked_at", "-pk")
    return rows.order_by("-pk")


def rebookings_by_id(ids: list[int]) -> list[Rebooking]:
    """In this order, with all that a row shows."""
    found = all_rebookings().select_related("new_booking").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def settled_case(text: str) -> Rebooking | None:
    """By an id as an address carries it, if staff have closed it."""
    is_number = re.fullmatch("[0-9]{1,18}", text)
    return all_rebookings().filter(pk=int(text), settled_at__isnull=False).first() if is_number else None


def latest_rebooking(booking: Booking) -> Rebooking | None:
    """The newest link for this booking; while it has none, the one that made it."""
    found = all_rebookings().select_related("new_booking", "held_date")
    return found.filter(Q(original_booking=booking) | Q(new_booking=booking)).order_by("-pk").first()


def opened_at(rebooking: Rebooking) -> datetime | None:
    """When a person last looked at the dates behind the link; robots do not count."""
    visits = LinkVisit.objects.filter(
        link__subject_type=Booking.EVENT_SUBJECT,
        link__subject_id=rebooking.original_booking_id,
        link__purpose=REBOOK_LINK,
        visitor=LinkVisit.Visitor.PERSON,
        at__gte=rebooking.created_at,
    )
    last: datetime | None = visits.aggregate(last=Max("at"))["last"]
    return last


def saved(*, at: datetime) -> list[Saved]:
    """One row for each of PERIODS, with one statement that reads the links of the longest."""
    links = Rebooking.objects.filter(
        created_at__gt=at - timedelta(days=max(PERIODS)), original_booking__declined_at__isnull=False
    )
    numbers: dict[str, Aggregate] = {}
    for days in PERIODS:
        numbers |= _numbers(days, at=at)
    row = links.aggregate(**numbers)
    return [_saved(days, row) for days in PERIODS]


def _sorted(rows: "QuerySet[Rebooking]", since: str, sort: RebookingSort) -> "QuerySet[Rebooking]":
    value = F("original_price")
    order: dict[RebookingSort, tuple[Any, ...]] = {
        RebookingSort.OLDEST: (since, "pk"),
        RebookingSort.NEWEST: (f"-{since}", "-pk"),
        RebookingSort.MOST_VALUABLE: (value.desc(nulls_last=True), since, "pk"),
        RebookingSort.LEAST_VALUABLE: (value.asc(nulls_last=True), since, "pk"),
    }
    return rows.order_by(*order[sort])


def _numbers(days: int, *, at: datetime) -> dict[str, Aggregate]:
    made = Q(created_at__gt=at - timedelta(days=days))
    used = made & Q(status=Rebooking.Status.USED)
    kept = used & Q(new_booking__status=BookingStatus.CONFIRMED, new_booking__settled_at__isnull=False)
    took = Case(When(used, then=F("rebooked_at") - F("created_at")), output_field=DurationField())
    return {
        f"links_{days}": Count("pk", filter=made),
        f"rebooked_{days}": Count("pk", filter=used),
        f"confirmed_{days}": Count("pk", filter=kept),
        f"kept_{days}": Sum("original_price", filter=kept),
        f"median_{days}": Percentile(took, fraction=0.5),
    }


def _saved(days: int, row: dict[str, Any]) -> Saved:
    return Saved(
        days=days,
        links=row[f"links_{days}"],
        rebooked=row[f"rebooked_{days}"],
        confirmed=row[f"confirmed_{days}"],
        kept_cents=int((row[f"kept_{days}"] or Decimal(0)) * 100),
        median=row[f"median_{days}"],
    )
