"""A page of the catalog taken in."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON
from portal.core.models import Event
from portal.courses.models import Course
from portal.dates import operations
from portal.dates.models import CourseDate, SeatEntry
from portal.dates.seats import seats_of
from portal.dates.tests.factories import make_course, make_date
from portal.dates.tests.planning import plan_date
from portal.dates.tests.shop_catalog import make_shop_course, make_shop_date, take_in

LATER = NOON + timedelta(hours=1)
YESTERDAY = date(2030, 4, 30)


def told(kind: str | None = None) -> list[tuple[str, dict]]:
    found = Event.objects.filter(subject_type="date").order_by("pk")
    return [(each.kind, each.data) for each in found if kind in (None, each.kind)]


def drift_of(row: CourseDate) -> int | None:
    row.refresh_from_db()
    return seats_of([row], at=NOON)[row.pk].drift


def test_a_course_and_its_date_are_made(adas_partner):
    report = take_in(make_shop_course())

    course, row = Course.objects.get(), CourseDate.objects.get()
    assert (report.courses, report.dates, report.made_courses, report.made_dates) == (1, 1, 1, 1)
    assert (course.partner, course.magento_product_id, course.sku) == (adas_partner, 100, "K100")
    assert (course.name, course.description) == ("Sushi-Kurs für Anfänger", "Rollen und formen.")
    assert (course.price_cents, course.images, course.duration_minutes) == (8900, ["/s/u/sushi.jpg"], 180)
    assert (course.location, course.is_on_sale, course.shop_read_at) == ("Marktplatz 1, München", True, NOON)
    assert (row.partner, row.course, row.magento_product_id, row.sku) == (adas_partner, course, 101, "K1-101")
    assert (row.starts_on, row.starts_time, row.ends_time) == (date(2030, 5, 8), time(18), time(21))
    assert (row.starts_at, row.time_zone) == (datetime(2030, 5, 8, 16, tzinfo=UTC), "Europe/Berlin")
    assert (row.duration_minutes, row.location, row.price_cents) == (180, "Marktplatz 1, München", 8900)
    assert (row.capacity, row.shop_salable, row.shop_total) == (8, 8, 8)
    assert (row.made_by, row.shop_state, row.shop_read_at, row.sequence) == ("shop", "on_sale", NOON, 0)
    assert told() == [("date.created", {"course": course.pk})]
    assert Event.objects.get().actor == "shop"


def test_the_same_page_again_changes_nothing_but_when_it_was_read(adas_partner):
    take_in(make_shop_course())

    report = take_in(make_shop_course(), at=LATER)

    assert (report.made_dates, report.changed_dates, report.changed_courses) == (0, 0, 0)
    assert (CourseDate.objects.get().shop_read_at, Course.objects.get().shop_read_at) == (LATER, LATER)
    assert len(told()) == 1


def test_a_page_costs_the_same_statements_whatever_its_size(adas_partner, eves_partner):
    def statements(numbers: range, at: datetime) -> int:
        courses = [
            make_shop_course(
                *(
                    make_shop_date(1000 * number + day, partner_value=f"1000{1 + day % 2}", location=str(at))
                    for day in range(4)
                ),
                product_id=1000 * number + 999,
                name=f"Kurs {at}",
            )
            for number in numbers
        ]
        with CaptureQueriesContext(connection) as queries:
            take_in(*courses, at=at)
        return len(queries)

    assert statements(range(1, 2), NOON) == statements(range(2, 32), NOON)
    assert statements(range(1, 2), LATER) == statements(range(2, 32), LATER)


def test_changes_of_the_shop_are_followed_and_told(adas_partner):
    take_in(make_shop_course())

    moved = make_shop_date(starts_on=date(2030, 5, 9), location="Marktplatz 2", is_on_sale=False)
    report = take_in(make_shop_course(moved, name="Sushi und Sake"), at=LATER)

    row = CourseDate.objects.get()
    assert (row.starts_on, row.starts_at) == (date(2030, 5, 9), datetime(2030, 5, 9, 16, tzinfo=UTC))
    assert (row.location, row.shop_state, row.sequence) == ("Marktplatz 2", "off_sale", 1)
    assert Course.objects.get().name == "Sushi und Sake"
    assert (report.changed_courses, report.changed_dates) == (1, 1)
    assert told("date.changed") == [("date.changed", {"fields": ["location", "shop_state", "starts_on"]})]


def test_nobody_is_told_of_what_is_past(adas_partner):
    take_in(make_shop_course(make_shop_date(starts_on=YESTERDAY)))
    take_in(make_shop_course(make_shop_date(starts_on=YESTERDAY, location="Marktplatz 2")), at=LATER)

    assert (told(), CourseDate.objects.get().location) == ([], "Marktplatz 2")


def test_today_is_not_past(adas_partner):
    take_in(make_shop_course(make_shop_date(starts_on=NOON.date())))

    assert [kind for kind, _ in told()] == ["date.created"]


def test_a_past_date_that_is_moved_to_come_is_told(adas_partner):
    take_in(make_shop_course(make_shop_date(starts_on=YESTERDAY)))
    take_in(make_shop_course(), at=LATER)

    assert told() == [("date.changed", {"fields": ["starts_on"]})]


def test_the_first_reading_of_all_tells_nobody(adas_partner):
    take_in(make_shop_course(), is_silent=True)

    assert (CourseDate.objects.count(), told()) == (1, [])


def test_a_partners_edit_stays_until_the_shop_changes_that_field(adas_partner):
    take_in(make_shop_course())
    CourseDate.objects.update(location="Hinterhof")

    take_in(make_shop_course(make_shop_date(price_cents=9900)), at=LATER)
    kept = CourseDate.objects.get().location
    take_in(make_shop_course(make_shop_date(price_cents=9900, location="Marktplatz 2")), at=LATER)

    assert (kept, CourseDate.objects.get().location) == ("Hinterhof", "Marktplatz 2")


def test_a_date_made_here_is_never_touched(adas_partner):
    course = make_course(adas_partner, magento_product_id=100)
    planned = plan_date(adas_partner, course=course)
    before = CourseDate.objects.values().get()

    take_in(make_shop_course(make_shop_date(sku=planned.sku)))

    assert CourseDate.objects.filter(pk=planned.pk).values().get() == before
    assert CourseDate.objects.count() == 2


def test_what_the_catalog_does_not_know_does_not_take_back_what_orders_have_told(adas_partner):
    course = make_course(adas_partner, magento_product_id=100)
    row = make_date(adas_partner, course=course, magento_product_id=101, price_cents=8000)
    start = (row.starts_on, row.starts_time, row.starts_at)

    take_in(make_shop_course(make_shop_date(starts_on=None, starts_time=None, price_cents=None)))

    row.refresh_from_db()
    assert ((row.starts_on, row.starts_time, row.starts_at), row.price_cents) == (start, 8000)


# --- Whose it is


def test_dates_of_unknown_partners_are_only_counted(adas_partner):
    dates = (
        make_shop_date(101),
        make_shop_date(102, partner_value=""),
        make_shop_date(103, partner_value="7"),
    )

    report = take_in(make_shop_course(*dates), make_shop_course(partner_value="7", product_id=200, dates=()))

    assert (report.dates, report.without_partner) == (3, 2)
    assert list(CourseDate.objects.values_list("magento_product_id", flat=True)) == [101]
    assert list(Course.objects.values_list("magento_product_id", flat=True)) == [100]


def test_a_course_with_dates_of_two_partners_is_a_course_of_each(adas_partner, eves_partner):
    take_in(make_shop_course(make_shop_date(101), make_shop_date(102, partner_value="10002")))

    rows = CourseDate.objects.order_by("magento_product_id").select_related("course")
    assert [(row.partner, row.course.partner) for row in rows] == [
        (adas_partner, adas_partner),
        (eves_partner, eves_partner),
    ]


def test_a_product_that_changes_hands_leaves_the_old_rows_off_sale(adas_partner, eves_partner):
    take_in(make_shop_course())
    hers = {"partner_value": "10002"}

    take_in(make_shop_course(make_shop_date(**hers), **hers), at=LATER)

    old, new = CourseDate.objects.order_by("pk").select_related("course")
    assert (old.partner, old.shop_state, old.shop_salable, old.shop_total) == (
        adas_partner,
        "off_sale",
        None,
        None,
    )
    assert (new.partner, new.shop_state, new.capacity) == (eves_partner, "on_sale", 8)
    assert (old.course.is_on_sale, new.course.is_on_sale) == (False, True)
    changed = Event.objects.filter(kind="date.changed")
    assert [(each.partner_id, each.data) for each in changed] == [
        (adas_partner.pk, {"fields": ["shop_state"]})
    ]


def test_a_course_made_by_an_order_is_taken_over(adas_partner):
    course = make_course(adas_partner, magento_product_id=100, name="Alt")
    row = make_date(adas_partner, course=course, magento_product_id=101)

    take_in(make_shop_course())

    course.refresh_from_db()
    row.refresh_from_db()
    assert (course.name, row.capacity, row.course) == ("Sushi-Kurs für Anfänger", 8, course)
    assert (Course.objects.count(), CourseDate.objects.count()) == (1, 1)


# --- Seats


def test_there_are_as_many_seats_as_the_shop_sells_and_has_sold(adas_partner):
    course = make_course(adas_partner, magento_product_id=100)
    row = make_date(adas_partner, course=course, magento_product_id=101)
    make_booking(adas_partner, course=course, course_date=row, participants=3, shop_participants=3)

    take_in(make_shop_course(make_shop_date(salable=5)))

    row.refresh_from_db()
    assert (row.capacity, row.shop_salable, row.shop_total, drift_of(row)) == (8, 5, 8, 0)


def test_another_number_in_the_shop_is_a_drift_and_no_new_capacity(adas_partner):
    take_in(make_shop_course())

    take_in(make_shop_course(make_shop_date(salable=10)), at=LATER)

    row = CourseDate.objects.get()
    assert (row.capacity, row.shop_salable, row.shop_total, drift_of(row)) == (8, 10, 10, 2)
    assert told("date.changed") == []


def test_what_was_said_here_of_the_seats_is_not_overruled(adas_partner):
    course = make_course(adas_partner, magento_product_id=100)
    row = make_date(adas_partner, course=course, magento_product_id=101, capacity=6)

    take_in(make_shop_course())

    assert (drift_of(row), row.capacity) == (2, 6)


def test_seats_that_nobody_knows_any_longer_stay_unknown(adas_partner):
    take_in(make_shop_course())
    operations.set_capacity(CourseDate.objects.get(), None, actor="user:1", at=NOON)

    take_in(make_shop_course(), at=LATER)

    assert CourseDate.objects.get().capacity is None


def test_without_a_stock_the_seats_are_unknown_until_there_is_one(adas_partner):
    take_in(make_shop_course(make_shop_date(salable=None)))
    unknown = CourseDate.objects.get().capacity

    take_in(make_shop_course(), at=LATER)

    assert (unknown, CourseDate.objects.get().capacity) == (None, 8)
    assert told("date.changed") == [("date.changed", {"fields": ["capacity"]})]


def test_seats_taken_here_are_no_business_of_the_shops(adas_partner):
    take_in(make_shop_course())
    row = CourseDate.objects.get()
    operations.sell_elsewhere(row, quantity=2, key="1", actor="user:1", at=NOON)

    take_in(make_shop_course(), at=LATER)

    assert (drift_of(row), SeatEntry.objects.count()) == (0, 1)


# --- Dirt


@pytest.mark.parametrize(
    "odd",
    [
        {"name": "", "sku": "x" * 64},
        {"description": "x" * 100_000},
        {"duration_minutes": 10**12},
        {"location": "x" * 5000},
        {"images": ()},
    ],
)
def test_odd_courses_come_in(adas_partner, odd):
    take_in(make_shop_course(**odd))

    assert Course.objects.get().name == (odd.get("sku") or "Sushi-Kurs für Anfänger")


def test_a_course_without_dates_is_one(adas_partner):
    take_in(replace(make_shop_course(), dates=()))

    assert (Course.objects.count(), CourseDate.objects.count()) == (1, 0)
