"""Counts in plain SQL what an import of a Magento database should find, by a way of its own.

It shares no code with the portal's reader. Where both come to the same numbers, neither has lost a row.

    python benchmarks/shop/count.py mysql://root@localhost/shop?unix_socket=… partners.csv 2026-01-01
"""

import csv
import sys
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

# One row of an order each: what it is, whose, from when, in which state, with how many participants left.
_ROWS = """
SELECT r.kind, r.partner, r.created_at, r.state, r.participants FROM (
  SELECT
    CASE WHEN {voucher} THEN 'voucher'
         WHEN {partner} <> '' THEN 'course'
         WHEN i.product_type = 'configurable' OR d.entity_id IS NULL OR {event_date} IS NOT NULL THEN 'course'
         ELSE 'not_a_course' END AS kind,
    {partner} AS partner, o.created_at, o.state,
    i.qty_ordered - i.qty_canceled - i.qty_refunded AS participants
  FROM {p}sales_order_item i
  JOIN {p}sales_order o ON o.entity_id = i.order_id
  LEFT JOIN {p}sales_order_item k ON k.parent_item_id = i.item_id AND k.order_id = i.order_id
  LEFT JOIN {p}catalog_product_entity byid
    ON byid.entity_id = IF(i.product_type = 'configurable', k.product_id, i.product_id)
  LEFT JOIN {p}catalog_product_entity d
    ON d.entity_id = COALESCE(byid.entity_id, (SELECT MIN(s.entity_id) FROM {p}catalog_product_entity s
                                               WHERE s.sku = i.sku AND s.type_id <> 'configurable'))
  LEFT JOIN {p}catalog_product_entity c
    ON c.entity_id = COALESCE((SELECT x.entity_id FROM {p}catalog_product_entity x
                               WHERE x.entity_id = i.product_id AND i.product_type = 'configurable'),
                              (SELECT MIN(l.parent_id) FROM {p}catalog_product_super_link l
                               WHERE l.product_id = d.entity_id))
  WHERE i.parent_item_id IS NULL
) r
"""
_VALUE = """(SELECT v.value FROM {p}catalog_product_entity_{kind} v
             JOIN {p}eav_attribute a ON a.attribute_id = v.attribute_id AND a.attribute_code = '{code}'
             JOIN {p}eav_entity_type t ON t.entity_type_id = a.entity_type_id
                                      AND t.entity_type_code = 'catalog_product'
             WHERE v.store_id = 0 AND v.entity_id = {of}.entity_id)"""
# Every product that may be a date, or a course without dates: whose it is, when, what is left of it and what is sold.
_OFFERS = """
SELECT d.entity_id, COALESCE(c.entity_id, d.entity_id), c.entity_id IS NOT NULL, d.type_id, {partner}, {course_partner},
  {event_date} IS NOT NULL, {voucher},
  (SELECT s.quantity + COALESCE((SELECT SUM(r.quantity) FROM {p}inventory_reservation r WHERE r.sku = s.sku), 0)
   FROM {p}inventory_source_item s WHERE s.sku = d.sku AND s.source_code = 'default')
FROM {p}catalog_product_entity d
LEFT JOIN {p}catalog_product_super_link l ON l.product_id = d.entity_id
LEFT JOIN {p}catalog_product_entity c ON c.entity_id = l.parent_id
"""
_SOLD = """
SELECT COALESCE(k.product_id, i.product_id), SUM(i.qty_ordered - i.qty_canceled - i.qty_refunded)
FROM {p}sales_order_item i
JOIN {p}sales_order o ON o.entity_id = i.order_id AND o.state NOT IN ('canceled', 'closed')
LEFT JOIN {p}sales_order_item k ON k.parent_item_id = i.item_id AND k.order_id = i.order_id
WHERE i.parent_item_id IS NULL GROUP BY 1
"""
LIVE_STATES = ("new", "processing", "complete")
UNPAID_STATES = ("pending_payment", "payment_review")
GONE_STATES = ("canceled", "closed")


def expected_counts(
    cursor: Any,
    partner_values: Collection[str],
    start_at: datetime,
    *,
    prefix: str = "",
    partner_type: str = "varchar",
) -> dict[str, int]:
    """Top-level rows by what the portal makes of them; each row is counted once, except in "rows".

    rows             all of them
    voucher, not_a_course
    unmatched        a course whose partner value is missing or not among `partner_values`
    history          of a known partner, ordered before `start_at`
    cancelled        later, but cancelled or refunded as a whole, or without participants left
    unpaid           later, waiting for payment: pending_payment, payment_review
    held             later, on hold
    live             later, new, processing or complete: what a partner is asked for
    """
    known = set(partner_values)
    counts = Counter(
        rows=0, voucher=0, not_a_course=0, unmatched=0, history=0, cancelled=0, unpaid=0, held=0, live=0
    )
    cursor.execute(_statement(prefix, partner_type))
    start = start_at.astimezone(UTC).replace(tzinfo=None)
    for kind, partner, created_at, state, participants in cursor.fetchall():
        counts["rows"] += 1
        if kind != "course":
            counts[kind] += 1
        elif partner not in known:
            counts["unmatched"] += 1
        elif created_at < start:
            counts["history"] += 1
        else:
            counts[_now(state, participants)] += 1
    return dict(counts)


def expected_catalog(
    cursor: Any, partner_values: Collection[str], *, prefix: str = "", partner_type: str = "varchar"
) -> tuple[set[tuple[str, int]], dict[tuple[str, int], tuple[int, int]]]:
    """Courses as (partner, product), and of each date (partner, product) the seats left and the seats in all."""
    known = set(partner_values)
    courses: set[tuple[str, int]] = set()
    dates: dict[tuple[str, int], tuple[int, int]] = {}
    cursor.execute(_SOLD.format(p=prefix))
    sold = {product: int(quantity) for product, quantity in cursor.fetchall()}
    cursor.execute(_filled(_OFFERS, prefix, partner_type))
    for product, course, is_child, kind, partner, own, has_day, is_voucher, left in cursor.fetchall():
        if kind == "configurable":
            courses |= {(own, course)} if own in known else set()
        elif not is_voucher and (is_child or partner or has_day) and partner in known:
            courses.add((partner, course))
            salable = max(0, int(left))
            dates[partner, product] = salable, salable + sold.get(product, 0)
    return courses, dates


def _now(state: str, participants: int) -> str:
    if state in GONE_STATES or participants <= 0:
        return "cancelled"
    if state in UNPAID_STATES:
        return "unpaid"
    return "live" if state in LIVE_STATES else "held"


def _statement(prefix: str, partner_type: str) -> str:
    return _filled(_ROWS, prefix, partner_type)


def _filled(statement: str, prefix: str, partner_type: str) -> str:
    def value(kind: str, code: str, of: str) -> str:
        return _VALUE.format(p=prefix, kind=kind, code=code, of=of)

    partners = [f"NULLIF(TRIM({value(partner_type, 'partner_id', of)}), '')" for of in "dc"]
    return statement.format(
        p=prefix,
        voucher=f"COALESCE({value('int', 'is_voucher', 'd')}, {value('int', 'is_voucher', 'c')}, 0) <> 0",
        partner=f"COALESCE({partners[0]}, {partners[1]}, '')",
        course_partner=f"COALESCE({partners[0]}, '')",
        event_date=f"COALESCE({value('datetime', 'event_date', 'd')}, {value('datetime', 'event_date', 'c')})",
    )


def main(url: str, partners_csv: str, start_at: str) -> None:
    from generate import connect  # noqa: PLC0415 -- the neighbor, when this runs as a script

    with open(partners_csv, encoding="utf-8") as source:
        values = {row["partner_id"] for row in csv.DictReader(source)}
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        start = datetime.fromisoformat(start_at)
        counts = expected_counts(cursor, values, start if start.tzinfo else start.replace(tzinfo=UTC))
    for name, count in counts.items():
        print(f"{name:14s}{count:>10,}")


if __name__ == "__main__":
    main(*sys.argv[1:])
