"""The filters of every list: read once, nothing dropped silently."""

from datetime import date, timedelta

import pytest
from django.http import QueryDict

from portal.bookings import queries
from portal.bookings.filters import BookingFilters, read_filters
from portal.bookings.queries_lists import FilteredList
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON

STATUSES = "This has to be one of: all, pending, confirmed, declined, cancelled, expired, rebooked."


def read(query: str):
    return read_filters(QueryDict(query))


def test_every_filter_is_read():
    filters, problems = read(
        "status=pending&from=2030-05-01&to=2030-05-31&course_id=1001&payment=paid&search=+M%C3%BCller+"
    )

    assert problems == {}
    assert filters == BookingFilters(
        status="pending",
        from_on=date(2030, 5, 1),
        to_on=date(2030, 5, 31),
        course_id=1001,
        payment="paid",
        search="Müller",
    )


@pytest.mark.parametrize(
    "query", ["", "status=&from=&to=&course_id=&payment=&search=+", "page=3&unknown=x", "status=all"]
)
def test_what_is_empty_or_unknown_narrows_nothing(query):
    filters, problems = read(query)

    assert (filters, problems, filters.is_narrowing, filters.query()) == (BookingFilters(), {}, False, {})


@pytest.mark.parametrize(
    ("query", "name", "sentence"),
    [
        ("status=maybe", "status", STATUSES),
        ("from=01.05.2030", "from", "This has to be a day that exists, like 2030-12-31."),
        ("from=20300501", "from", "This has to be a day that exists, like 2030-12-31."),
        ("to=2030-02-30", "to", "This has to be a day that exists, like 2030-12-31."),
        ("to=0000-01-01", "to", "This has to be a day that exists, like 2030-12-31."),
        ("from=2030-05-02&to=2030-05-01", "to", "The last day lies before the first."),
        ("course_id=0", "course_id", "This has to be a whole number from 1 to 9223372036854775807."),
        ("course_id=9223372036854775808", "course_id", "This has to be a whole number from 1 to 9223372036854775807."),
        ("course_id=%D9%A3", "course_id", "This has to be a whole number from 1 to 9223372036854775807."),
        ("course_id=" + "9" * 5000, "course_id", "This has to be a whole number from 1 to 9223372036854775807."),
        ("payment=maybe", "payment", "This has to be one of: paid, partial, open, refunded, partially_refunded."),
        ("search=" + "x" * 101, "search", "This may be at most 100 characters long."),
        ("search=a%00b", "search", "This text has characters that cannot be kept."),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_a_sentence(query, name, sentence):
    assert read(query)[1] == {name: sentence}


def test_all_wrong_values_are_named_at_once_and_the_right_ones_kept():
    filters, problems = read("status=maybe&from=soon&course_id=x&search=M%C3%BCller")

    assert sorted(problems) == ["course_id", "from", "status"]
    assert filters == BookingFilters(search="Müller")


@pytest.mark.parametrize(
    "filters",
    [
        BookingFilters(),
        BookingFilters(status="expired", course_id=7),
        BookingFilters(from_on=date(2030, 1, 1), to_on=date(2030, 1, 1), payment="open", search="Ä & ö=?"),
    ],
)
def test_the_parameters_of_filters_are_read_as_the_same_filters(filters):
    query = QueryDict(mutable=True)
    query.update(filters.query())

    assert read_filters(QueryDict(query.urlencode())) == (filters, {})


def test_every_filter_narrows_and_all_of_them_together(adas_partner):
    soon = make_booking(adas_partner, starts_at=NOON + timedelta(days=1))
    late = make_booking(adas_partner, starts_at=NOON + timedelta(days=2))
    paid_later = make_booking(adas_partner, starts_at=NOON + timedelta(days=2), shop_payment_status="open")

    def found(**filters):
        bookings = list(BookingFilters(**filters).apply(queries.booking_list(adas_partner), at=NOON))
        listed = FilteredList(adas_partner.pk, BookingFilters(**filters), at=NOON)
        assert listed.bookings(start=0, limit=20) == bookings
        return [booking.pk for booking in bookings]

    assert found() == [paid_later.pk, late.pk, soon.pk]
    assert found(from_on=date(2030, 5, 3)) == [paid_later.pk, late.pk]
    assert found(to_on=date(2030, 5, 2)) == [soon.pk]
    assert found(course_id=late.course.magento_product_id) == [late.pk]
    assert found(payment="open") == [paid_later.pk]
    assert found(status="confirmed") == []
    assert found(search=f"müller {soon.order_number}") == [soon.pk]
    assert found(status="pending", from_on=date(2030, 5, 3), payment="paid", search="Müller") == [late.pk]


def test_the_counts_keep_all_filters_but_the_status(adas_partner):
    make_booking(adas_partner)
    make_booking(adas_partner, shop_payment_status="open")
    filters = BookingFilters(status="confirmed", payment="open")

    found = FilteredList(adas_partner.pk, filters, at=NOON)

    assert found.counts() == {"pending": 1}
    assert found.bookings(start=0, limit=20) == []
