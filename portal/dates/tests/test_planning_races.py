"""Two at the same instant: real commits, real locks, one thread for each."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import time
from uuid import UUID

import pytest
from django.db import connection, transaction

from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, make_partner
from portal.core import tenancy
from portal.core.models import Event
from portal.core.refusals import NotAllowed
from portal.dates import operations
from portal.dates.models import CourseDate
from portal.dates.policies import CancelBlocker, ChangeBlocker
from portal.dates.tests.factories import make_course
from portal.dates.tests.planning import PLAN, plan_date
from tests.threads import wait_for_waiters

pytestmark = pytest.mark.django_db(transaction=True)

KEY = UUID("b6f1a2c4-0000-4000-8000-000000000001")
BY = {"actor": "user:1", "at": NOON}


@pytest.fixture
def partner():
    with tenancy.system("tests", actor="test"):
        return make_partner("Kochschule Ada", 1)


@pytest.fixture
def course(partner):
    with tenancy.system("tests", actor="test"):
        return make_course(partner)


@pytest.fixture
def made(partner, course):
    with tenancy.system("tests", actor="test"):
        return plan_date(partner, course=course)


def in_thread(pool: ThreadPoolExecutor, partner, function: Callable[[], object]):
    def run() -> object:
        try:
            with tenancy.scope(partner_ids=[partner.pk]):
                return function()
        except NotAllowed as refusal:
            return refusal.blocker
        finally:
            connection.close()

    return pool.submit(run)


def test_a_form_that_is_sent_twice_at_once_makes_one_date(partner, course):
    start = threading.Barrier(2)

    def create() -> int:
        start.wait(10)
        return plan_date(partner, course=course, key=KEY).pk

    with ThreadPoolExecutor(2) as pool:
        runs = [in_thread(pool, partner, create) for _ in range(2)]
        pks = [each.result(30) for each in runs]

    with tenancy.system("tests"):
        assert set(pks) == set(CourseDate.objects.values_list("pk", flat=True))
        assert len(set(pks)) == 1
        assert [event.kind for event in Event.objects.all()] == ["date.created"]


def test_a_key_used_for_two_courses_at_once_makes_one_date(partner, course):
    with tenancy.system("tests", actor="test"):
        other = make_course(partner)

    with ThreadPoolExecutor(1) as pool:
        with tenancy.scope(partner_ids=[partner.pk]):
            made = plan_date(partner, course=course, key=KEY)
            run = in_thread(pool, partner, lambda: plan_date(partner, course=other, key=KEY))
            wait_for_waiters(1)
        assert run.result(30) == made


@pytest.mark.parametrize(
    ("change", "blocker"),
    [
        (lambda date: operations.cancel_date(date, **BY), CancelBlocker.BOOKED),
        (
            lambda date: operations.change_date(date, replace(PLAN, starts_time=time(19)), **BY),
            ChangeBlocker.BOOKED,
        ),
    ],
    ids=["cancel_date", "change_date"],
)
def test_a_booking_that_is_just_coming_in_is_waited_for(partner, course, made, change, blocker):
    with ThreadPoolExecutor(1) as pool:
        with tenancy.system("tests", actor="test"), transaction.atomic():
            operations.lock_date(made)
            make_booking(partner, course_date=made, course=course)
            run = in_thread(pool, partner, lambda: change(made))
            wait_for_waiters(1)
        assert run.result(30) == blocker

    with tenancy.system("tests"):
        assert CourseDate.objects.get(pk=made.pk).cancelled_at is None


def test_of_two_changes_at_once_neither_is_lost(partner, made):
    with ThreadPoolExecutor(1) as pool:
        with tenancy.system("tests", actor="test"), transaction.atomic():
            operations.change_date(made, replace(PLAN, starts_time=time(19)), **BY)
            run = in_thread(
                pool, partner, lambda: operations.change_date(made, replace(PLAN, starts_time=time(20)), **BY)
            )
            wait_for_waiters(1)
        run.result(30)

    with tenancy.system("tests"):
        date = CourseDate.objects.get(pk=made.pk)
        assert (date.starts_time, date.sequence) == (time(20), 2)


def test_of_two_who_cancel_at_once_one_does_and_both_are_content(partner, made):
    with ThreadPoolExecutor(1) as pool:
        with tenancy.system("tests", actor="test"), transaction.atomic():
            operations.cancel_date(made, **BY)
            run = in_thread(pool, partner, lambda: operations.cancel_date(made, **BY))
            wait_for_waiters(1)
        assert isinstance(run.result(30), CourseDate)

    with tenancy.system("tests"):
        assert CourseDate.objects.get(pk=made.pk).sequence == 1
        assert [event.kind for event in Event.objects.all()] == ["date.created", "date.cancelled"]
