"""What keeps the portal from reading a shop as it should, said in sentences to the people who run it."""

from collections.abc import Iterator
from datetime import datetime, time

from portal.integrations.shop import ShopUnavailable, ShopUnreadable, queries
from portal.integrations.shop.catalog import read_attributes, read_configuration
from portal.integrations.shop.database import Obstacle, Session, ShopDatabase
from portal.integrations.shop.found import Zones
from portal.integrations.shop.parsing import clock_time, wall_clock

_VALUE_TABLES = "catalog_product_entity_"
# Fewer dates than this prove nothing.
_ENOUGH_DATES = 3


def find_problems(database: ShopDatabase, codes: dict[str, str], zones: Zones) -> list[str]:
    try:
        with database.session() as session:
            # The rest would only repeat what the tables already say.
            problems = list(_schema_problems(session)) or [
                *_attribute_problems(session, codes),
                *_zone_problems(session, codes, zones),
                *_stock_problems(session),
            ]
        return problems + list(_right_problems(database))
    except (ShopUnavailable, ShopUnreadable) as error:
        return [str(error)]


def _schema_problems(session: Session) -> Iterator[str]:
    if _is_missing(session, "sales_order") and _is_missing(session, "catalog_product_entity"):
        yield (
            "The shop's database holds none of Magento's tables under the expected names. "
            "Check the database's name and MAGENTO_TABLE_PREFIX."
        )
        return
    is_commerce = _obstacle(session, "catalog_product_entity_varchar", "row_id") is None
    if is_commerce:
        yield (
            "This is Adobe Commerce with content staging: its products are kept by row_id. "
            "The portal does not support that yet."
        )
    for table, columns in queries.READ_COLUMNS.items():
        if not (is_commerce and table.startswith(_VALUE_TABLES)):
            yield from _table_problems(session, table, columns)


def _is_missing(session: Session, table: str) -> bool:
    return _obstacle(session, table, "1") is Obstacle.NO_TABLE


def _table_problems(session: Session, table: str, columns: str) -> Iterator[str]:
    obstacle = _obstacle(session, table, ", ".join(columns.split()))
    if obstacle is Obstacle.NO_TABLE:
        yield f"The shop's database has no table {table}."
    elif obstacle is Obstacle.NO_RIGHT:
        yield f"The database user may not read {table}: grant SELECT on it."
    elif obstacle is Obstacle.NO_COLUMN:
        missing = [
            column for column in columns.split() if _obstacle(session, table, column) is Obstacle.NO_COLUMN
        ]
        yield f"The shop's table {table} has no column {', '.join(missing)}."
    elif obstacle:
        yield f"The shop's table {table} cannot be read."


def _stock_problems(session: Session) -> Iterator[str]:
    problems = [
        problem
        for table, columns in queries.STOCK_COLUMNS.items()
        for problem in _table_problems(session, table, columns)
    ]
    if problems:
        yield " ".join(
            [*problems, "Until then the portal does not know how many seats the shop still sells."]
        )


def _obstacle(session: Session, table: str, columns: str) -> Obstacle | None:
    return session.obstacle(queries.PROBE.replace("<columns>", columns).replace("<table>", table))


def _attribute_problems(session: Session, codes: dict[str, str]) -> Iterator[str]:
    known = read_attributes(session, codes)
    for name, code in codes.items():
        if name not in known:
            yield (
                f"The shop has no readable product attribute “{code}”. "
                f"Create it, or name the right one in MAGENTO_{name.upper()}_ATTRIBUTE."
            )


def _zone_problems(session: Session, codes: dict[str, str], zones: Zones) -> Iterator[str]:
    shop_zone = read_configuration(session).get(("default", 0, "general/locale/timezone"))
    # A missing row means nothing: the shop's files may hold the value instead.
    if shop_zone and shop_zone != zones.shown.key:
        yield f"The shop's own time zone is {shop_zone}, but the portal shows times in {zones.shown.key}."
    if zones.event_dates.key not in ("UTC", zones.shown.key):
        yield (
            f"MAGENTO_EVENT_DATE_ZONE is {zones.event_dates.key}. "
            f"Event dates are stored either in UTC or in {zones.shown.key}."
        )
    elif _are_event_times_shifted(session, codes, zones):
        yield (
            f"MAGENTO_EVENT_DATE_ZONE is {zones.event_dates.key}, but most event dates then differ from "
            "their own start times. Compare one date with the shop and correct the setting."
        )


def _are_event_times_shifted(session: Session, codes: dict[str, str], zones: Zones) -> bool:
    attributes = read_attributes(session, codes)
    on, at = attributes.get("event_date"), attributes.get("event_time")
    if not on or not at or not on.table.endswith("datetime") or not at.table.endswith("varchar"):
        return False
    compared = [
        wall_clock(stored, stored_in=zones.event_dates, shown_in=zones.shown)[1] == clock_time(said)
        for stored, said in session.rows(queries.EVENT_TIMES, [at.attribute_id, on.attribute_id])
        if isinstance(stored, datetime) and stored.time() != time() and clock_time(said)
    ]
    return len(compared) >= _ENOUGH_DATES and sum(compared) * 2 < len(compared)


def _right_problems(database: ShopDatabase) -> Iterator[str]:
    rights = database.rights_beyond_reading()
    if rights:
        yield (
            f"The shop's database user may do more than read ({', '.join(rights)}). "
            "Give the portal a user with SELECT only."
        )
