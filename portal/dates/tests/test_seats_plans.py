"""What is asked of the ledger over all dates is served by an index, under row level security too."""

import pytest
from django.db import connection
from django.db.models import QuerySet

from portal.conftest import NOON
from portal.core import tenancy
from portal.dates import seats
from portal.dates.models import DRIFTS, CourseDate, SeatEntry
from portal.dates.tests.factories import make_date
from portal.dates.tests.seats import hold


def plan(query: QuerySet) -> str:
    """What PostgreSQL would do if tables were large: a small one it reads as a whole."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    return query.explain()


@pytest.fixture(params=["staff", "partner"])
def scope(request, adas_partner):
    date = make_date(adas_partner, capacity=8, shop_total=6, shop_state="on_sale")
    hold(date)
    if request.param == "staff":
        with tenancy.system("tests"):
            yield date
    else:
        with tenancy.scope(partner_ids=[adas_partner.pk]):
            yield date


def test_dates_that_differ_from_the_shop_are_in_an_index_of_their_own(scope):
    # Alone: in a table of one row the index of all dates to come is as good.
    assert "using date_drifting" in plan(CourseDate.objects.filter(DRIFTS, starts_on__gte=NOON.date()))


def test_the_seats_of_dates_are_counted_in_the_index_alone(scope):
    assert "Index Only Scan using seats_of_date" in plan(seats._sums([scope.pk], at=NOON))


def test_oversold_dates_are_looked_for_among_those_to_come(scope):
    found = plan(seats.oversold_dates(at=NOON))

    assert "using date_by_day" in found
    assert "using seats_of_date" in found


def test_expired_holds_are_in_an_index_of_their_own(scope):
    assert "using seats_expiring" in plan(SeatEntry.objects.filter(expires_at__lte=NOON))
