"""Readings of the whole catalog, of what changed, of a partner's courses and of stock alone."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON
from portal.core import events
from portal.core.models import Event, Watermark
from portal.courses.models import Course
from portal.dates import operations, sweeps
from portal.dates.importing import runs
from portal.dates.models import CatalogRun, CourseDate, SeatEntry
from portal.dates.tests.factories import make_date
from portal.dates.tests.planning import plan_date
from portal.dates.tests.shop_catalog import (  # noqa: F401 -- shelf is a fixture
    make_shop_course,
    make_shop_date,
    shelf,
)
from portal.integrations.shop import ShopUnavailable

LATER = NOON + timedelta(hours=1)
TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def offered(shelf, adas_partner):  # noqa: F811 -- the fixture imported above
    """A course with one date, read for the first time."""
    shelf.courses_offered = [make_shop_course()]
    runs.import_all(at=NOON)
    return shelf


def changed_fields() -> list[list[str]]:
    return [each.data["fields"] for each in Event.objects.filter(kind="date.changed").order_by("pk")]


def jobs(name: str) -> int:
    return ProcrastinateJob.objects.filter(task_name=name, status="todo").count()


# --- Everything


def test_the_first_reading_takes_everything_in_and_tells_nobody(offered):
    run = CatalogRun.objects.get()

    assert (Course.objects.count(), CourseDate.objects.count(), Event.objects.count()) == (1, 1, 0)
    assert (run.way, run.started_at, run.finished_at, run.problem) == ("full", NOON, NOON, "")
    assert (run.report["courses"], run.report["made_dates"], run.report["failed"]) == (1, 1, [])
    assert Watermark.objects.get(name="catalog").at == NOON


def test_what_is_not_in_the_catalog_any_more_is_gone(offered):
    other = make_shop_course(make_shop_date(201), product_id=200)
    offered.courses_offered = [other]

    report = runs.import_all(at=LATER)

    gone, there = CourseDate.objects.order_by("pk").select_related("course")
    assert (gone.shop_state, gone.shop_salable, gone.shop_total, gone.capacity) == ("gone", None, None, 8)
    assert (gone.course.is_on_sale, there.shop_state, there.course.is_on_sale) == (False, "on_sale", True)
    assert (report.gone, changed_fields()) == (1, [["shop_state"]])
    assert runs.import_all(at=TOMORROW).gone == 0


def test_what_comes_back_is_on_sale_again_with_the_seats_it_had(offered):
    course = offered.courses_offered[0]
    offered.courses_offered = [make_shop_course(make_shop_date(201), product_id=200)]
    runs.import_all(at=LATER)
    CourseDate.objects.filter(magento_product_id=101).update(capacity=7)
    offered.courses_offered.append(course)

    runs.import_all(at=TOMORROW)

    row = CourseDate.objects.get(magento_product_id=101)
    assert (row.shop_state, row.capacity, row.shop_total, row.course.is_on_sale) == ("on_sale", 7, 8, True)


def test_a_shop_that_suddenly_offers_nothing_takes_nothing_away(offered):
    offered.courses_offered = []

    runs.import_all(at=LATER)

    assert CourseDate.objects.get().shop_state == "on_sale"


def test_a_past_date_that_leaves_the_catalog_is_no_news(offered):
    CourseDate.objects.update(starts_on=date(2030, 4, 30), starts_at=None)
    offered.courses_offered = [make_shop_course(make_shop_date(201), product_id=200)]

    runs.import_all(at=LATER)

    assert CourseDate.objects.get(magento_product_id=101).shop_state == "gone"
    assert changed_fields() == []


def test_a_date_that_was_never_in_the_catalog_is_gone_and_one_made_here_is_not(offered, adas_partner):
    never = make_date(adas_partner, magento_product_id=None, sku="OLD")
    mine = plan_date(adas_partner, at=NOON - timedelta(hours=1))
    CourseDate.objects.filter(pk=never.pk).update(created_at=NOON - timedelta(hours=1))

    runs.import_all(at=LATER)

    states = dict(CourseDate.objects.values_list("pk", "shop_state"))
    assert (states[never.pk], states[mine.pk]) == ("gone", "")


def test_a_date_that_an_order_made_meanwhile_is_not_gone(offered, adas_partner):
    fresh = make_date(adas_partner, created_at=LATER)

    runs.import_all(at=LATER)

    fresh.refresh_from_db()
    assert fresh.shop_state == ""


def test_one_odd_course_keeps_no_other_out_and_is_not_gone(offered):
    # More than the column holds, as no shop would say it and no rule of ours foresees it.
    odd = make_shop_course(make_shop_date(price_cents=10**30))
    offered.courses_offered = [odd, make_shop_course(make_shop_date(201), product_id=200)]

    report = runs.import_all(at=LATER)

    assert (report.failed, report.made_dates) == (["K100"], 1)
    assert set(CourseDate.objects.values_list("shop_state", flat=True)) == {"on_sale"}
    assert CatalogRun.objects.latest("pk").report["failed"] == ["K100"]


def test_a_shop_that_does_not_answer_is_kept_as_the_runs_problem(offered):
    def fail(**_: object):
        raise ShopUnavailable("The shop's database does not answer (2003).")

    offered.courses = fail

    with pytest.raises(ShopUnavailable):
        runs.import_all(at=LATER)

    run = CatalogRun.objects.latest("pk")
    assert (run.problem, run.finished_at) == ("The shop's database does not answer (2003).", LATER)
    assert CourseDate.objects.get().shop_state == "on_sale"
    del offered.courses


# --- What changed


def test_without_a_mark_everything_is_read(shelf, adas_partner):  # noqa: F811
    runs.import_changed(at=NOON)

    assert (shelf.asked, CatalogRun.objects.get().way) == (["all"], "full")


def test_only_what_was_saved_since_the_mark_is_read(offered):
    offered.courses_offered = [
        make_shop_course(make_shop_date(location="Marktplatz 2")),
        make_shop_course(make_shop_date(201), product_id=200),
    ]
    offered.changed, offered.time = {100}, LATER

    report = runs.import_changed(at=LATER)

    assert offered.asked[1] == NOON - runs.OVERLAP
    assert (report.courses, changed_fields()) == (1, [["location"]])
    assert Watermark.objects.get(name="catalog").at == LATER


def test_stock_is_read_of_dates_whose_seats_were_touched(offered, adas_partner):
    row = CourseDate.objects.select_related("course").get()
    idle = make_shop_course(make_shop_date(201, salable=4), product_id=200)
    offered.courses_offered = [make_shop_course(make_shop_date(salable=6)), idle]
    runs.import_all(at=NOON)
    SeatEntry.objects.all().delete()
    make_booking(adas_partner, course=row.course, course_date=row, participants=2, shop_participants=2)
    offered.asked.clear()

    report = runs.import_changed(at=LATER)

    row.refresh_from_db()
    assert (offered.asked[1:], report.stock) == ([{row.sku}], 1)
    assert (row.shop_salable, row.shop_total, row.shop_read_at) == (6, 8, LATER)


def test_the_first_stock_of_a_date_that_only_orders_know_says_how_many_seats_there_are(offered, adas_partner):
    row = make_date(adas_partner, sku="K1-202", magento_product_id=202)
    make_booking(adas_partner, course=row.course, course_date=row, participants=2, shop_participants=2)
    offered.courses_offered.append(make_shop_course(make_shop_date(202, salable=5), product_id=200))

    runs.import_changed(at=LATER)

    row.refresh_from_db()
    # Orders go on describing it until the catalog has been read of it.
    assert (row.capacity, row.shop_total, row.shop_read_at) == (7, 7, None)


@pytest.mark.parametrize(
    ("values", "is_read"),
    [
        ({"starts_on": NOON.date()}, True),
        ({"starts_on": None}, True),
        ({"starts_on": date(2030, 4, 30)}, False),
        ({"shop_state": "gone"}, False),
        ({"magento_product_id": None}, False),
    ],
)
def test_stock_is_read_of_what_is_still_to_come_and_in_the_shop(offered, values, is_read):
    row = CourseDate.objects.get()
    operations.sell_elsewhere(row, quantity=1, key="1", actor="user:1", at=NOON)
    CourseDate.objects.update(starts_at=None, **values)
    offered.asked.clear()

    runs.import_changed(at=LATER)

    assert ({row.sku} in offered.asked) == is_read


# --- A partner


def test_a_new_partners_courses_come_in(offered, eves_partner, run_jobs):
    hers = make_shop_date(201, partner_value="10002")
    offered.courses_offered.append(make_shop_course(hers, product_id=200, partner_value="10002"))
    data = {"magento_partner_id": "10002"}

    events.record("partner.created", subject=eves_partner, actor="test", at=LATER, data=data)
    run_jobs()

    assert CourseDate.objects.filter(partner=eves_partner).count() == 1
    assert CatalogRun.objects.latest("pk").way == "partner"


def test_before_the_first_reading_nobodys_courses_are_read(shelf, eves_partner, run_jobs):  # noqa: F811
    data = {"magento_partner_id": "10002"}

    events.record("partner.created", subject=eves_partner, actor="test", at=LATER, data=data)

    assert "dates.import_partner" not in run_jobs()


# --- The clock


def test_the_catalog_is_read_every_ten_minutes_once_orders_are_known(db):
    almost = timedelta(minutes=10) - timedelta(seconds=1)
    unknown = sweeps.poll_catalog(NOON)
    Watermark.objects.create(name="orders", at=NOON)

    assert unknown == 0
    assert [sweeps.poll_catalog(NOON), sweeps.poll_catalog(NOON + almost)] == [1, 0]
    assert (sweeps.poll_catalog(NOON + timedelta(minutes=10)), jobs("dates.import_changed")) == (1, 1)


def test_everything_is_read_each_night_before_the_orders_are(db):
    Watermark.objects.create(name="orders", at=NOON)
    first = sweeps.reread_catalog(NOON)
    night = NOON.replace(day=2, hour=0)  # 2:00 in Berlin

    assert first == 0
    assert sweeps.reread_catalog(night - timedelta(seconds=1)) == 0
    assert [sweeps.reread_catalog(night), sweeps.reread_catalog(night + timedelta(hours=1))] == [1, 0]
    assert jobs("dates.import_all") == 1


def test_without_a_shop_nothing_is_read(db, settings):
    settings.HAS_SHOP = False
    Watermark.objects.create(name="orders", at=NOON)

    assert [sweeps.poll_catalog(NOON), sweeps.reread_catalog(TOMORROW)] == [0, 0]


def test_old_runs_are_forgotten(db):
    CatalogRun.objects.create(way="poll", started_at=NOON)

    assert sweeps.forget_old_runs(NOON + sweeps.KEEP_RUNS) == 0
    assert sweeps.forget_old_runs(NOON + sweeps.KEEP_RUNS + timedelta(seconds=1)) == 1


# --- The command


def test_the_command_says_what_it_found(shelf, adas_partner):  # noqa: F811
    shelf.courses_offered = [make_shop_course()]
    out = StringIO()

    call_command("import_catalog", "--full", stdout=out)

    assert out.getvalue() == (
        "Read 1 courses with 1 dates: 1 courses and 1 dates made, 0 courses and 0 dates changed, 0 gone, "
        "0 dates without a partner; stock of 0 dates read.\n"
    )


def test_the_command_says_that_there_is_no_shop(db, settings):
    settings.HAS_SHOP = False

    with pytest.raises(CommandError, match="There is no shop to read"):
        call_command("import_catalog")
