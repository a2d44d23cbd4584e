"""How partners answer: what counts as what, each number opens its rows, order, days, files."""

import csv
import io
from collections import Counter
from copy import copy
from datetime import date, timedelta
from itertools import count, product
from random import Random
from statistics import median

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.bookings import operations, queries
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.responses import Period
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, client_of
from portal.manage.views import metrics

PAGE, LIST = reverse("manage:metrics"), reverse("manage:bookings")
CSV, XLSX = reverse("manage:metrics_csv"), reverse("manage:metrics_xlsx")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
numbers = count(1)


@pytest.fixture(autouse=True)
def _noon(time_machine, settings):
    time_machine.move_to(NOON, tick=False)
    settings.UNDO_SECONDS = 600


def lines(client, **query: object) -> list:
    response = client.get(PAGE, query)
    assert response.status_code == 200
    return response.context["lines"]


def texts(line) -> dict[str, str]:
    return {cell.number.key: cell.part.text for cell in line.cells}


def counts(line) -> dict[str, int]:
    """Those columns that are nothing but a number of bookings, without the zeros."""
    found = {cell.number.key: cell.part.text for cell in line.cells if cell.part.text.isdigit()}
    return {key: int(text) for key, text in found.items() if text != "0"}


def outcome_of(booking: Booking) -> str:
    """What docs/metrics.md says, once more and in other words."""
    way = booking.declined_by if booking.declined_at else booking.confirmed_by if booking.confirmed_at else ""
    if way:
        return "by_staff" if way == "staff" else "declined" if booking.declined_at else "confirmed"
    ran_out = booking.status == "expired" or booking.expired_at or booking.escalated_at
    if ran_out or booking.reminder_count >= 2:
        return "unanswered"
    return "withdrawn" if booking.status in ("cancelled", "rebooked") else "waiting"


LATE = ({}, {"expired_at": NOON}, {"escalated_at": NOON}, {"reminder_count": 2}, {"reminder_count": 1})
STATUSES = ("pending", "confirmed", "declined", "cancelled", "expired", "rebooked")
# Those that nobody has decided come more often: there is more to tell apart.
CONFIRMERS = ("", "", "", "", "portal", "email_token", "rule", "staff", "import")
DECLINERS = ("", "", "", "portal", "staff")


def bookings_in_every_state(*partners) -> list[Booking]:
    """Asked within 80 days, at the first and last moments of days too."""
    draw = Random(8)
    made = []
    for partner in partners:
        model = make_booking(partner)
        for status, confirmer, decliner, late in product(STATUSES, CONFIRMERS, DECLINERS, LATE):
            if (status == "confirmed" and not confirmer) or (status == "declined" and not decliner):
                continue
            booking = copy(model)
            booking.pk, booking._state.adding = None, True
            booking.magento_order_item_id = 100_000 + next(numbers)
            asked_at = (
                NOON
                - draw.randrange(80) * DAY
                + draw.choice([timedelta(hours=-12), 12 * 60 * MINUTE, MINUTE])
            )
            decided_at = asked_at + draw.randrange(6000) * MINUTE
            values = late | {
                "status": status,
                "asked_at": asked_at if draw.random() < 0.9 else None,
                "confirmed_by": confirmer,
                "confirmed_at": decided_at if confirmer else None,
                "declined_by": decliner,
                "declined_at": decided_at if decliner else None,
                "decline_reason": draw.choice(["capacity_full", "other"]) if decliner else "",
                "cancelled_at": NOON if status == "cancelled" else None,
            }
            for name, value in values.items():
                setattr(booking, name, value)
            made.append(booking)
    return Booking.objects.bulk_create(draw.sample(made, len(made) // 4))


def test_every_number_is_that_of_the_rows_it_opens(adas_partner, eves_partner, mona_client):
    bookings = bookings_in_every_state(adas_partner, eves_partner) + list(Booking.objects.all())
    period = Period(date(2030, 4, 2), date(2030, 5, 1))
    counted = {each.pk: each for each in bookings if each.asked_at and each.confirmed_by != "import"}
    asked = {pk: each for pk, each in counted.items() if period.begins_at <= each.asked_at < period.ends_at}

    shown = lines(mona_client, sort="company")

    assert [line.title for line in shown] == ["All partners", "Kochschule Ada", "Töpferei Eva"]
    opened = 0
    for line in shown:
        mine = [each for each in asked.values() if line.partner_id in (None, each.partner_id)]
        expected = Counter(outcome_of(each) for each in mine) | {"asked": len(mine)}
        assert counts(line) == {key: number for key, number in expected.items() if number}
        for cell in line.cells:
            for part in [cell.part, cell.before, *cell.parts]:
                if part and part.url:
                    assert mona_client.get(part.url).context["page"].paginator.count == part.count, (
                        part,
                        cell.number,
                    )
                    opened += 1
    assert opened == 3 * 13


def test_the_rows_that_a_number_opens_are_the_ones_it_counts(adas_partner, mona_client):
    bookings = {each.pk: each for each in bookings_in_every_state(adas_partner)}
    bookings |= {each.pk: each for each in Booking.objects.all()}
    line = lines(mona_client, **{"from": "2030-03-01"})[1]

    for cell in line.cells:
        if cell.number.key in ("confirmed", "declined", "by_staff", "unanswered", "withdrawn", "waiting"):
            page = mona_client.get(cell.part.url).context["page"]
            rows = [pk for number in page.paginator.page_range for pk in page.paginator.page(number)]
            assert {outcome_of(bookings[pk]) for pk in rows} == {cell.number.key}


def test_rates_times_and_reasons_are_said_as_people_say_them(adas_partner, ada, mona_client):
    for minutes in (30, 90, 200):
        booking = make_booking(adas_partner)
        operations.confirm_booking(booking, by=By("portal", ada), at=NOON + minutes * MINUTE)
    reason = queries.reason_by_code("capacity_full")
    declined = make_booking(adas_partner)
    operations.decline_booking(declined, reason=reason, by=By("portal", ada), at=NOON + 3 * DAY)
    make_booking(adas_partner)

    _, line = lines(mona_client)

    assert texts(line) | {"declined": ""} == {
        "asked": "5",
        "rate": "75%",
        "change": "nothing before",
        "median": "2 h 25 min",
        "p90": "2 days 3 h",
        "confirmed": "3",
        "declined": "",
        "by_staff": "0",
        "unanswered": "0",
        "withdrawn": "0",
        "waiting": "1",
    }
    assert median([30, 90, 200, 3 * 24 * 60]) == 145
    declines = next(cell for cell in line.cells if cell.number.key == "declined")
    assert [(part.text, part.count) for part in declines.parts] == [(f"1 × {reason.label_en}", 1)]


def test_what_is_undone_was_not_answered_and_what_staff_break_is_theirs(adas_partner, ada, mona, mona_client):
    undone, broken, for_them = (make_booking(adas_partner) for _ in range(3))
    operations.confirm_booking(undone, by=By("portal", ada), at=NOON)
    operations.undo_decision(undone, by=By("portal", ada), at=NOON + MINUTE)
    operations.confirm_booking(broken, by=By("portal", ada), at=NOON)
    reason = queries.reason_by_code("capacity_full")
    operations.emergency_decline_booking(
        broken, reason=reason, notes="Brand", by=By("staff", mona), at=NOON + MINUTE
    )
    operations.confirm_booking(for_them, by=By("staff", mona), at=NOON + MINUTE)

    assert counts(lines(mona_client)[1]) == {"asked": 3, "by_staff": 2, "waiting": 1}


def test_who_is_asked_anew_counts_by_the_newer_question(adas_partner, ada, mona_client):
    booking = make_booking(adas_partner, asked_at=NOON - 40 * DAY)
    assert len(lines(mona_client)) == 1

    operations.ask_partner(booking, at=NOON)

    assert counts(lines(mona_client)[1]) == {"asked": 1, "waiting": 1}


def test_the_trend_compares_with_as_many_days_before_in_words(adas_partner, ada, mona_client):
    for asked_at, answers in ((NOON, "cc"), (NOON - 30 * DAY, "cd")):
        for answer in answers:
            booking = make_booking(adas_partner, asked_at=asked_at)
            by, at = By("portal", ada), asked_at + MINUTE
            if answer == "c":
                operations.confirm_booking(booking, by=by, at=at)
            else:
                reason = queries.reason_by_code("capacity_full")
                operations.decline_booking(booking, reason=reason, by=by, at=at)

    page = mona_client.get(PAGE).text
    german = client_of(mona_client.get(PAGE).wsgi_request.user, "de").get(PAGE).text

    assert ("50 points more" in page, "before: 50%" in page) == (True, True)
    assert (
        "Confirmation rate of the last 12 weeks, the oldest first: none, none, none, none, none, none,"
        in page
    )
    assert "100\N{NO-BREAK SPACE}%" in german


@pytest.mark.parametrize(
    ("asked_at", "is_in"),
    [
        (NOON - timedelta(hours=12), True),  # midnight in Berlin, the day's first moment
        (NOON - timedelta(hours=12) - MINUTE, False),
        (NOON + timedelta(hours=12) - MINUTE, True),
        (NOON + timedelta(hours=12), False),
    ],
)
def test_days_begin_and_end_at_midnight_where_the_courses_are(adas_partner, mona_client, asked_at, is_in):
    make_booking(adas_partner, asked_at=asked_at)

    assert len(lines(mona_client, **{"from": "2030-05-01", "to": "2030-05-01"})) == (2 if is_in else 1)


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ({}, date(2030, 4, 2), date(2030, 5, 1)),
        ({"days": 90}, date(2030, 2, 1), date(2030, 5, 1)),
        ({"to": "2030-03-31"}, date(2030, 3, 2), date(2030, 3, 31)),
        ({"from": "2028-05-02"}, date(2028, 5, 2), date(2030, 5, 1)),
    ],
)
def test_the_days_are_those_of_the_address(mona_client, query, first, last):
    assert mona_client.get(PAGE, query).context["query"].period == Period(first, last)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"from": "gestern"}, "This has to be a day that exists"),
        ({"from": "1999-12-31"}, "This has to be a day between 2000 and 2100."),
        ({"to": "9999-12-31"}, "This has to be a day between 2000 and 2100."),
        ({"from": "2030-04-02", "to": "2030-04-01"}, "The last day lies before the first."),
        ({"from": "2028-04-30"}, "Please choose at most two years."),
        ({"days": "1000000"}, "This has to be a whole number from 1 to 731."),
        ({"sort": "password"}, "This has to be one of: company"),
        ({"partner": "\0"}, "This text has characters that cannot be kept."),
    ],
)
def test_what_cannot_be_meant_is_said_and_no_file_is_made_of_it(adas_partner, mona_client, query, sentence):
    response, file = mona_client.get(PAGE, query), mona_client.get(CSV, query)

    assert (response.status_code, sentence in response.text) == (200, True)
    assert (file.status_code, file.url.startswith(PAGE)) == (302, True)


@pytest.mark.parametrize("query", [{"answer": "maybe"}, {"asked_from": "0001-01-01"}, {"partner_id": "x"}])
def test_the_list_says_which_of_its_filters_cannot_be_meant(mona_client, query):
    response = mona_client.get(LIST, query)

    assert (response.status_code, "This has to be" in response.text) == (200, True)


def test_the_list_says_which_number_it_is_behind_and_keeps_it_while_searching(adas_partner, mona_client):
    make_booking(adas_partner)
    url = next(cell.part.url for cell in lines(mona_client)[1].cells if cell.number.key == "waiting")

    page = mona_client.get(url).text

    assert "Kochschule Ada · Still in time · asked from Tue 2 Apr 2030 · asked until Wed 1 May 2030" in page
    assert '<input type="hidden" name="answer" value="waiting">' in page


def test_any_column_sorts_both_ways_and_nothing_to_compare_comes_last(
    adas_partner, eves_partner, ada, mona_client
):
    for _ in range(2):
        make_booking(adas_partner)
    confirmed = make_booking(eves_partner)
    operations.confirm_booking(confirmed, by=By("portal", ada), at=NOON)

    def order(sort: str) -> list[str]:
        return [line.title.split()[-1] for line in lines(mona_client, sort=sort)[1:]]

    assert (order("-asked"), order("asked")) == (["Ada", "Eva"], ["Eva", "Ada"])
    assert (order("company"), order("-company")) == (["Ada", "Eva"], ["Eva", "Ada"])
    assert (order("rate"), order("-rate")) == (["Eva", "Ada"], ["Eva", "Ada"])
    for heading in mona_client.get(PAGE).context["headings"]:
        assert mona_client.get(f"{PAGE}?{heading.query}").context["problems"] == {}


def test_a_name_finds_partners_and_the_sum_stays_that_of_all(adas_partner, eves_partner, mona_client):
    make_booking(adas_partner)
    make_booking(eves_partner)

    shown = lines(mona_client, partner="töpf")

    assert [(line.title, counts(line)["asked"]) for line in shown] == [
        ("All partners", 2),
        ("Töpferei Eva", 1),
    ]
    assert "Nobody of that name was asked" in mona_client.get(PAGE, {"partner": "niemand"}).text
    assert "Nobody was asked in these days" in mona_client.get(PAGE, {"to": "2029-01-01"}).text


def test_a_page_asks_as_often_however_many_partners(adas_partner, eves_partner, mona_client, monkeypatch):
    bookings_in_every_state(adas_partner)
    asked = []
    for _ in range(2):
        mona_client.get(PAGE)
        with CaptureQueriesContext(connection) as seen:
            mona_client.get(PAGE)
        asked.append(len(seen))
        bookings_in_every_state(eves_partner)

    assert asked[0] == asked[1]
    monkeypatch.setattr(metrics, "PAGE_SIZE", 1)
    assert [line.title for line in lines(mona_client, page=2, sort="company")][1:] == ["Töpferei Eva"]


def test_the_files_hold_the_same_table_and_no_formula(adas_partner, eves_partner, ada, mona_client):
    adas_partner.company = "=1+1"
    adas_partner.save()
    operations.confirm_booking(make_booking(adas_partner), by=By("portal", ada), at=NOON + 90 * MINUTE)
    make_booking(eves_partner)

    response = mona_client.get(CSV, {"sort": "company"})
    body = b"".join(response.streaming_content).decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(body, newline=""), delimiter=";")

    assert head[:6] == [
        "Partner",
        "Asked",
        "Confirmation rate in percent",
        "Rate before in percent",
        "Half answer within (minutes)",
        "9 of 10 answer within (minutes)",
    ]
    assert [row[:12] for row in rows] == [
        ["All partners", "2", "100,00", "", "90", "90", "1", "0", "0", "0", "0", "1"],
        ["'=1+1", "1", "100,00", "", "90", "90", "1", "0", "0", "0", "0", "0"],
        ["Töpferei Eva", "1", "", "", "", "", "0", "0", "0", "0", "0", "1"],
    ]
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="response-metrics-2030-04-02-2030-05-01.csv"'
    )
    assert b"".join(mona_client.get(XLSX).streaming_content).startswith(b"PK")


def test_only_staff_see_how_partners_answer(ada_client, mona_client):
    for path in (PAGE, CSV, XLSX):
        assert ada_client.get(path).status_code == 404
        answer = mona_client.get(path)
        assert (answer.status_code, b"".join(answer) != b"") == (200, True)
