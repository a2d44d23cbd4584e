"""The customer's way from the link in the mail to a new date: nobody signs in, no script is needed."""

from datetime import timedelta

import pytest
from django.conf import settings as project_settings
from django.test import Client

from portal.bookings import operations as bookings
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.falling import settle
from portal.bookings.tests.looking import fresh, is_private
from portal.conftest import NOON
from portal.core import links, tenancy
from portal.core.models import Link, LinkVisit
from portal.dates.tests.factories import make_course
from portal.rebooking import operations
from portal.rebooking.tests.factories import confirm, decline, make_free_date, make_rebooking, now_of, token
from portal.rebooking.tests.visiting import MINUTE, choose, held_seats, hold, kinds, row, url, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english_shop")]


def test_the_page_shows_the_booking_as_it_was_and_the_dates_there_are(rebooking, date, person):
    response = person.get(url(rebooking))

    assert (response.status_code, is_private(response)) == (200, True)
    page = words(response)
    booking = rebooking.original_booking
    shown = (
        f"#{booking.order_number}",
        "Sushi-Kurs für Anfänger",
        "declined",
        "Wednesday 15 May 2030",
        "at 12:00",
        "8 seats free",
        "€89.00 per person",
    )
    assert [each for each in shown if each not in page] == []
    assert [each for each in ("Partner Portal", "Jürgen", "Müller") if each in response.text] == []


def test_an_option_says_what_is_different_about_it(rebooking, person, settings):
    course = rebooking.original_booking.course
    other = make_course(rebooking.partner, name="Ramen-Abend", is_on_sale=True)
    make_free_date(course, 14, price_cents=9900, location="Küchengasse 3", capacity=2)
    make_free_date(course, 21, price_cents=7900)
    make_free_date(other, 28)

    page = words(person.get(url(rebooking)))

    assert page.count("You pay nothing extra.") == 1
    shown = ("Küchengasse 3", "€99.00", "€20.00 less in all", "2 seats free")
    assert [each for each in shown if each not in page] == []
    assert "Or try something similar" in page
    assert "Another course: Ramen-Abend" in page


def test_opening_changes_nothing_and_is_kept_as_a_visit(rebooking, date, person, settings):
    settings.CONFIRM_GRACE_SECONDS = 0
    before = row(rebooking).updated_at

    person.head(url(rebooking))
    Client().get(url(rebooking))
    person.get(url(rebooking))

    after = row(rebooking)
    assert (after.updated_at, after.status, after.held_date_id, held_seats(date)) == (
        before,
        "active",
        None,
        0,
    )
    assert kinds(rebooking.original_booking) == ["rebooking.no_dates"]
    found = LinkVisit.objects.filter(link__purpose="customer_rebook").order_by("id")
    assert [(each.action, each.visitor) for each in found] == [
        ("rebook", "robot"),
        ("rebook", "robot"),
        ("rebook", "person"),
    ]


@pytest.mark.parametrize(("seconds", "visitor"), [(119, "robot"), (120, "person")])
def test_right_after_the_mail_an_opening_is_taken_for_a_scanners(
    rebooking, person, settings, time_machine, seconds, visitor
):
    settings.CONFIRM_GRACE_SECONDS = 120
    Link.objects.filter(purpose="customer_rebook").update(mailed_at=NOON)

    time_machine.move_to(NOON + timedelta(seconds=seconds), tick=False)
    person.get(url(rebooking))

    assert [each.visitor for each in LinkVisit.objects.all()] == [visitor]


def test_choosing_keeps_the_seats_and_asks_for_the_address_once(rebooking, date, person):
    answer = hold(person, rebooking, date)
    page = person.get(url(rebooking))

    assert (answer.status_code, answer.headers["Location"]) == (302, url(rebooking))
    assert (held_seats(date), row(rebooking).held_date) == (2, date)
    assert "We keep your 2 seats until 12:10." in words(page)
    assert "Wednesday 15 May 2030" in words(page)
    assert 'type="email"' in page.text
    assert 'autocomplete="email"' in page.text
    assert 'data-seconds="600"' in page.text
    assert is_private(page)


def test_another_date_can_be_chosen_instead(rebooking, date, person):
    hold(person, rebooking, date)

    answer = person.post(url(rebooking, "release"))

    assert (answer.status_code, held_seats(date)) == (302, 0)
    assert "Please choose a new date:" in words(person.get(url(rebooking)))


def test_the_address_of_the_booking_moves_it(rebooking, date, person):
    hold(person, rebooking, date)

    answer = choose(person, rebooking, date, email=" Juergen@Example.com ")

    assert (answer.status_code, answer.headers["Location"]) == (302, url(rebooking, "success"))
    used = row(rebooking)
    assert (used.status, used.new_booking.course_date, used.new_booking.status) == ("used", date, "pending")
    assert fresh(rebooking.original_booking).status == "rebooked"
    page = words(person.get(url(rebooking, "success")))
    shown = ("Your booking has moved", "Sushi-Kurs für Anfänger", "Wednesday 15 May 2030, at 12:00")
    assert [each for each in shown if each not in page] == []


def test_a_second_click_shows_the_first_result(rebooking, date, person):
    first = choose(person, rebooking, date)
    again = choose(person, rebooking, date)
    opened = person.get(url(rebooking))

    assert [each.headers["Location"] for each in (first, again, opened)] == [url(rebooking, "success")] * 3
    assert kinds(rebooking.original_booking).count("rebooking.used") == 1


def test_whoever_comes_back_reads_how_the_new_date_stands(rebooking, date, person):
    choose(person, rebooking, date)
    new = row(rebooking).new_booking
    titles = [words(person.get(url(rebooking, "success")))]

    bookings.confirm_booking(new, by=By("portal"), at=NOON)
    titles.append(words(person.get(url(rebooking, "success"))))
    bookings.settle_decision(new, at=NOON + 60 * MINUTE)
    titles.append(words(person.get(url(rebooking, "success"))))

    expected = [
        "Your booking has moved",
        "Your booking has moved",
        "Your new date is confirmed",
    ]
    assert [page[: len(title)] for page, title in zip(titles, expected, strict=True)] == expected


def test_a_new_date_that_is_declined_too_is_no_dead_end(rebooking, date, person):
    choose(person, rebooking, date)

    decline(row(rebooking).new_booking, at=NOON + 60 * MINUTE)

    page = words(person.get(url(rebooking, "success")))
    assert page.startswith("We are sorry: the new date does not take place either")
    assert "We get in touch with you about other dates." in page


def test_without_a_choice_there_is_no_success(rebooking, person):
    assert person.get(url(rebooking, "success")).headers["Location"] == url(rebooking)


# --- Beside a date that still stands


@pytest.fixture
def promised(adas_partner, mona, time_machine):
    """A confirmed booking whose link staff have sent."""
    time_machine.move_to(NOON, tick=False)
    booking = confirm(make_booking(adas_partner))
    booking.customer.language = "en"
    booking.customer.save()
    return now_of(operations.send_link(booking, user=mona, at=NOON))


def test_a_confirmed_date_stays_until_the_new_one_is_confirmed(promised, person):
    date = make_free_date(promised.original_booking.course)

    page = words(person.get(url(promised)))
    choose(person, promised, date)
    asked = words(person.get(url(promised, "success")))

    assert "Your previous date stays booked until the new one is confirmed." in page
    assert "declined" not in page
    assert asked.startswith("We have asked for your new date")
    decline(row(promised).new_booking, at=NOON + 60 * MINUTE)
    refused = words(person.get(url(promised, "success")))
    assert refused.startswith("We are sorry: the new date is not possible")
    assert "Your previous date stays booked." in refused


def test_once_the_new_date_is_confirmed_the_old_one_was_not_declined_but_moved(promised, person):
    date = make_free_date(promised.original_booking.course, price_cents=7900)
    choose(person, promised, date)

    bookings.confirm_booking(row(promised).new_booking, by=By("portal"), at=NOON)
    with tenancy.system("tests"):
        settle(NOON + 60 * MINUTE)

    page = words(person.get(url(promised, "success")))
    assert page.startswith("Your new date is confirmed")
    assert "The new date costs €20.00 less than you have paid" in page
    assert "declined" not in page


# --- Languages


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_speaks_the_language_of_the_order(rebooking, date, person, language):
    rebooking.original_booking.customer.language = language
    rebooking.original_booking.customer.save()

    pages = [person.get(url(rebooking)), person.get(url(rebooking, "success"), follow=True)]

    day = {"de": "Mittwoch, 15. Mai 2030", "en": "Wednesday 15 May 2030"}[language]
    for page in pages:
        assert f'<html lang="{language}"' in page.text
        assert page.headers["Content-Language"] == language
        assert day in page.text


def test_whoever_has_chosen_a_language_gets_that_one(rebooking, date, person):
    person.cookies[project_settings.LANGUAGE_COOKIE_NAME] = "de"

    assert "Mittwoch, 15. Mai 2030" in person.get(url(rebooking)).text


# --- What a page costs


def test_the_page_asks_as_much_for_many_dates_as_for_one(
    rebooking, date, person, django_assert_max_num_queries
):
    for days in range(15, 40):
        make_free_date(rebooking.original_booking.course, days)
    address = url(rebooking)

    with django_assert_max_num_queries(16):
        assert person.get(address).text.count('class="option"') == 20


def test_the_older_mail_leads_to_its_own_row(rebooking, date, person, adas_partner):
    choose(person, rebooking, date)
    new = decline(row(rebooking).new_booking, at=NOON + 60 * MINUTE)
    newer = make_rebooking(adas_partner, booking=new, at=NOON + 60 * MINUTE)

    assert token(newer) != token(rebooking)
    assert person.get(url(newer)).status_code == 200
    assert person.get(url(rebooking)).headers["Location"] == url(rebooking, "success")


def test_the_link_of_the_mail_is_the_one_that_opens(rebooking, person):
    link = Link.objects.get(purpose="customer_rebook")

    assert links.token_of(link) == token(rebooking)
