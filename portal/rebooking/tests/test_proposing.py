"""Proposing dates, as an operation: what it keeps, what it refuses, and that nobody waits in a circle."""

import pytest
from django.db import IntegrityError, transaction

from portal.bookings import operations as bookings
from portal.bookings import queries as booking_queries
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh, kinds
from portal.conftest import NOON, make_partner
from portal.core import tenancy
from portal.core.models import Event
from portal.core.refusals import NotAllowed
from portal.dates import operations as dates
from portal.rebooking import queries
from portal.rebooking.models import ProposedDate
from portal.rebooking.operations import lock_dates, propose_dates
from portal.rebooking.options import Kind, options_for
from portal.rebooking.tests.factories import make_free_date
from tests.threads import run_together

REASON = "date_unavailable"


def decline(booking):
    reason = booking_queries.reason_by_code(REASON)
    return bookings.decline_booking(booking, reason=reason, by=By("portal"), at=NOON).booking


def propose(booking, *course_dates, at=NOON):
    return propose_dates(booking, course_dates, actor="user:7", at=at)


@pytest.fixture
def booking(adas_partner):
    return make_booking(adas_partner)


@pytest.fixture
def declined(booking):
    return decline(booking)


def test_proposed_dates_keep_their_order_and_the_decline_that_they_go_with(declined):
    first, second = make_free_date(declined.course, 20), make_free_date(declined.course, 10)

    propose(declined, first, second)

    rows = ProposedDate.objects.values_list("booking", "course_date", "rank", "proposed_at", "partner")
    assert list(rows) == [
        (declined.pk, first.pk, 1, NOON, declined.partner_id),
        (declined.pk, second.pk, 2, NOON, declined.partner_id),
    ]
    event = Event.objects.get(kind="rebooking.dates_proposed")
    assert (event.subject_id, event.actor, event.data) == (declined.pk, "user:7", {"dates": 2})


def test_what_is_proposed_stands_first_among_the_options(declined):
    sooner, later = make_free_date(declined.course, 10), make_free_date(declined.course, 20)
    bookings.settle_decision(declined, at=declined.settles_at)

    propose(declined, later)

    assert [(each.kind, each.pk) for each in options_for(fresh(declined), at=NOON)] == [
        (Kind.PROPOSED, later.pk),
        (Kind.SAME_COURSE, sooner.pk),
    ]


def test_proposing_again_with_the_same_decline_changes_nothing(declined):
    first, second = make_free_date(declined.course, 20), make_free_date(declined.course, 10)
    made = propose(declined, first)

    assert propose(declined, second) == made
    assert kinds(declined).count("rebooking.dates_proposed") == 1


def test_an_undone_decline_takes_its_proposals_with_it(booking, settings):
    settings.UNDO_SECONDS = 600
    declined = decline(booking)
    propose(declined, make_free_date(declined.course))

    bookings.undo_decision(declined, by=By("portal"), at=NOON)

    assert queries.proposals_for(fresh(declined)) == []


@pytest.mark.parametrize(
    ("values", "blocker"),
    [
        ({"cancelled_at": NOON}, "cancelled"),
        ({"days": -1}, "started"),
        ({"days": 1}, "too_soon"),
        ({"capacity": 1}, "too_few"),
        ({"capacity": 0}, "too_few"),
        ({"capacity": None}, "seats_unknown"),
        ({"shop_state": "gone"}, "not_on_sale"),
    ],
)
def test_a_date_that_nobody_could_choose_is_not_proposed(declined, values, blocker):
    good, bad = make_free_date(declined.course), make_free_date(declined.course, **values)

    with pytest.raises(NotAllowed) as refusal:
        propose(declined, good, bad)

    assert refusal.value.blocker == blocker
    assert not ProposedDate.objects.exists()


def test_a_date_of_another_course_or_partner_is_not_proposed(declined, eves_partner):
    others = [
        make_free_date(make_booking(declined.partner).course),
        make_free_date(make_booking(eves_partner).course),
    ]
    for each in others:
        with pytest.raises(NotAllowed) as refusal:
            propose(declined, each)
        assert refusal.value.blocker == "other_course"


def test_the_declined_date_and_one_declined_before_are_not_proposed(declined):
    with pytest.raises(NotAllowed) as refusal:
        propose(declined, declined.course_date)

    assert refusal.value.blocker == "declined_before"


def test_the_same_date_twice_is_not_proposed(declined):
    date = make_free_date(declined.course)

    with pytest.raises(NotAllowed) as refusal:
        propose(declined, date, date)

    assert refusal.value.blocker == "twice"


def test_dates_are_proposed_with_a_decline_only(booking):
    with pytest.raises(NotAllowed) as refusal:
        propose(booking, make_free_date(booking.course))

    assert refusal.value.blocker == "not_declined"


@pytest.mark.parametrize("again", ["course_date", "rank"])
def test_the_database_keeps_one_date_once_and_one_at_each_rank(declined, again):
    first, second = make_free_date(declined.course, 20), make_free_date(declined.course, 10)
    (made,) = propose(declined, first)
    values = {"course_date": second, "rank": 2, again: getattr(made, again)}

    with pytest.raises(IntegrityError), transaction.atomic():
        ProposedDate.objects.create(partner=declined.partner, booking=declined, proposed_at=NOON, **values)


@pytest.mark.django_db(transaction=True)
def test_two_who_propose_each_others_dates_do_not_wait_in_a_circle(settings):
    """Each holds the date of its own booking, and wants the other's."""
    settings.UNDO_SECONDS = 600
    with tenancy.system("tests"):
        partner = make_partner("Kochschule Ada", 1)
        one = make_booking(partner)
        dates.set_capacity(one.course_date, 8, actor="test", at=NOON)
        date = make_free_date(one.course, 30)
        other = make_booking(partner, course=one.course, course_date=date)

    def decline_for(booking, proposed):
        with tenancy.system("tests"), transaction.atomic():
            locked = lock_dates(booking, [proposed.pk])
            declined = decline(booking)
            return [each.course_date_id for each in propose(declined, *locked)]

    for _ in range(5):
        results = run_together(lambda: decline_for(one, date), lambda: decline_for(other, one.course_date))
        assert results == [[date.pk], [one.course_date_id]]
        with tenancy.system("tests"):
            for each in (one, other):
                bookings.undo_decision(each, by=By("portal"), at=NOON)
            ProposedDate.objects.all().delete()
