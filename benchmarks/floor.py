"""The floor: the same answers by bare SQL, behind the same web server, without any of the portal's rules.

No sign-in, no framework, no ORM: psycopg, prepared statements, orjson. Nothing in Python answers much faster.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import orjson
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

TABLE = "miomente_partner_portal_booking_confirmations"
SCOPE = "SELECT set_config('portal.scope', '', true), set_config('portal.partner_ids', %s, true)"
SHOWN = """
       b.id, b.magento_order_id, b.magento_order_item_id, b.magento_order_increment_id, b.starts_on, b.starts_at,
       b.participants, b.shop_price_cents, b.shop_currency, b.status, b.confirmed_at, b.declined_at, b.decline_reason,
       b.ordered_at, b.shop_payment_status, b.course_name, c.first_name, c.last_name, c.email, c.phone,
       k.magento_product_id, k.sku
"""
LIST = f"""
SELECT {SHOWN}
FROM {TABLE} b
JOIN miomente_partner_portal_customers c ON c.id = b.customer_id
JOIN miomente_partner_portal_courses k ON k.id = b.course_id
WHERE b.partner_id = %s AND b.released_at IS NOT NULL
ORDER BY b.starts_on DESC, b.id DESC LIMIT 20
"""
COUNT = f"""
SELECT count(*) AS total, count(*) FILTER (WHERE status = 'pending') AS pending,
       count(*) FILTER (WHERE status = 'confirmed') AS confirmed,
       count(*) FILTER (WHERE status = 'declined') AS declined
FROM {TABLE} WHERE partner_id = %s AND released_at IS NOT NULL
"""
DATE = f"""
SELECT id FROM miomente_partner_portal_course_dates
WHERE id = (SELECT course_date_id FROM {TABLE} WHERE partner_id = %s AND id = %s) FOR UPDATE
"""
CONFIRM = f"""
UPDATE {TABLE} b
SET status = 'confirmed', confirmed_at = now(), confirmed_by = 'portal', decided_by_user_id = %s, settles_at = now(),
    remind_at = NULL, escalate_at = NULL
FROM miomente_partner_portal_customers c, miomente_partner_portal_courses k
WHERE b.partner_id = %s AND b.id = %s AND b.status = 'pending' AND b.starts_on > current_date
    AND c.id = b.customer_id AND k.id = b.course_id
RETURNING {SHOWN}
"""
EVENT = """
WITH event AS (
    INSERT INTO miomente_partner_portal_events
        (kind, partner_id, subject_type, subject_id, subject_version, actor, at, data)
    VALUES ('booking.confirmed', %(partner)s, 'booking', %(booking)s, 1, %(actor)s, now(), '{"by": "portal"}')
    RETURNING id
)
SELECT pg_notify('portal_events', json_build_object(
    'id', id, 'partner_id', %(partner)s::bigint, 'kind', 'booking.confirmed', 'subject', %(subject)s::text
)::text) FROM event
"""

DATES = """
SELECT d.id, d.starts_on, d.starts_time, d.ends_time, d.duration_minutes, d.time_zone, d.location, d.capacity,
       d.price_cents, d.currency, d.shop_salable, d.shop_total, d.shop_state, d.made_by, d.cancelled_at,
       c.id AS course_id, c.name, c.magento_product_id
FROM miomente_partner_portal_course_dates d JOIN miomente_partner_portal_courses c ON c.id = d.course_id
WHERE d.partner_id = %s AND d.starts_on BETWEEN %s AND %s
ORDER BY d.starts_on, d.starts_time, d.id LIMIT %s
"""
COUNT_DATES = """
SELECT count(*) AS total FROM miomente_partner_portal_course_dates WHERE partner_id = %s AND starts_on BETWEEN %s AND %s
"""
SEATS = """
SELECT course_date_id, source, sum(quantity)::int AS taken, sum(shop_quantity)::int AS sold
FROM miomente_partner_portal_seats
WHERE course_date_id = ANY(%s) AND (expires_at IS NULL OR expires_at > now()) GROUP BY 1, 2
"""

pool = ConnectionPool(
    os.environ["DATABASE_URL"],
    min_size=1,
    max_size=8,
    kwargs={"row_factory": dict_row, "prepare_threshold": 1},
    open=True,
)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    values = {name: each[0] for name, each in parse_qs(environ["QUERY_STRING"]).items()}
    answer = ANSWERS[environ["REQUEST_METHOD"], environ["PATH_INFO"]]
    body = orjson.dumps(answer(**values))
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def listing(partner: str) -> dict[str, Any]:
    with pool.connection() as connection:
        connection.execute(SCOPE, (f"{{{partner}}}",))
        rows = connection.execute(LIST, (partner,)).fetchall()
        counts = connection.execute(COUNT, (partner,)).fetchone()
    return {"data": {"bookings": rows, "summary": counts}, "success": True}


def confirm(partner: str, booking: str, user: str) -> dict[str, Any]:
    """What a confirmation durably is: the date held, the booking and who decided, the event, open pages told of it."""
    event = {"partner": partner, "booking": booking, "actor": f"user:{user}", "subject": f"booking:{booking}"}
    with pool.connection() as connection:
        connection.execute(SCOPE, (f"{{{partner}}}",))
        connection.execute(DATE, (partner, booking))
        row = connection.execute(CONFIRM, (user, partner, booking)).fetchone()
        assert row
        connection.execute(EVENT, event)
    return {"data": {"booking": row}, "success": True}


def dates(partner: str, first: str, last: str, most: str) -> dict[str, Any]:
    """Dates with their courses, what is taken of each, and how many there are in all."""
    with pool.connection() as connection:
        connection.execute(SCOPE, (f"{{{partner}}}",))
        rows = connection.execute(DATES, (partner, first, last, most)).fetchall()
        seats = connection.execute(SEATS, ([row["id"] for row in rows],)).fetchall()
        total = connection.execute(COUNT_DATES, (partner, first, last)).fetchone()
    return {"data": {"dates": rows, "seats": seats, "pagination": total}, "success": True}


ANSWERS: dict[tuple[str, str], Callable[..., dict[str, Any]]] = {
    ("GET", "/"): listing,
    ("POST", "/"): confirm,
    ("GET", "/dates"): dates,
}
