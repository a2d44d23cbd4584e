"""A date follows the shop field by field: what a partner has edited stays until the shop itself changes that field.

The one place for it, for the catalog and for orders alike. Once the catalog has been read of a date, orders say nothing
of it any more (`told_by_orders`): they describe it as the customer's store view does, and the two would take turns.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.dates.clockwork import starting_moment
from portal.dates.models import CourseDate

# What the shop may say of a date.
FACTS = ("starts_on", "starts_time", "ends_time", "duration_minutes", "location", "price_cents")
_START = {"starts_on", "starts_time"}
_LONGEST_LOCATION = 300
# A year. What claims to take longer is no duration.
_LONGEST_MINUTES = 366 * 24 * 60


def follow_shop(row: CourseDate, facts: Mapping[str, Any], *, at: datetime) -> set[str]:
    """Take over those facts that differ from what the shop said last, and keep what it says now.

    :param facts: values by the names of FACTS; what is left out is not known to the shop
    :returns: the columns to save; empty when the shop says nothing new. What people notice of it is `news_of`
    """
    new = new_facts(row, facts)
    if not new:
        return set()
    row.shop_facts = {**row.shop_facts, **{name: _kept(value) for name, value in new.items()}}
    changed = {name for name, value in new.items() if getattr(row, name) != value}
    for name in changed:
        setattr(row, name, new[name])
    # A start counts as changed even where a partner was faster: who booked meanwhile was sold the former one.
    columns = {"shop_facts", *changed, *(new.keys() & _START)}
    if not changed:
        return columns
    row.updated_at = at
    return columns | {"updated_at"} | (_follow_start(row) if changed & _START else set())


def new_facts(row: CourseDate, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Those facts that the shop has not said before."""
    said = {name: _fitting(name, value) for name, value in facts.items()}
    known = row.shop_facts
    return {name: value for name, value in said.items() if name not in known or known[name] != _kept(value)}


def news_of(columns: set[str]) -> list[str]:
    """The changes among these columns that people notice."""
    return sorted(columns & {*FACTS, "capacity", "shop_state"})


def told_by_orders(row: CourseDate, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Which of its facts an order may tell of a date: everything but the price until the catalog has been read of it.

    The price only once, and only while the catalog does not say one: orders of one date are sold at different prices.
    """
    told = {**facts} if row.shop_read_at is None else {}
    told.pop("price_cents", None)
    if facts.get("price_cents") is not None and row.shop_facts.get("price_cents") is None:
        told["price_cents"] = facts["price_cents"]
    return told


def _follow_start(row: CourseDate) -> set[str]:
    row.starts_at = starting_moment(row.starts_on, row.starts_time, row.time_zone)
    # Nobody has a date in the calendar that is only being made.
    row.sequence += not row._state.adding
    return {"starts_at", "sequence"}


def _fitting(name: str, value: Any) -> Any:
    """As the column can hold it: odd values in the shop must not keep a date out."""
    if name == "location":
        return value[:_LONGEST_LOCATION]
    if name == "duration_minutes" and value is not None and value > _LONGEST_MINUTES:
        return None
    return value


def _kept(value: Any) -> Any:
    """As JSON keeps it."""
    return value.isoformat() if hasattr(value, "isoformat") else value
