"""The staff's lists of rebookings are served by indexes, under row level security too."""

import os

import psycopg
import pytest

from portal.bookings.tests.test_plans import FILL, indexes_of
from portal.conftest import NOON
from portal.core import tenancy
from portal.manage.queries_rebookings import (
    RebookingFilter,
    RebookingSort,
    open_cases,
    rebookings_by_id,
    rebookings_like,
)
from portal.rebooking.models import Rebooking
from portal.rebooking.queries import rebookings_of_partner

pytestmark = pytest.mark.django_db
TABLE = "miomente_partner_portal_rebooking_tokens"
# ruff: noqa: E501 -- a wide table has wide rows
LINKS = f"""
INSERT INTO {TABLE}
    (id, partner_id, original_confirmation_id, original_order_id, original_order_item_id, course_product_id, course_sku,
     customer_email, customer_name, original_participants, original_price, token, token_expires_at, link_version, status,
     cause, ended, new_confirmation_id, rebooked_at, price_policy, choice, wish_weekdays, wish_time, wish_note,
     reminder_count, needs_staff, needs_staff_at, settled_at, odoo_ticket_id, created_at, updated_at)
    SELECT n, n % 20 + 1, n, n, n, 1, '', '', '', 2, 50 + n % 300, n::text, now(), 1,
     CASE WHEN n % 2 = 0 THEN 'used' WHEN n % 50 = 1 THEN 'active' ELSE 'expired' END, 'declined', '',
     CASE WHEN n % 2 = 0 THEN n END, CASE WHEN n % 2 = 0 THEN timestamptz '2030-05-01' - n * interval '1 hour' END,
     '', '', '[]', '', '', 0, CASE WHEN n % 10 = 3 THEN 'expired' ELSE '' END,
     CASE WHEN n % 10 = 3 THEN timestamptz '2030-05-01' - n * interval '1 hour' END,
     CASE WHEN n % 100 = 3 THEN NULL ELSE now() END, '', timestamptz '2030-05-01' - n * interval '1 hour', now()
    FROM generate_series(1, 20000) n;
ANALYZE {TABLE};
"""
OPEN, WAITING, REBOOKED, ALL = RebookingFilter


@pytest.fixture(scope="module")
def many_links(django_db_setup):
    """Committed once for all tests here, which only read."""
    with psycopg.connect(os.environ["MIGRATION_DATABASE_URL"], autocommit=True) as owner:
        owner.execute(f"{FILL};{LINKS}")
        yield
        owner.execute("SELECT portal_test.reset()")


@pytest.mark.parametrize("sort", RebookingSort)
def test_the_open_cases_are_in_an_index_of_their_own_however_they_are_sorted(many_links, sort):
    with tenancy.system("tests"):
        assert indexes_of(rebookings_like(OPEN, sort)[:1000], TABLE) == {"rebooking_open_case"}


def test_counting_the_open_cases_reads_the_same_index(many_links):
    with tenancy.system("tests"):
        assert indexes_of(open_cases(), TABLE) == {"rebooking_open_case"}


def test_each_of_the_other_lists_reads_an_index(many_links):
    with tenancy.system("tests"):
        waiting = indexes_of(rebookings_like(WAITING, RebookingSort.MOST_VALUABLE)[:1000], TABLE)
        rebooked = indexes_of(rebookings_like(REBOOKED, RebookingSort.OLDEST)[:1000], TABLE)
        everything = indexes_of(rebookings_like(ALL, RebookingSort.OLDEST)[:1000], TABLE)
        of_partner = indexes_of(
            rebookings_like(ALL, RebookingSort.OLDEST).filter(partner__in=[7])[:25], TABLE
        )

    assert waiting <= {"idx_rebooking_status", "rebooking_one_active_link", "rebooking_to_expire"}
    assert (rebooked, everything) == ({"rebooking_by_rebooked_at"}, {f"{TABLE}_pkey"})
    assert "none" not in of_partner


def test_the_rows_of_a_page_keep_their_order(many_links):
    with tenancy.system("tests"):
        assert [each.pk for each in rebookings_by_id([4003, 3, 10003])] == [4003, 3, 10003]


def test_what_is_due_and_the_list_of_a_partner_read_an_index_each(many_links):
    with tenancy.system("tests"):
        over = Rebooking.objects.filter(status="active", token_expires_at__lte=NOON).order_by(
            "token_expires_at"
        )
        due = Rebooking.objects.filter(status="active", remind_at__lte=NOON).order_by("remind_at")
        clock = [indexes_of(over[:500], TABLE), indexes_of(due[:500], TABLE)]
    with tenancy.scope(partner_ids=[7]):
        listed = indexes_of(rebookings_of_partner(7)[:25], TABLE)

    assert (clock, listed) == ([{"rebooking_to_expire"}, {"rebooking_to_remind"}], {"rebooking_partner_list"})
