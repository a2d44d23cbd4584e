"""The story of a booking: what happened, and who opened the links in its mails."""

from datetime import datetime, timedelta

import pytest

from portal.bookings import operations
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.tests.looking import ask, fresh, link_of
from portal.bookings.timeline import timeline_entries
from portal.conftest import NOON
from portal.core import links

MINUTE = timedelta(minutes=1)
ROBOT = "The link in the e-mail was checked automatically (spam filter)."
OPENED = "The link in the e-mail was opened: not confirmed yet."
DECLINE_OPENED = "The link to decline in the e-mail was opened: not declined yet."
SEEN = "The link in the e-mail was opened."


@pytest.fixture
def booking(adas_partner) -> Booking:
    return ask(adas_partner)[0]


def visit(booking: Booking, minutes: float, *, action: str = "page", is_person: bool = True) -> None:
    links.record_visit(link_of(booking), action=action, is_person=is_person, at=at(minutes))


def at(minutes: float) -> datetime:
    return NOON + minutes * MINUTE


def story(booking: Booking) -> list[tuple[float, str, str]]:
    return [
        ((entry.at - NOON) / MINUTE, str(entry.text), entry.by) for entry in timeline_entries(fresh(booking))
    ]


def test_a_person_who_opened_the_link_and_did_not_answer(booking):
    visit(booking, 5)

    assert story(booking) == [(5, OPENED, "partner1@example.org")]


def test_opening_and_the_page_behind_it_are_one_look(booking):
    for minutes, action in [(5, "confirm"), (5.01, "page"), (9, "confirm"), (30, "page")]:
        visit(booking, minutes, action=action)

    assert story(booking) == [(5, OPENED, "partner1@example.org"), (30, OPENED, "partner1@example.org")]


@pytest.mark.parametrize(("minutes", "looks"), [(9.99, 1), (10, 2)])
def test_who_comes_back_later_looks_again(booking, minutes, looks):
    visit(booking, 0)
    visit(booking, minutes)

    assert len(story(booking)) == looks


def test_the_decline_link_is_told_apart(booking):
    visit(booking, 5)
    visit(booking, 6, action="decline")

    assert [text for _, text, _ in story(booking)] == [OPENED, DECLINE_OPENED]


def test_robots_are_counted_in_one_line(booking):
    visit(booking, 1, is_person=False)
    one = story(booking)
    for minutes in (2, 3, 600):
        visit(booking, minutes, action="decline", is_person=False)

    assert one == [(1, ROBOT, "")]
    assert story(booking) == [
        (1, "The links in the e-mail were checked automatically, 4 times (spam filter).", "")
    ]


def test_what_happened_in_between_parts_them(booking):
    visit(booking, 1, is_person=False)
    operations.confirm_booking(booking, by=By("portal"), at=at(2))
    visit(booking, 3, is_person=False)

    assert [text for _, text, _ in story(booking)] == [ROBOT, "Confirmed", ROBOT]


def test_the_click_that_confirmed_is_told_as_the_confirmation(booking):
    link = link_of(booking)
    visit(booking, 4)
    visit(booking, 5, action="confirm")
    operations.confirm_booking(booking, by=By("email_token", link_id=str(link.pk)), at=at(5))
    visit(booking, 60)

    assert story(booking) == [
        (4, OPENED, "partner1@example.org"),
        (5, "Confirmed", "by the link in the e-mail"),
        (60, SEEN, "partner1@example.org"),
    ]


def test_the_story_takes_as_many_queries_for_many_visits_as_for_one(booking, django_assert_num_queries):
    for minutes in range(0, 600, 30):
        visit(booking, minutes)
    known = fresh(booking)

    with django_assert_num_queries(3):
        assert len(timeline_entries(known)) == 20
