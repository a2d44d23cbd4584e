import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from portal.integrations.shop import CatalogSource, OrderSource, ShopCourse, ShopPerson, embedded, magento
from portal.integrations.shop.tables import create_tables, statements
from portal.integrations.shop.writing import NewCourse, NewDate, OrderItem, ShopWriter
from tests.mariadb import MariaDB, mariadb_server  # noqa: F401 -- a fixture

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2030, 5, 1, 12, 0, tzinfo=UTC)
SATURDAY = datetime(2030, 6, 1, 18, 30, tzinfo=BERLIN)
SUNDAY = datetime(2030, 6, 2, 10, 0, tzinfo=BERLIN)
ADA = ShopPerson("Ada", "Weiß", "ada@example.com", "+49 89 99998 001")
STORED_NOON = NOON.replace(tzinfo=None)
ON_SATURDAY = "SUSHI-20300601-1830"
ON_SUNDAY = "SUSHI-20300602-1000"
DATABASE = "shop"
PASSWORD = "reads-only"


@dataclass
class Shop:
    """A shop to write into, and the source that reads it. Statements name tables like {sales_order}."""

    writer: ShopWriter
    source: OrderSource
    # "embedded", "mariadb" or "prefixed".
    kind: str

    def run(self, sql: str, *params: object) -> None:
        self.writer.rows.run(sql, *params)

    def value(self, sql: str, *params: object) -> Any:
        return self.writer.rows.rows(sql, *params)[0][0]

    def add_sushi(self, **changes: Any) -> Any:
        dates = (NewDate(SATURDAY, seats=10), NewDate(SUNDAY, seats=2))
        values = {
            "sku": "SUSHI",
            "name": "Sushi-Kurs",
            "partner": "10001",
            "price_cents": 8900,
            "dates": dates,
        }
        return self.writer.shelf.add_course(
            NewCourse(**{**values, "location": "Marktplatz 1, München", **changes}), at=NOON
        )

    def order(self, *skus: str, at: datetime = NOON, **how: Any) -> Any:
        """Two seats of each sku, for Ada."""
        items = [OrderItem(sku, 2) for sku in skus]
        return self.writer.place_order(items, ADA, at=at, **how)

    def read(self, placed: Any) -> Any:
        [order] = self.source.orders([placed.order_id])
        return order

    def source_of_settings(self) -> OrderSource:
        """A source as the settings are now."""
        return self._module.order_source.__wrapped__()

    @property
    def catalog(self) -> CatalogSource:
        """As the settings are now."""
        return self._module.catalog_source.__wrapped__()

    def offered(self) -> list[ShopCourse]:
        return [course for page in self.catalog.courses() for course in page]

    @property
    def _module(self) -> Any:
        return embedded if self.kind == "embedded" else magento

    def read_line(self, placed: Any) -> Any:
        [line] = self.read(placed).lines
        return line


@pytest.fixture(
    params=[
        "embedded",
        pytest.param("mariadb", marks=pytest.mark.mariadb),
        pytest.param("prefixed", marks=pytest.mark.mariadb),
    ]
)
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """Set up, with an empty catalog."""
    opened = request.getfixturevalue(
        "embedded_shop" if request.param == "embedded" else f"{request.param}_shop"
    )
    opened.writer.shelf.set_up(at=NOON)
    return opened


@pytest.fixture
def embedded_shop(db: None) -> Iterator[Shop]:
    with connection.cursor() as cursor:
        yield Shop(embedded.shop_writer(cursor), embedded.order_source.__wrapped__(), "embedded")


@pytest.fixture
def mariadb_shop(mariadb_database: MariaDB, settings: Any) -> Iterator[Shop]:
    with _magento_shop(mariadb_database, settings, "") as opened:
        yield opened


@pytest.fixture
def prefixed_shop(mariadb_database: MariaDB, settings: Any) -> Iterator[Shop]:
    with _magento_shop(mariadb_database, settings, "mag_") as opened:
        yield opened


@contextlib.contextmanager
def _magento_shop(server: MariaDB, settings: Any, prefix: str) -> Iterator[Shop]:
    settings.MAGENTO_DATABASE_URL = server.url(DATABASE, "portal_reader", PASSWORD)
    settings.MAGENTO_TABLE_PREFIX = prefix
    with server.connection(DATABASE) as cursor:
        empty_tables(cursor, prefix)
        writer = ShopWriter(cursor, "mysql", prefix=prefix, codes=settings.MAGENTO_ATTRIBUTES, zone=BERLIN)
        yield Shop(writer, magento.order_source.__wrapped__(), "prefixed" if prefix else "mariadb")


def empty_tables(cursor: Any, prefix: str = "") -> None:
    """Much faster than making them anew, which MariaDB does file by file."""
    for statement in statements("mysql", prefix):
        cursor.execute(f"DELETE FROM {statement.split('`')[1]}")


@pytest.fixture(scope="session")
def mariadb_database(mariadb_server: MariaDB) -> MariaDB:  # noqa: F811
    mariadb_server.create_database(DATABASE)
    with mariadb_server.connection(DATABASE) as cursor:
        for prefix in ("", "mag_"):
            create_tables(cursor, "mysql", prefix)
    mariadb_server.create_user("portal_reader", PASSWORD, [f"SELECT ON {DATABASE}.*"])
    return mariadb_server
