"""What a partner's first page shows."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, Q, QuerySet, When

from portal.bookings.cards import Card
from portal.bookings.cards import cards_of as booking_cards
from portal.bookings.queries import count_pending, pending_for
from portal.courses.queries import has_courses
from portal.dates.cards import DateCard
from portal.dates.cards import cards_of as date_cards
from portal.dates.clockwork import day_at
from portal.dates.fullness import CROWDED, Fullness
from portal.dates.models import CourseDate
from portal.dates.queries import dates_between, dates_of
from portal.dates.queries_seats import live_dates, with_fullness
from portal.dates.seats import drifting_dates
from portal.partners.models import Partner

SIX_DAYS = timedelta(days=6)
# More than these stand in the calendar, and in the list of bookings.
MOST_WAITING, MOST_DATES, MOST_NOTABLE = 3, 20, 6
MOST_READ = 100
IN_ORDER = ("starts_on", "starts_time", "pk")


@dataclass(frozen=True)
class Overview:
    """:param waiting: the most urgent of all `waiting_count` bookings that wait for an answer
    :param today: dates of today; `week` those of the six days after; `has_more` when these are not all
    :param attention: dates that need somebody: sold too often, counted otherwise by the shop, with too few people
    :param crowded: dates that are full or nearly so
    :param is_new: nothing has ever been here
    """

    waiting: list[Card]
    waiting_count: int
    today: list[DateCard]
    week: list[DateCard]
    has_more: bool
    attention: list[DateCard]
    crowded: list[DateCard]
    is_new: bool

    @property
    def more_waiting(self) -> int:
        return self.waiting_count - len(self.waiting)

    @property
    def is_calm(self) -> bool:
        """Dates come, and nothing has to be said of any."""
        return bool(self.today or self.week) and not (self.attention or self.crowded)


def overview(partner: Partner, *, at: datetime) -> Overview:
    """With the same few queries however much there is."""
    today = day_at(at, partner.time_zone)
    waiting = list(pending_for(partner)[:MOST_WAITING])
    coming = list(_coming(partner, today)[: MOST_DATES + 1])
    attention, crowded = _notable(partner, today, at=at)
    dates = {each.pk: each for each in (*coming[:MOST_DATES], *_with_ids(partner, [*attention, *crowded]))}
    cards = {card.pk: card for card in date_cards(dates.values(), own_zone=partner.time_zone, at=at)}
    this_week = [cards[each.pk] for each in coming[:MOST_DATES]]
    return Overview(
        waiting=booking_cards(waiting, at=at),
        waiting_count=count_pending(partner) if len(waiting) == MOST_WAITING else len(waiting),
        today=[card for card in this_week if card.date.starts_on == today],
        week=[card for card in this_week if card.date.starts_on != today],
        has_more=len(coming) > MOST_DATES,
        attention=[cards[pk] for pk in attention],
        crowded=[cards[pk] for pk in crowded],
        is_new=not (waiting or dates or has_courses(partner.pk)),
    )


def _coming(partner: Partner, today: date) -> "QuerySet[CourseDate]":
    return dates_between(partner.pk, today, today + SIX_DAYS).filter(cancelled_at=None)


def _notable(partner: Partner, today: date, *, at: datetime) -> tuple[list[int], list[int]]:
    """Ids of those that need somebody and of those that are (nearly) full, the first ones of each."""
    drifting = set(drifting_dates(at=at).filter(partner=partner).values_list("pk", flat=True)[:MOST_READ])
    found = with_fullness(live_dates(today).filter(partner=partner), today=today, at=at)
    notable = found.exclude(Q(fullness=Fullness.USUAL) & ~Q(pk__in=drifting))
    # What needs somebody comes first: it is not lost among very many that are full.
    in_order = notable.order_by(Case(When(fullness__in=CROWDED, then=1), default=0), *IN_ORDER)
    attention: list[int] = []
    crowded: list[int] = []
    for pk, fullness in in_order.values_list("pk", "fullness")[:MOST_READ]:
        (crowded if fullness in CROWDED and pk not in drifting else attention).append(pk)
    return attention[:MOST_NOTABLE], crowded[:MOST_NOTABLE]


def _with_ids(partner: Partner, ids: list[int]) -> "QuerySet[CourseDate]":
    return dates_of(partner.pk).filter(pk__in=ids)
