"""What only a real server shows: rights, zones, time limits, and who may do what at the same time."""

import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta

import pytest

from portal.integrations.shop import ShopUnavailable, ShopUnreadable, magento
from portal.integrations.shop.queries import READ_COLUMNS, STOCK_COLUMNS
from portal.integrations.shop.tests.conftest import (
    ADA,
    BERLIN,
    DATABASE,
    NOON,
    ON_SATURDAY,
    PASSWORD,
    SATURDAY,
)
from portal.integrations.shop.writing import NewDate, NotSalable, OrderItem, ShopWriter

pytestmark = pytest.mark.mariadb


@pytest.fixture
def shop(mariadb_shop):
    mariadb_shop.writer.shelf.set_up(at=NOON)
    return mariadb_shop


def source(settings, url, prefix=""):
    settings.MAGENTO_DATABASE_URL = url
    settings.MAGENTO_TABLE_PREFIX = prefix
    return magento.order_source.__wrapped__()


def test_times_are_right_although_the_server_lives_in_another_zone(shop, mariadb_server):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    with mariadb_server.connection() as admin:
        admin.execute("SET GLOBAL time_zone = '+05:00'")
        try:
            order = shop.read(placed)
            found = [page[0].order_id for page in shop.source.changed_since(NOON)]
            clock = shop.source.clock()
            admin.execute("SELECT UTC_TIMESTAMP()")
            [(now,)] = admin.fetchall()
        finally:
            admin.execute("SET GLOBAL time_zone = '+00:00'")

    assert (order.created_at, order.updated_at, found) == (NOON, NOON, [placed.order_id])
    assert abs(clock.replace(tzinfo=None) - now) < timedelta(seconds=5)


def test_emoji_and_umlauts_survive(shop):
    shop.add_sushi()

    placed = shop.writer.place_order([OrderItem(ON_SATURDAY, 1, note="Überraschung 🎂")], ADA, at=NOON)
    shop.run("UPDATE {sales_order} SET customer_note = 'Größe M 🎂'")

    order = shop.read(placed)
    assert (order.lines[0].notes, order.note) == (
        "Hinweise an den Veranstalter: Überraschung 🎂",
        "Größe M 🎂",
    )


def test_check_names_tables_the_user_may_not_read(shop, mariadb_server, settings):
    tables = [row[0] for row in shop.writer.rows.rows("SHOW TABLES") if not row[0].startswith("mag_")]
    hidden = {"sales_order_payment", "sales_creditmemo"}
    grants = [f"SELECT ON {DATABASE}.{table}" for table in tables if table not in hidden]
    mariadb_server.create_user("half_blind", PASSWORD, grants)

    half_blind = source(settings, mariadb_server.url(DATABASE, "half_blind", PASSWORD))

    assert half_blind.check() == [
        "The database user may not read sales_order_payment: grant SELECT on it.",
        "The database user may not read sales_creditmemo: grant SELECT on it.",
    ]
    with pytest.raises(ShopUnreadable, match="sales_creditmemo"):
        list(half_blind.changed_since(NOON))


def test_rights_on_the_columns_we_name_are_enough(shop, mariadb_server, settings):
    grants = [
        f"SELECT ({', '.join(columns.split())}) ON {DATABASE}.{table}"
        for table, columns in {**READ_COLUMNS, **STOCK_COLUMNS}.items()
    ]
    mariadb_server.create_user("narrow", PASSWORD, grants)
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    shop_catalog = list(shop.catalog.courses())

    narrow = source(settings, mariadb_server.url(DATABASE, "narrow", PASSWORD))

    assert narrow.check() == []
    assert narrow.orders([placed.order_id]) == shop.source.orders([placed.order_id])
    assert [len(page) for page in narrow.changed_since(NOON)] == [1]
    assert list(magento.catalog_source.__wrapped__().courses()) == shop_catalog


def test_without_the_tables_of_the_stock_only_the_free_seats_are_unknown(shop, mariadb_server, settings):
    grants = [
        f"SELECT ({', '.join(columns.split())}) ON {DATABASE}.{table}"
        for table, columns in READ_COLUMNS.items()
    ]
    mariadb_server.create_user("counts_nothing", PASSWORD, grants)
    shop.add_sushi()
    shop.order(ON_SATURDAY)
    every = source(settings, mariadb_server.url(DATABASE, "counts_nothing", PASSWORD))
    catalog = magento.catalog_source.__wrapped__()

    assert every.check() == [
        "The database user may not read inventory_source_item: grant SELECT on it. "
        "The database user may not read inventory_reservation: grant SELECT on it. "
        "Until then the portal does not know how many seats the shop still sells."
    ]
    assert [[each.salable for each in course.dates] for [course] in catalog.courses()] == [[None, None]]
    assert catalog.stock_of([ON_SATURDAY]) == {}
    assert [len(page) for page in every.changed_since(NOON)] == [1]


def test_check_asks_for_a_user_that_only_reads(shop, mariadb_server, settings):
    grants = [f"SELECT ON {DATABASE}.*", f"INSERT, UPDATE (state, status) ON {DATABASE}.sales_order"]
    mariadb_server.create_user("writer", PASSWORD, grants)

    writing = source(settings, mariadb_server.url(DATABASE, "writer", PASSWORD))

    assert writing.check() == [
        "The shop's database user may do more than read (INSERT, UPDATE). "
        "Give the portal a user with SELECT only."
    ]


def test_the_source_cannot_write_whoever_its_user_is(shop, mariadb_server, settings):
    everything = source(settings, mariadb_server.url(DATABASE))

    with everything._database.session() as session, pytest.raises(ShopUnavailable, match="1792"):
        session.rows("DELETE FROM {sales_order}")


def test_check_recognizes_adobe_commerce(shop, settings, mariadb_server):
    mariadb_server.create_database("commerce")
    with mariadb_server.connection("commerce") as admin:
        admin.execute("SHOW TABLES FROM shop WHERE Tables_in_shop NOT LIKE 'mag%'")
        for (table,) in admin.fetchall():
            admin.execute(f"CREATE TABLE {table} LIKE shop.{table}")
            if table.startswith("catalog_product_entity_"):
                admin.execute(f"ALTER TABLE {table} CHANGE entity_id row_id int unsigned NOT NULL")
    mariadb_server.create_user("commerce_reader", PASSWORD, ["SELECT ON commerce.*"])

    commerce = source(settings, mariadb_server.url("commerce", "commerce_reader", PASSWORD))

    assert commerce.check() == [
        "This is Adobe Commerce with content staging: its products are kept by row_id. "
        "The portal does not support that yet."
    ]


def test_check_names_missing_columns(shop):
    shop.run("ALTER TABLE {sales_order_item} RENAME COLUMN price_incl_tax TO something_else")
    try:
        assert shop.source.check() == ["The shop's table sales_order_item has no column price_incl_tax."]
    finally:
        shop.run("ALTER TABLE {sales_order_item} RENAME COLUMN something_else TO price_incl_tax")


def test_check_doubts_the_prefix_when_no_table_is_there(shop, mariadb_server, settings):
    url = mariadb_server.url(DATABASE, "portal_reader", PASSWORD)

    assert source(settings, url, "wrong_").check() == [
        "The shop's database holds none of Magento's tables under the expected names. "
        "Check the database's name and MAGENTO_TABLE_PREFIX."
    ]


@pytest.mark.parametrize(
    ("user", "password", "database", "sentence"),
    [
        ("portal_reader", "wrong", DATABASE, "The shop's database refuses the user or the password."),
        ("portal_reader", PASSWORD, "nothing", "The shop's database user has no access to this database."),
        ("root", "", "nothing", "The shop's database server has no database of this name."),
    ],
)
def test_a_refusal_is_said_in_a_sentence(shop, mariadb_server, settings, user, password, database, sentence):
    refused = source(settings, mariadb_server.url(database, user, password))

    assert refused.check() == [sentence]
    with pytest.raises(ShopUnreadable, match=sentence):
        refused.clock()


def test_a_server_that_is_gone_is_unavailable(settings):
    gone = source(settings, "mysql://portal@127.0.0.1:1/shop")

    assert gone.check() == ["The shop's database does not answer (2003)."]
    with pytest.raises(ShopUnavailable):
        list(gone.all_orders())


def test_a_server_that_takes_too_long_is_unavailable(shop, monkeypatch):
    monkeypatch.setattr(magento, "READ_TIMEOUT_SECONDS", 1)

    with shop.source._database.session() as session, pytest.raises(ShopUnavailable):
        session.rows("SELECT SLEEP(3)")


def test_the_settings_may_name_host_and_user_one_by_one(shop, mariadb_server, settings):
    settings.MAGENTO_DATABASE_URL = ""
    settings.MAGENTO_DB = {
        "unix_socket": str(mariadb_server.path),
        "user": "portal_reader",
        "password": PASSWORD,
        "database": DATABASE,
    }

    assert magento.order_source.__wrapped__().check() == []


def test_a_url_is_taken_apart_for_the_driver():
    url = "mysql://portal%40shop:p%2Fw@db.example.com:3307/magento?ssl_ca=/etc/ca.pem&charset=latin1"

    assert magento.connection_options(url) == {
        "host": "db.example.com",
        "port": 3307,
        "user": "portal@shop",
        "password": "p/w",
        "database": "magento",
        "ssl_ca": "/etc/ca.pem",
    }
    assert magento.connection_options("") == {}


def test_several_threads_read_at_the_same_time(shop):
    shop.add_sushi(dates=[NewDate(SATURDAY, seats=100)])
    placed = [shop.order(ON_SATURDAY).order_id for _ in range(20)]
    found = []

    def read():
        found.append([order.order_id for page in shop.source.all_orders(limit=3) for order in page])

    together(read, read, read, read)

    assert found == [placed] * 4


def test_the_last_seat_is_sold_once(shop, mariadb_server):
    shop.add_sushi(dates=[NewDate(SATURDAY, seats=3)])
    results = []

    def order():
        with mariadb_server.connection(DATABASE) as cursor:
            writer = ShopWriter(cursor, "mysql", codes=shop.writer.shelf.codes, zone=BERLIN)
            cursor.execute("BEGIN")
            try:
                results.append(writer.place_order([OrderItem(ON_SATURDAY, 1)], ADA, at=NOON).number)
                cursor.execute("COMMIT")
            except NotSalable:
                results.append("sold out")

    together(*[order] * 6)

    assert Counter(results)["sold out"] == 3
    assert len(set(results)) == 4


def test_the_driver_stays_out_of_the_protocol():
    code = "import sys, portal.integrations.shop; sys.exit('pymysql' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def together(*works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
