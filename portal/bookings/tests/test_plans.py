"""Every list has an index that serves it, under row level security too: PostgreSQL's own plans are read."""

import json
import os
from datetime import date, timedelta

import psycopg
import pytest
from django.db import connection

from portal.bookings import metrics, queries
from portal.bookings.models import Booking
from portal.bookings.responses import Period
from portal.conftest import NOON
from portal.core import tenancy
from portal.core.models import Event, OutboxMail
from portal.partners.models import Partner
from tests import database

pytestmark = pytest.mark.django_db
TABLE = "miomente_partner_portal_booking_confirmations"
SEARCHED = "miomente_partner_portal_booking_search"

# ruff: noqa: E501 -- a wide table has wide rows
FILL = f"""
INSERT INTO miomente_partner_portal_partners
    (id, magento_partner_id, customer_number, company, contact, email, phone, postcode, city, language, time_zone,
     quiet_from, quiet_until, is_mailed, created_at)
    SELECT p, p::text, 'K' || p, 'Partner ' || p, '', '', '', '', '', 'de', 'Europe/Berlin', '21:00', '8:00', true, now()
    FROM generate_series(1, 20) p;
INSERT INTO miomente_partner_portal_courses (id, partner_id, magento_product_id, sku, name, created_at)
    SELECT p, p, p, 'K' || p, 'Kurs', now() FROM generate_series(1, 20) p;
INSERT INTO miomente_partner_portal_customers (id, partner_id, magento_order_id, first_name, last_name, email, phone)
    SELECT n, n % 20 + 1, n, 'Jürgen', CASE n % 100 WHEN 0 THEN 'Schmidt' ELSE md5(n::text) END, '', ''
    FROM generate_series(1, 20000) n;
INSERT INTO {TABLE}
    (id, partner_id, customer_number, magento_order_id, magento_order_item_id, magento_order_increment_id, part, generation,
     customer_id, course_id, course_name, starts_on, participants, notes, ordered_at, shop_state, shop_status,
     shop_participants, shop_price_cents, shop_currency, shop_payment_status, shop_payment_method, shop_hash, shop_read_at,
     status, version, change_count, released_at, confirmed_at, confirmed_by, confirm_notes, declined_by, decline_reason,
     decline_notes, settles_at, settled_at, undo_status, reminder_count, odoo_ticket_id, odoo_ticket_number,
     staff_question, created_at, updated_at, asked_at, escalated_at, expired_at)
    SELECT n, n % 20 + 1, 'K', n, n, lpad(n::text, 9, '0'), 1, 1, n, n % 20 + 1, 'Kurs', date '2030-01-01' + n % 700, 2, '', now(),
     'complete', '', 2, 8900, 'EUR', 'paid', '', '', now(),
     CASE n % 50 WHEN 0 THEN 'pending' WHEN 1 THEN 'expired' ELSE 'confirmed' END, 1, 0,
     now(), now(), '', '', '', '', '', now(), now(), 'pending', 0, '', '', '', now(), now(),
     timestamptz '2030-05-01' - n * interval '1 hour',
     CASE WHEN n % 200 = 0 THEN date '2030-05-01' END, CASE WHEN n % 50 = 1 THEN date '2030-05-01' - n END
    FROM generate_series(1, 20000) n;
INSERT INTO miomente_partner_portal_events
    (kind, partner_id, subject_type, subject_id, subject_version, actor, at, data)
    SELECT 'booking.confirmed', n % 20 + 1, 'booking', n, 1, 'shop', now(), '{{}}' FROM generate_series(1, 20000) n;
INSERT INTO miomente_partner_portal_outbox
    (partner_id, kind, recipient, audience, subject_type, subject_id, version, message_id, state, fate, created_at,
     sent_at, problem)
    SELECT n % 20 + 1, 'booking_request', 'a@example.org', 'partner', 'booking', n, 1, n::text, 'sent', '', now(), now(), ''
    FROM generate_series(1, 20000) n;
ANALYZE
"""


@pytest.fixture(scope="module")
def many_bookings(django_db_setup):
    """Committed once for all tests here, which only read."""
    with psycopg.connect(os.environ["MIGRATION_DATABASE_URL"], autocommit=True) as owner:
        owner.execute(FILL)
        # As autovacuum does after so many rows: they leave the list of what is still to be put into the index.
        owner.execute(f"VACUUM ANALYZE {SEARCHED}")
        owner.execute(f"VACUUM ANALYZE {TABLE}")
        yield
        owner.execute("SELECT portal_test.reset()")


def nodes(plan) -> list[dict]:
    found = [plan]
    for child in plan.get("Plans", []):
        found += nodes(child)
    return found


def indexes_of(queryset, table: str = TABLE) -> set[str]:
    """The indexes that serve `table`; "none" when it is read as a whole."""
    plan = json.loads(queryset.explain(format="json"))[0]["Plan"]
    read = [node for node in nodes(plan) if node.get("Relation Name") == table]
    assert read, f"{table} is not read at all"
    used = set()
    for node in read:
        # A bitmap names its indexes in what stands below it.
        below = [each["Index Name"] for each in nodes(node) if each["Node Type"] == "Bitmap Index Scan"]
        used |= set(below or [node.get("Index Name", "none")])
    return used


def test_the_lists_of_a_partner_read_their_index_alone(many_bookings):
    with tenancy.scope(partner_ids=[7]):
        partner = Partner.objects.get(pk=7)

        assert indexes_of(queries.booking_list(partner)[:20]) == {"booking_partner_list"}
        assert indexes_of(queries.pending_for(partner)[:50]) == {"booking_partner_pending"}
        assert "none" not in indexes_of(Booking.objects.of_partner(partner).shown().pending())
        story = Event.objects.filter(partner_id=7, subject_type="booking", subject_id=26).order_by("id")
        assert indexes_of(story, "miomente_partner_portal_events") == {"event_subject"}


def plans_of_search(text: str, *, scope: str = "", partners: str = "{}") -> str:
    """What PostgreSQL did inside the function, whose statements EXPLAIN does not show."""
    name = connection.settings_dict["NAME"]
    said: list[str] = []
    with psycopg.connect(database.cluster.url(database.ADMIN_ROLE, name), autocommit=True) as admin:
        admin.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
        admin.execute("LOAD 'auto_explain'")
        for setting in ("log_min_duration = 0", "log_nested_statements = on", "log_level = notice"):
            admin.execute(f"SET auto_explain.{setting}")
        admin.execute(
            "SELECT set_config('portal.scope', %s, false), set_config('portal.partner_ids', %s, false)",
            [scope, partners],
        )
        found = admin.execute("SELECT portal_search_bookings(%s, '2029-12-01', 5000, 500)", [text]).fetchall()
    assert found
    return "\n".join(plan for plan in said if SEARCHED in plan)


def test_a_search_reads_the_index_of_whoever_searches(many_bookings):
    for text in ("schmidt", "schmitd", "jürgen schmidt", "000012300"):
        of_partner, of_staff = plans_of_search(text, partners="{1}"), plans_of_search(text, scope="all")

        assert "booking_search_partner" in of_partner
        assert "booking_search_words" in of_staff
        assert f"Seq Scan on {SEARCHED}" not in of_partner + of_staff


def test_what_is_due_is_found_by_index(many_bookings):
    with tenancy.system("tests"):
        assert indexes_of(Booking.objects.to_settle(NOON)) == {"booking_to_settle"}
        today = NOON.date()
        due = Booking.objects.shown().pending().filter(starts_on__lte=today - timedelta(days=400))
        assert indexes_of(due) <= {"booking_to_expire", "booking_partner_pending"}
        assert indexes_of(queries.open_questions()) == {"booking_staff_question"}
        unsent = OutboxMail.objects.filter(state="failed").order_by("-id")
        assert "none" not in indexes_of(unsent, "miomente_partner_portal_outbox")


def test_the_lists_of_the_staff_read_their_indexes(many_bookings):
    with tenancy.system("tests"):
        assert indexes_of(queries.to_call(NOON).order_by("-status", "starts_on", "pk")[:1000]) == {
            "booking_escalated",
            "booking_expired",
            "booking_to_expire",
        }
        assert indexes_of(queries.all_bookings()[:25]) == {"booking_by_day"}
        assert "none" not in indexes_of(queries.all_bookings().filter(partner__in=[3, 7])[:25])
        about = Event.objects.filter(
            subject_type="booking", subject_id__in=range(1, 200), kind="booking.call_noted"
        )
        assert indexes_of(about, "miomente_partner_portal_events") == {"event_subject"}


def test_the_metrics_read_the_bookings_of_their_days_alone(many_bookings):
    month = Period(date(2030, 4, 1), date(2030, 4, 30))
    with tenancy.system("tests"):
        reasons = metrics.all_reasons()
        for search in ("", "partner 7"):
            rows = metrics.of_partners(month, reasons, search)
            assert "none" not in indexes_of(rows.order_by("-asked")[:50])
            assert "none" not in indexes_of(rows)


def test_an_import_finds_its_rows_by_key(many_bookings):
    with tenancy.system("tests"):
        assert indexes_of(Booking.objects.live_rows(range(1, 500))) <= {
            "booking_key",
            "booking_one_live_row_per_part",
        }
