"""The list of bookings: what presses comes first, and what narrows the list stays in its address."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings import operations
from portal.bookings.models import Booking, Customer
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.pages import HTMX, LIST, confirm, decline, is_fragment, url
from portal.conftest import NOON

pytestmark = pytest.mark.usefixtures("noon")


def rows(response) -> list[int]:
    return [card.pk for card in response.context["page"]]


def waiting(response) -> list[int]:
    return [card.pk for card in response.context["pending"]]


def with_customer(partner, first_name: str, last_name: str, **values) -> Booking:
    booking = make_booking(partner, **values)
    booking.customer.first_name, booking.customer.last_name = first_name, last_name
    booking.customer.save()
    return booking


# --- What waits


def test_what_waits_comes_by_deadline_and_what_is_overdue_first(ada_client, adas_partner):
    later = make_booking(adas_partner, starts_at=NOON + timedelta(days=30))
    soon = make_booking(adas_partner, starts_at=NOON + timedelta(hours=30))
    due = make_booking(adas_partner, escalate_at=NOON + timedelta(hours=20))
    overdue = make_booking(adas_partner, escalated_at=NOON - timedelta(hours=1))
    unknown = make_booking(adas_partner, starts_at=None)

    assert waiting(ada_client.get(LIST)) == [each.pk for each in (overdue, due, soon, later, unknown)]


@pytest.mark.parametrize(
    ("values", "words", "is_high"),
    [
        ({"starts_at": NOON + timedelta(hours=3, minutes=59)}, "Today, 3 hours left", True),
        ({"starts_at": NOON + timedelta(hours=1)}, "Today, 1 hour left", True),
        ({"starts_at": NOON + timedelta(minutes=59)}, "Today, 59 minutes left", True),
        ({"starts_at": NOON + timedelta(seconds=1)}, "Today, 1 minute left", True),
        ({"starts_at": NOON + timedelta(hours=14)}, "Tomorrow", True),
        ({"escalate_at": NOON + timedelta(hours=24)}, "24 hours left to answer", False),
        ({"escalate_at": NOON + timedelta(hours=24, seconds=1)}, None, False),
        ({"escalate_at": NOON}, "Overdue", True),
        ({"escalated_at": NOON}, "Overdue: our team will call you", True),
        ({"reminder_count": 1}, "We have reminded you", False),
        ({}, None, False),
    ],
)
def test_what_presses_is_said_in_words(ada_client, adas_partner, values, words, is_high):
    make_booking(adas_partner, **values)

    response = ada_client.get(LIST)

    found = re.search(r'class="urgency( is-high)?">.*?</svg>([^<]*)</span>', response.text)
    assert (found and found[2]) == words
    assert bool(found and found[1]) == is_high


def test_an_answered_booking_presses_no_more(ada, ada_client, adas_partner):
    confirm(make_booking(adas_partner, starts_at=NOON + timedelta(hours=3)), ada)

    assert 'class="urgency' not in ada_client.get(LIST).text


def test_of_more_than_50_the_most_urgent_ones_wait_on_top_and_the_rest_is_one_click_away(
    ada_client, adas_partner
):
    made = [make_booking(adas_partner, starts_at=NOON + timedelta(days=number)) for number in range(1, 53)]

    response = ada_client.get(LIST)

    assert waiting(response) == [each.pk for each in made[:50]]
    assert (response.context["pending_count"], response.context["has_more_pending"]) == (52, True)
    assert "These are the 50 most urgent ones." in response.text
    assert len(rows(ada_client.get(f"{LIST}?status=pending&page=3"))) == 12


# --- How each status looks


def test_every_status_has_its_colour_and_says_in_words_how_it_stands(ada, ada_client, adas_partner):
    statuses = ("pending", "confirmed", "declined", "cancelled", "expired")
    bookings = dict(zip(statuses, (make_booking(adas_partner) for _ in statuses), strict=True))
    confirm(bookings["confirmed"], ada)
    decline(bookings["declined"], ada)
    operations.cancel_booking(bookings["cancelled"], at=NOON)
    Booking.objects.filter(pk=bookings["expired"].pk).update(status="expired")

    text = ada_client.get(LIST).text

    cards = {status: article(text, f"row-{booking.pk}") for status, booking in bookings.items()}
    assert [f'data-tone="{status}"' in card for status, card in cards.items()] == [True] * 5
    assert {status: badge(card) for status, card in cards.items()} == {
        "pending": ("clock", "Waiting for your answer"),
        "confirmed": ("circle-check", "Confirmed on Wed 1 May"),
        "declined": ("circle-x", "Declined: Date no longer available"),
        "cancelled": ("ban", "Cancelled by the customer on Wed 1 May"),
        "expired": ("hourglass", "Not answered in time"),
    }


def article(text: str, id: str) -> str:
    return re.search(rf'<article[^>]*id="{id}".*?</article>', text, re.S)[0]


def badge(card: str) -> tuple[str, str]:
    found = re.search(r'class="pill.*?icons[^#]*#([\w-]+)"></use></svg>(.*?)</span>', card, re.S)
    return found[1], found[2]


def test_what_was_taken_over_from_the_shop_names_no_day_of_confirmation(ada_client, adas_partner):
    booking = make_booking(adas_partner, status="confirmed", confirmed_at=NOON, confirmed_by="import")

    assert badge(article(ada_client.get(LIST).text, f"row-{booking.pk}")) == ("circle-check", "Confirmed")


@pytest.mark.parametrize(("days", "name"), [(29, "Jürgen Müller"), (30, "J. M.")])
def test_30_days_after_the_date_initials_are_left(ada_client, adas_partner, days, name):
    booking = make_booking(adas_partner, starts_at=NOON - timedelta(days=days), status="expired")

    listed, page = ada_client.get(LIST).text, ada_client.get(url(booking)).text

    assert f">{name}</a>" in listed
    assert (f"<strong>{name}</strong>" in page, "juergen@example.com" in page) == (True, days == 29)
    assert ("Jürgen" in listed + page) == (days == 29)


# --- What narrows the list


@pytest.fixture
def three(ada, adas_partner) -> dict[str, Booking]:
    paid = with_customer(adas_partner, "Jürgen", "Müller", starts_at=NOON + timedelta(days=3))
    confirmed = with_customer(
        adas_partner, "Zoë", "Öztürk", starts_at=NOON + timedelta(days=10), shop_payment_status="open"
    )
    confirm(confirmed, ada)
    declined = with_customer(adas_partner, "Ida", "Weiß", starts_at=NOON + timedelta(days=20))
    decline(declined, ada)
    return {"pending": paid, "confirmed": confirmed, "declined": declined}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"pending", "confirmed", "declined"}),
        ("status=all", {"pending", "confirmed", "declined"}),
        ("status=confirmed", {"confirmed"}),
        ("from=2030-05-11", {"confirmed", "declined"}),
        ("from=2030-05-12", {"declined"}),
        ("to=2030-05-11", {"pending", "confirmed"}),
        ("from=2030-05-04&to=2030-05-04", {"pending"}),
        ("payment=open", {"confirmed"}),
        ("search=%C3%96zt%C3%BCrk", {"confirmed"}),
        ("search=oeztuerk", {"confirmed"}),
        ("search=Weiss&status=declined", {"declined"}),
        ("search=Weiss&status=pending", set()),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_filters_in_the_address_narrow_the_list_and_stay_there(ada_client, three, query, found, headers):
    response = ada_client.get(f"{LIST}?{query}", headers=headers)

    assert {name for name, booking in three.items() if booking.pk in rows(response)} == found
    assert is_fragment(response) == bool(headers)
    # The part that follows changes by itself asks for the same again.
    again = re.search(r'id="bookings"[^>]*hx-get="([^"]*)"', response.text)[1].replace("&amp;", "&")
    wanted = {name: values for name, values in parse_qs(query).items() if values != ["all"]}
    assert parse_qs(urlsplit(again).query) == wanted
    assert rows(ada_client.get(again)) == rows(response)


def test_the_course_is_a_filter(ada_client, three):
    course = three["confirmed"].course

    response = ada_client.get(f"{LIST}?course_id={course.magento_product_id}")

    assert rows(response) == [three["confirmed"].pk]
    assert f'<option value="{course.magento_product_id}" selected>' in response.text


def test_the_form_shows_what_narrows_and_counts_by_status(ada_client, three):
    response = ada_client.get(f"{LIST}?status=declined&from=2030-05-04&search=wei")

    assert 'name="search" value="wei"' in response.text
    assert 'name="from" value="2030-05-04"' in response.text
    options = re.findall(r'<option value="(\w*)"(?: selected)?>([^<]*\(\d+\))', response.text)
    assert options[:4] == [
        ("", "All (1)"),
        ("pending", "Waiting for your answer (0)"),
        ("confirmed", "Confirmed (0)"),
        ("declined", "Declined (1)"),
    ]
    assert '<option value="declined" selected>' in response.text


def test_each_filter_is_a_chip_that_takes_it_away(ada_client, three):
    response = ada_client.get(f"{LIST}?status=confirmed&from=2030-05-04&payment=open&search=%C3%B6z")

    chips = {chip.label: urlsplit(chip.url).query for chip in response.context["chips"]}
    assert chips == {
        "Confirmed": "from=2030-05-04&payment=open&search=%C3%B6z",
        "from Sat 4 May": "status=confirmed&payment=open&search=%C3%B6z",
        "Not paid yet": "status=confirmed&from=2030-05-04&search=%C3%B6z",
        "“öz”": "status=confirmed&from=2030-05-04&payment=open",
    }


@pytest.mark.parametrize(
    ("query", "name", "sentence"),
    [
        ("from=2030-02-30", "from", "This has to be a day that exists"),
        ("to=nonsense", "to", "This has to be a day that exists"),
        ("from=2030-05-02&to=2030-05-01", "to", "The last day lies before the first."),
        ("status=nonsense", "status", "This has to be one of"),
        ("course_id=x", "course_id", "This has to be a whole number"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_named_and_left_out(ada_client, three, query, name, sentence):
    response = ada_client.get(f"{LIST}?{query}")

    assert response.status_code == 200
    assert sentence in response.context["form"].errors[name][0]
    assert sentence in response.text


def test_pages_keep_the_filters_and_one_out_of_range_is_the_last(ada_client, adas_partner):
    for _ in range(41):
        make_booking(adas_partner)

    second, beyond = (ada_client.get(f"{LIST}?status=pending&page={page}") for page in ("2", "99"))

    assert "Page 2 of 3" in second.text
    assert 'href="?status=pending&amp;page=3#all"' in second.text
    assert 'href="?status=pending&amp;page=1#all"' in second.text
    assert (beyond.context["page"].number, len(rows(beyond))) == (3, 1)


def test_an_answer_on_a_narrowed_list_leads_back_to_it(ada_client, three):
    place = f"{LIST}?status=pending&search=m%C3%BCller"
    back = re.search(r'name="back" value="(status[^"]*)"', ada_client.get(place).text)[1].replace(
        "&amp;", "&"
    )

    response = ada_client.post(url(three["pending"], "confirm"), {"page": "list", "back": back}, follow=True)

    assert response.redirect_chain == [(f"{place}&decided={three['pending'].pk}", 302)]
    assert [chip.label for chip in response.context["chips"]] == ["Waiting for your answer", "“müller”"]


def test_going_back_in_the_browser_gets_the_whole_page(ada_client, booking):
    response = ada_client.get(LIST, headers={**HTMX, "HX-History-Restore-Request": "true"})

    assert not is_fragment(response)


# --- When there is nothing


def test_a_filter_that_fits_nothing_says_so_and_leads_out(ada_client, booking):
    response = ada_client.get(f"{LIST}?status=declined")

    assert "No booking fits these filters" in response.text
    assert f'href="{LIST}"' in response.text
    assert "No bookings yet" not in response.text


def test_when_nothing_waits_it_says_that_all_is_answered(ada, ada_client, booking):
    confirm(booking, ada)

    assert "Every booking has your answer." in ada_client.get(LIST).text


def test_before_the_first_booking_there_is_neither_form_nor_file(ada_client):
    text = ada_client.get(LIST).text

    assert "No bookings yet" in text
    assert ['id="filters"' in text, "export." in text, "Every booking has your answer." in text] == [
        False
    ] * 3


def test_a_search_never_finds_another_partners_bookings(ada_client, eves_partner, three):
    with_customer(eves_partner, "Jürgen", "Müller")

    assert rows(ada_client.get(f"{LIST}?search=M%C3%BCller")) == [three["pending"].pk]


def test_erased_customers_are_called_so(ada_client, booking):
    Customer.objects.filter(pk=booking.customer_id).update(
        first_name="", last_name="", email="", phone="", erased_at=NOON
    )

    assert "(erased)" in ada_client.get(LIST).text
    assert "request we have deleted name and contact." in ada_client.get(url(booking)).text


def test_the_list_asks_the_same_number_of_queries_however_long_it_is(ada, ada_client, adas_partner):
    def show(*, more: int) -> int:
        for number in range(more):
            make_booking(adas_partner, starts_at=None if number % 2 else NOON + timedelta(days=9))
            decided = make_booking(adas_partner, starts_at=NOON + timedelta(days=2))
            operations.confirm_booking(decided, by=By("portal", user=ada), at=NOON)
        with CaptureQueriesContext(connection) as asked:
            ada_client.get(LIST)
        return len(asked)

    show(more=2)
    assert show(more=2) == show(more=6)
