"""Seats of a date are counted from its ledger, taken once by their key and given back once."""

from datetime import date as day
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.conftest import NOON
from portal.core import tenancy
from portal.core.sweeps import tick
from portal.dates import operations
from portal.dates.models import CourseDate, SeatEntry
from portal.dates.seats import Seats, own_entries, seats_of
from portal.dates.sweeps_seats import remove_expired_holds
from portal.dates.tests.factories import A_WEEK_LATER, make_date
from portal.dates.tests.seats import IN_AN_HOUR, block, hold, refused, seats, sell, told

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
TAKES = [hold, sell, block]


@pytest.fixture
def date(adas_partner) -> CourseDate:
    return make_date(adas_partner, capacity=8)


def test_every_source_is_counted_by_itself(date):
    hold(date, 1)
    sell(date, 2)
    block(date, 3)

    found = seats(date)

    assert found == Seats(capacity=8, held=1, elsewhere=2, blocked=3)
    assert (found.taken, found.free, found.shown_free) == (6, 2, 2)
    assert (found.is_full, found.is_oversold) == (False, False)


@pytest.mark.parametrize(
    ("capacity", "salable", "free", "shown", "is_full"),
    [
        (None, None, None, None, False),
        (None, 3, None, 3, False),
        (None, 0, None, 0, True),
        (6, None, 4, 4, False),
        (6, 3, 4, 3, False),
        (6, 5, 4, 4, False),
        (6, 0, 4, 0, True),
        (2, 5, 0, 0, True),
        (1, 5, -1, 0, True),
        (6, -1, 4, 0, True),
    ],
)
def test_shown_as_free_is_the_smaller_number_of_ledger_and_shop(capacity, salable, free, shown, is_full):
    found = Seats(capacity=capacity, elsewhere=2, shop_salable=salable)

    assert (found.free, found.shown_free, found.is_full) == (free, shown, is_full)
    assert found.is_oversold == (capacity == 1)


@pytest.mark.parametrize(
    ("capacity", "salable", "only_there"),
    [(None, 3, 0), (6, None, 0), (6, 4, 0), (6, 3, 1), (6, 0, 4), (6, 9, 0), (1, 0, 0)],
)
def test_what_only_the_shop_counts_as_sold_is_free_here(capacity, salable, only_there):
    assert Seats(capacity=capacity, elsewhere=2, shop_salable=salable).only_sold_in_shop == only_there


@pytest.mark.parametrize(
    ("capacity", "shop_total", "drift"), [(8, 8, 0), (8, 10, 2), (8, 5, -3), (None, 8, None), (8, None, None)]
)
def test_drift_is_how_many_seats_more_the_shop_has(capacity, shop_total, drift):
    assert Seats(capacity=capacity, elsewhere=2, shop_total=shop_total).drift == drift


def test_the_seats_of_any_number_of_dates_are_one_query(adas_partner, django_assert_num_queries):
    dates = [make_date(adas_partner, capacity=number + 2) for number in range(20)]
    for number, each in enumerate(dates):
        sell(each, 2, key=str(number))

    with django_assert_num_queries(1):
        found = seats_of(dates, at=NOON)

    assert [found[each.pk].free for each in dates] == list(range(20))


def test_of_no_dates_there_are_no_seats(db):
    assert seats_of([], at=NOON) == {}


# Taking


@pytest.mark.parametrize("take", TAKES)
def test_the_last_seats_can_be_taken_and_not_one_more(date, take):
    take(date, 7, key="first")

    answer = refused(take, date, 2, key="second")
    take(date, 1, key="third")

    assert answer == ("too_few", "Only 1 seat is free.")
    assert refused(take, date, 1, key="fourth") == ("full", "No seat is free any more.")
    assert seats(date).free == 0


@pytest.mark.parametrize("take", TAKES)
@pytest.mark.parametrize("quantity", [-1, 0, 501])
def test_a_slip_of_the_finger_takes_nothing(adas_partner, take, quantity):
    date = make_date(adas_partner, capacity=1000)

    assert refused(take, date, quantity) == (
        "quantity",
        "Please enter how many seats: a number from 1 to 500.",
    )
    assert (seats(date).taken, told()) == (0, [])
    take(date, 500)
    assert seats(date).taken == 500


@pytest.mark.parametrize("take", TAKES)
def test_nobody_takes_seats_while_nobody_knows_how_many_there_are(adas_partner, take):
    assert refused(take, make_date(adas_partner)) == (
        "capacity_unknown",
        "Nobody has said yet how many seats this date has. Please enter that first.",
    )


@pytest.mark.parametrize("take", TAKES)
def test_nobody_takes_seats_of_a_cancelled_date(date, take):
    operations.cancel_date(date, actor="user:1", at=NOON)

    assert refused(take, date) == ("date_cancelled", "This date is cancelled.")


@pytest.mark.parametrize("take", TAKES)
def test_seats_can_be_taken_until_the_minute_the_date_begins(date, take):
    later = A_WEEK_LATER + timedelta(hours=1)
    until = {"until": later} if take is hold else {}
    take(date, 1, at=A_WEEK_LATER - MINUTE, **until)

    answer = refused(take, date, 1, key="late", at=A_WEEK_LATER, **until)

    assert answer == ("date_started", "This date has already begun.")


def test_a_date_without_an_hour_has_begun_when_its_day_is_over(adas_partner):
    date = make_date(adas_partner, starts_at=None, starts_on=day(2030, 5, 8), capacity=8)
    midnight = datetime(2030, 5, 9, tzinfo=ZoneInfo("Europe/Berlin"))

    sell(date, 1, at=midnight - MINUTE)

    assert refused(sell, date, 1, key="late", at=midnight)[0] == "date_started"


def test_of_a_date_without_a_day_seats_can_be_sold(adas_partner):
    date = make_date(adas_partner, starts_at=None, capacity=8)

    sell(date, 1)

    assert seats(date).elsewhere == 1


def test_a_note_says_why_seats_are_blocked_and_no_event_carries_it(date):
    entry = block(date, 2, note="  Für Tante Erna  ")

    entry.refresh_from_db()
    assert (entry.note, entry.actor, entry.created_at) == ("Für Tante Erna", "user:1", NOON)
    assert told() == [("user:1", {"source": "blocked", "quantity": 2})]


# Once by its key


@pytest.mark.parametrize("take", TAKES)
def test_a_second_tap_on_the_same_button_counts_once(date, take):
    entries = [take(date, 2), take(date, 2)]

    assert entries[0].pk == entries[1].pk
    assert (seats(date).taken, len(told())) == (2, 1)


def test_a_second_tap_is_answered_as_the_first_one_even_when_all_is_full_by_then(date):
    first = sell(date, 2)
    block(date, 6)

    assert sell(date, 2).pk == first.pk


@pytest.mark.parametrize("take", TAKES)
def test_a_key_that_stands_for_something_else_is_refused(adas_partner, date, take):
    take(date, 2)
    used = ("key_used", "This form has been used already. Please load the page again.")

    assert refused(take, date, 3) == used
    assert refused(take, make_date(adas_partner, capacity=8), 2) == used
    assert (seats(date).taken, len(told())) == (2, 1)


@pytest.mark.parametrize("key", ["", "k" * 81])
def test_a_key_that_no_form_of_ours_has_made_is_refused(date, key):
    assert refused(sell, date, 2, key=key)[0] == "key_used"


def test_two_partners_may_use_the_same_key(date, eves_partner):
    hers = make_date(eves_partner, capacity=8)

    sell(date, 2)
    sell(hers, 3)

    assert (seats(date).elsewhere, seats(hers).elsewhere) == (2, 3)


# Giving back


@pytest.mark.parametrize("take", [sell, block])
def test_what_was_taken_by_hand_can_be_given_back_once(date, take):
    entry = take(date, 2)

    done = [operations.give_back(entry, actor="user:2", at=NOON) for _ in range(2)]

    assert done == [True, False]
    assert seats(date).free == 8
    assert told() == [
        ("user:1", {"source": entry.source, "quantity": 2}),
        ("user:2", {"source": entry.source, "quantity": -2}),
    ]


def test_a_late_second_tap_does_not_sell_again_what_was_given_back(date):
    operations.give_back(sell(date, 2), actor="user:1", at=NOON)

    assert refused(sell, date, 2)[0] == "key_used"
    assert seats(date).free == 8


def test_a_hold_is_nobodys_to_give_back(date):
    held = hold(date, 2)

    with pytest.raises(SeatEntry.DoesNotExist):
        operations.give_back(held, actor="user:1", at=NOON)

    assert seats(date).held == 2


def test_another_partners_seats_cannot_be_given_back(date, eves_partner):
    entry = sell(date, 2)

    with tenancy.scope(partner_ids=[eves_partner.pk]), pytest.raises(CourseDate.DoesNotExist):
        operations.give_back(SeatEntry(pk=entry.pk, course_date_id=date.pk), actor="user:9", at=NOON)

    assert seats(date).elsewhere == 2


def test_what_can_be_given_back_is_listed_the_newest_first(date):
    sold, blocked = sell(date, 2), block(date, 1, at=NOON + MINUTE)
    operations.give_back(sell(date, 3, key="undone"), actor="user:1", at=NOON)
    hold(date, 1)

    assert list(own_entries(date)) == [blocked, sold]


# Holds


def test_a_hold_counts_until_the_minute_it_expires(date):
    hold(date, 8, until=IN_AN_HOUR)

    assert (seats(date, at=IN_AN_HOUR - MINUTE).free, seats(date, at=IN_AN_HOUR).free) == (0, 8)
    assert refused(sell, date, 1, at=IN_AN_HOUR - MINUTE)[0] == "full"
    sell(date, 8, at=IN_AN_HOUR)


def test_a_hold_is_made_longer_by_its_own_key_and_never_shorter(date):
    hold(date, 8, until=IN_AN_HOUR)

    longer = hold(date, 8, until=IN_AN_HOUR + MINUTE, at=NOON + MINUTE)
    shorter = hold(date, 8, until=IN_AN_HOUR, at=NOON + MINUTE)

    assert (longer.pk, longer.expires_at) == (shorter.pk, shorter.expires_at)
    assert (seats(date, at=IN_AN_HOUR).held, seats(date, at=IN_AN_HOUR + MINUTE).held) == (8, 0)
    assert told() == [("test", {"source": "hold", "quantity": 8})]


def test_a_hold_of_a_date_that_was_cancelled_meanwhile_is_not_made_longer(date):
    hold(date, 2)
    operations.cancel_date(date, actor="user:1", at=NOON)

    assert refused(hold, date, 2, until=IN_AN_HOUR + MINUTE)[0] == "date_cancelled"


@pytest.mark.parametrize("is_swept", [True, False])
def test_the_key_of_an_expired_hold_is_free_again_whether_the_clock_came_by_or_not(date, is_swept):
    hold(date, 2)
    if is_swept:
        remove_expired_holds(IN_AN_HOUR)

    again = hold(date, 5, until=IN_AN_HOUR + MINUTE, at=IN_AN_HOUR)

    assert (again.quantity, seats(date, at=IN_AN_HOUR).held) == (5, 5)
    quantities = [data["quantity"] for _actor, data in told()]
    assert quantities == [2, -2, 5]


def test_an_expired_hold_gives_way_to_who_came_meanwhile(date):
    hold(date, 8)
    sell(date, 1, at=IN_AN_HOUR)

    assert refused(hold, date, 8, until=IN_AN_HOUR + MINUTE, at=IN_AN_HOUR) == (
        "too_few",
        "Only 7 seats are free.",
    )


def test_a_hold_that_is_over_before_it_begins_is_a_mistake_of_the_caller(date):
    with pytest.raises(ValueError, match="over before it begins"):
        hold(date, 1, until=NOON)


def test_a_hold_is_released_once(date, adas_partner):
    hold(date, 2)

    done = [operations.release_seats(adas_partner.pk, "hold", "h", at=NOON) for _ in range(2)]

    assert (done, seats(date).free) == ([True, False], 8)
    assert told() == [
        ("test", {"source": "hold", "quantity": 2}),
        ("test", {"source": "hold", "quantity": -2}),
    ]


def test_a_released_hold_may_be_made_again(date, adas_partner):
    hold(date, 2)
    operations.release_seats(adas_partner.pk, "hold", "h", at=NOON)

    hold(date, 3)

    assert seats(date).held == 3


def test_the_clock_removes_what_has_expired_and_says_so_once(date, eves_partner):
    hers = make_date(eves_partner, capacity=8)
    hold(date, 2)
    hold(hers, 3)
    hold(date, 1, key="longer", until=IN_AN_HOUR + MINUTE)
    sell(date, 1)

    assert remove_expired_holds(IN_AN_HOUR - MINUTE) == 0
    done = [tick(IN_AN_HOUR)["expired holds"] for _ in range(2)]

    assert done == [2, 0]
    assert sorted(SeatEntry.objects.values_list("source", "quantity")) == [("elsewhere", 1), ("hold", 1)]
    assert sorted(told()[4:], key=str) == [
        ("clock", {"source": "hold", "quantity": -2}),
        ("clock", {"source": "hold", "quantity": -3}),
    ]
