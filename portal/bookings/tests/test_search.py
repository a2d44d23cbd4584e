"""Search: as people remember names, never across partners, never a name that the page hides."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from portal.bookings import search
from portal.bookings.models import Booking, Customer
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON
from portal.core import tenancy


def named(partner, first_name: str, last_name: str, **values) -> Booking:
    booking = make_booking(partner, **values)
    Customer.objects.filter(pk=booking.customer_id).update(first_name=first_name, last_name=last_name)
    return booking


def found(text: str, at=NOON) -> set[int]:
    return set(search.booking_ids(text, at=at))


@pytest.fixture
def as_ada(adas_partner):
    """In the scope of Ada's partner; arranging goes on being possible."""
    with tenancy.scope(partner_ids=[adas_partner.pk]):
        yield adas_partner


SPELLINGS = [
    "Müller",
    "müller",
    "MÜLLER",
    "Mueller",
    "Muller",
    "müll",
    "muell",
    "ÜLL",
    "ller",
    "Mu\u0308ller",
]


@pytest.mark.parametrize("asked", SPELLINGS)
@pytest.mark.parametrize("name", ["Müller", "Mueller", "Muller", "Mu\u0308ller"])
def test_all_spellings_of_an_umlaut_find_one_another(as_ada, name, asked):
    booking = named(as_ada, "Jo", name)

    assert found(asked) == {booking.pk}


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Groß", "gross"),
        ("Gross", "Groß"),
        ("René", "rene"),
        ("Łukasz", "lukasz"),
        ("Bjørn", "bjorn"),
        ("Bjørn", "björn"),
        ("Manuel", "manuel"),
        ("Manuel", "nuel"),
        ("O'Neill", "o'neill"),
        ("Anna-Lena", "anna lena"),
        ("Дарья", "дарь"),
    ],
)
def test_accents_sharp_s_and_marks_make_no_difference(as_ada, name, asked):
    booking = named(as_ada, "Jo", name)
    named(as_ada, "Jo", "Zyx")

    assert found(asked) == {booking.pk}


@pytest.mark.parametrize("asked", ["Schmitd", "Shmidt", "Schmmidt", "Schmadt", "chmidt", "Schmidtt"])
def test_one_typing_error_is_forgiven(as_ada, asked):
    booking = named(as_ada, "Anna", "Schmidt")
    named(as_ada, "Anna", "Wagner")

    assert found(asked) == {booking.pk}
    assert found(f"anna {asked}") == {booking.pk}


@pytest.mark.parametrize("asked", ["Scmitd", "Wagenknecht", "Schm1td7", "Kuk"])
def test_two_errors_are_another_name(as_ada, asked):
    named(as_ada, "Anna", "Schmidt")
    named(as_ada, "Kim", "Kuh")

    assert found(asked) == set()


def test_what_matches_exactly_drags_in_no_neighbour(as_ada):
    exact = named(as_ada, "Anna", "Meier")
    named(as_ada, "Anna", "Maier")
    named(as_ada, "Anna", "Meter")

    assert found("meier") == {exact.pk}


def test_every_word_has_to_match(as_ada):
    both = named(as_ada, "Anna", "Müller")
    named(as_ada, "Anna", "Weber")

    assert found("müller anna") == {both.pk}
    assert found("müller berta") == set()


def test_one_or_two_letters_mean_a_beginning(as_ada):
    booking = named(as_ada, "Anna", "Weber")
    named(as_ada, "Susanna", "Becker")

    assert found("an") == {booking.pk}
    assert found("w") == {booking.pk}


def test_an_order_number_is_found_by_any_part_but_with_no_error(as_ada):
    booking = make_booking(as_ada, magento_order_increment_id="DE-000123456")
    make_booking(as_ada, magento_order_increment_id="DE-000987654")

    assert found("DE-000123456") == found("123456") == found("000123") == found("de 0001") == {booking.pk}
    assert found("000123457") == set()
    assert found(f"000123456 {booking.customer.last_name}") == {booking.pk}


@pytest.mark.parametrize(
    "text", ["", "  ", "%", "_", "---", "'", "\\", "%s", "$1", "{}", "NULL", "x' OR true --", "😀"]
)
def test_marks_find_nothing_and_break_nothing(as_ada, text):
    make_booking(as_ada)

    assert found(text) == set()


# --- Whose


def test_a_partner_finds_only_its_own(adas_partner, eves_partner):
    hers, others = named(adas_partner, "Anna", "Müller"), named(eves_partner, "Anna", "Müller")

    with tenancy.scope(partner_ids=[adas_partner.pk]):
        assert found("müller") == {hers.pk}
        assert found(others.order_number) == set()
    with tenancy.scope():
        assert found("müller") == set()


def test_staff_find_everybodys(adas_partner, eves_partner):
    bookings = {named(partner, "Anna", "Müller").pk for partner in (adas_partner, eves_partner)}

    assert found("müller") == found("mullre") == bookings


def test_nobody_writes_to_what_is_searched_but_the_triggers(adas_partner):
    make_booking(adas_partner)

    for statement in ("UPDATE {} SET words = ''", "DELETE FROM {}"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.format("miomente_partner_portal_booking_search"))


# --- Faded and erased


def test_a_partner_finds_a_faded_booking_by_its_number_alone(adas_partner):
    booking = named(adas_partner, "Anna", "Müller", starts_at=NOON)
    last_day, day_after = NOON + timedelta(days=29), NOON + timedelta(days=30)

    with tenancy.scope(partner_ids=[adas_partner.pk]):
        assert found("müller", at=last_day) == found("mullre", at=last_day) == {booking.pk}
        assert found("müller", at=day_after) == found("mullre", at=day_after) == set()
        assert found(booking.order_number, at=day_after) == {booking.pk}
        assert found(f"{booking.order_number} anna", at=day_after) == set()


def test_staff_find_a_faded_booking_by_name(adas_partner):
    booking = named(adas_partner, "Anna", "Müller", starts_at=NOON)

    assert found("müller", at=NOON + timedelta(days=400)) == {booking.pk}


def test_a_booking_without_a_date_does_not_fade(as_ada):
    booking = named(as_ada, "Anna", "Müller", starts_at=None)

    assert found("müller", at=NOON + timedelta(days=400)) == {booking.pk}


@pytest.mark.parametrize("left", [{}, {"first_name": "", "last_name": ""}])
def test_an_erased_customer_is_found_by_no_name(adas_partner, left):
    booking = named(adas_partner, "Anna", "Müller")

    Customer.objects.filter(pk=booking.customer_id).update(erased_at=NOON, **left)

    assert found("müller") == found("anna") == set()
    assert found(booking.order_number) == {booking.pk}


# --- Kept fresh


def test_what_is_searched_follows_every_change(adas_partner, eves_partner):
    booking = named(adas_partner, "Anna", "Müller")

    Customer.objects.filter(pk=booking.customer_id).update(last_name="Weber")
    assert (found("müller"), found("weber")) == (set(), {booking.pk})

    Booking.objects.filter(pk=booking.pk).update(
        magento_order_increment_id="777000777", starts_on=NOON.date() - timedelta(days=99)
    )
    assert found("777000777") == {booking.pk}
    with tenancy.scope(partner_ids=[adas_partner.pk]):
        assert found("weber") == set()

    Booking.objects.filter(pk=booking.pk).update(partner=eves_partner)
    with tenancy.scope(partner_ids=[eves_partner.pk]):
        assert found("777000777") == {booking.pk}


def test_bookings_written_in_bulk_are_found(adas_partner):
    first = make_booking(adas_partner, magento_order_increment_id="BULK-1")
    copies = []
    for number in (2, 3):
        copy = Booking.objects.get(pk=first.pk)
        copy.pk, copy.magento_order_item_id = None, 77_000 + number
        copy.magento_order_increment_id, copy.confirmation_token = f"BULK-{number}", None
        copies.append(copy)

    made = Booking.objects.bulk_create(copies)

    assert found("bulk") == {first.pk, *(booking.pk for booking in made)}


def test_a_search_is_bounded_for_staff_to_the_newest_dates(adas_partner, monkeypatch):
    monkeypatch.setattr(search, "MOST_FOUND_BY_STAFF", 2)
    made = [make_booking(adas_partner, starts_at=NOON + timedelta(days=day)).pk for day in (1, 9, 5)]

    assert search.booking_ids("müller", at=NOON) == [made[1], made[2]]
