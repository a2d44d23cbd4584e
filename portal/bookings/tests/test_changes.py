"""`updatedSince`: whoever reads on from its cursor sees every change, in whatever order transactions end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import psycopg
import pytest
from django.db import connection, connections

from portal.bookings import operations
from portal.bookings.changes import Cursor, forget_other_database
from portal.bookings.models import Booking, Customer
from portal.bookings.operations import By
from portal.bookings.tests.calling import BASE, assert_error, ids, program_of
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, make_member, make_partner
from portal.core import tenancy
from tests import database

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = "2000-01-01T00:00:00Z"


@pytest.fixture
def ada(transactional_db):
    with tenancy.system("tests"):
        return make_member(make_partner("Kochschule Ada", 1), "Ada", "owner")


@pytest.fixture
def program(ada, noon):
    return program_of(ada)


@pytest.fixture
def bookings(ada) -> list[int]:
    """Three, each of a transaction of its own."""
    return [add_booking(ada) for _ in range(3)]


def add_booking(ada) -> int:
    with tenancy.system("tests"):
        return make_booking(ada.memberships.get().partner).pk


def touch(pk: int) -> None:
    with tenancy.system("tests"):
        Booking.objects.filter(pk=pk).update(notes="changed")


def since(program, cursor: str, **parameters) -> tuple[list[int], str]:
    response = program.get(BASE, {"updatedSince": cursor, **parameters})
    return ids(response), response.json()["data"]["nextCursor"]


def test_from_a_moment_on_all_changes_come_in_their_order(program, bookings):
    touch(bookings[0])

    found, cursor = since(program, LONG_AGO)

    assert found == [bookings[1], bookings[2], bookings[0]]
    assert since(program, cursor)[0] == []


def test_from_a_cursor_on_only_what_changed_later(program, bookings, ada):
    _all, cursor = since(program, LONG_AGO)
    nothing, cursor = since(program, cursor)

    touch(bookings[1])
    added = add_booking(ada)

    assert nothing == []
    assert since(program, cursor)[0] == [bookings[1], added]


def test_page_by_page_each_comes_once(program, bookings):
    seen, cursor = [], LONG_AGO
    for _ in range(3):
        page, cursor = since(program, cursor, limit=2)
        seen += page

    assert seen == bookings


def test_bookings_of_one_transaction_are_paged_too(program, ada):
    with tenancy.system("tests"):
        together = [make_booking(ada.memberships.get().partner).pk for _ in range(3)]

    first, cursor = since(program, LONG_AGO, limit=2)

    assert first + since(program, cursor, limit=2)[0] == together


def test_a_decision_and_a_change_of_the_customer_are_changes(program, bookings, ada):
    _all, cursor = since(program, LONG_AGO)
    with tenancy.system("tests"):
        operations.confirm_booking(Booking.objects.get(pk=bookings[2]), by=By("portal", ada), at=NOON)
    with tenancy.system("tests"):
        Customer.objects.filter(bookings=bookings[0]).update(phone="0800")

    assert since(program, cursor)[0] == [bookings[2], bookings[0]]


def test_a_moment_after_all_changes_begins_with_the_next(program, bookings):
    nothing, cursor = since(program, "2999-01-01T00:00:00+01:00")
    touch(bookings[1])

    assert (nothing, since(program, cursor)[0]) == ([], [bookings[1]])


def test_a_transaction_that_ends_late_is_missed_by_nobody(program, bookings):
    _all, cursor = since(program, LONG_AGO)
    has_written, may_end = Event(), Event()

    def write_slowly() -> None:
        with tenancy.system("tests"):
            Booking.objects.filter(pk=bookings[0]).update(notes="slow")
            has_written.set()
            assert may_end.wait(20)
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(write_slowly)
        assert has_written.wait(20)
        touch(bookings[1])  # Begun later, ended earlier.
        meanwhile, next_cursor = since(program, cursor)
        may_end.set()
        slow.result()

    assert meanwhile == []
    assert since(program, next_cursor)[0] == [bookings[0], bookings[1]]


def test_another_partner_sees_none_of_it(bookings, noon):
    with tenancy.system("tests"):
        eve = make_member(make_partner("Töpferei Eva", 2), "Eve", "owner")

    assert since(program_of(eve), LONG_AGO)[0] == []


def test_filters_hold_and_the_counts_are_those_of_all(program, bookings, ada):
    with tenancy.system("tests"):
        operations.confirm_booking(Booking.objects.get(pk=bookings[2]), by=By("portal", ada), at=NOON)

    data = program.get(BASE, {"updatedSince": LONG_AGO, "status": "confirmed", "limit": 1}).json()["data"]

    assert [each["id"] for each in data["bookings"]] == [bookings[2]]
    assert data["pagination"] == {"page": 1, "limit": 1, "total": 1, "totalPages": 1}
    assert data["summary"] == {"pending": 2, "confirmed": 1, "declined": 0}


@pytest.mark.parametrize(
    "wrong",
    [
        *("yesterday", "2030-01-01", "2030-01-01T00:00:00", "0001-01-01T00:00:00+23:59"),
        *("12", "1-2-3", "-1-2", "9" * 19 + "-1"),
    ],
)
def test_what_is_neither_moment_nor_cursor_is_named(program, wrong):
    assert_error(program.get(BASE, {"updatedSince": wrong}), 422, "invalid", "updatedSince")


def test_a_page_together_with_a_cursor_is_named(program):
    assert_error(program.get(BASE, {"updatedSince": LONG_AGO, "page": 2}), 422, "invalid", "page")


def test_a_moment_is_the_time_of_a_change(program, bookings):
    for pk in bookings:
        touch(pk)
    with tenancy.system("tests"):
        changed_at = Booking.objects.get(pk=bookings[1]).updated_at

    assert since(program, changed_at.isoformat())[0] == bookings[1:]
    assert since(program, (changed_at + timedelta(microseconds=1)).isoformat())[0] == bookings[2:]


# --- A database that was restored from a copy of another server


def test_a_cursor_of_another_database_is_refused(program, bookings):
    assert_error(program.get(BASE, {"updatedSince": "900000000000-1"}), 422, "invalid", "updatedSince")


def test_bookings_that_come_from_a_later_server_count_as_changed_now(program, bookings, owner):
    _all, cursor = since(program, LONG_AGO)
    owner.execute("SET session_replication_role = replica")
    owner.execute(
        f"UPDATE {Booking._meta.db_table} SET changed_in = 900000000000 WHERE id = %s", [bookings[0]]
    )
    owner.execute("SET session_replication_role = origin")
    hidden, _cursor = since(program, LONG_AGO)

    with tenancy.system("tests"):
        forget_other_database()

    assert bookings[0] not in hidden
    assert since(program, cursor)[0] == [bookings[0]]


@pytest.fixture
def owner(db):
    name = connection.settings_dict["NAME"]
    with psycopg.connect(database.cluster.url(database.ADMIN_ROLE, name), autocommit=True) as admin:
        yield admin


def test_a_cursor_is_read_as_it_is_written():
    assert Cursor.read(str(Cursor(12, 34))) == Cursor(12, 34)
