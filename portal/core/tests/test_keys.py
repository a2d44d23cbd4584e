"""A key that is refused stops what needs it and loses nothing; and one job at a time takes its turn."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.conftest import NOON
from portal.core import jobs, keys
from portal.core.keys import KeyRefused
from portal.core.models import Watermark
from portal.core.turns import Busy, turn
from tests.threads import run_together

LATER = NOON + keys.LOOK_AGAIN_EVERY


class Down(Exception):
    pass


def use(at, raising=None):
    """Call the system; True when the call was made."""
    called = []
    with keys.using("desk", queue="tickets", unsure=Down, at=at):
        called.append(True)
        if raising:
            raise raising
    return bool(called)


def refuse(at=NOON):
    with pytest.raises(jobs.Hold):
        use(at, KeyRefused("no"))


def test_a_refused_key_is_known_from_the_first_refusal_on(db):
    refuse()
    refuse(LATER)

    assert keys.refused_since("desk") == NOON
    assert keys.refused_since("other") is None


@pytest.mark.parametrize(("wait", "is_called"), [(timedelta(seconds=1), False), (timedelta(0), True)])
def test_while_it_is_refused_one_call_every_few_minutes_looks_again(db, wait, is_called):
    refuse()

    try:
        called = use(LATER - wait)
    except jobs.Hold:
        called = False

    assert called is is_called


def test_of_many_jobs_only_one_looks_again(db):
    refuse()
    refuse(LATER)

    with pytest.raises(jobs.Hold, match="at the moment"):
        use(LATER)


def test_a_key_that_is_accepted_again_lets_what_waits_run_with_all_its_tries(db):
    refuse()
    jobs.defer("core.run_subscriber", event_id=1, partner_id=1, subscriber="x")
    waiting = ProcrastinateJob.objects.filter(task_name="core.run_subscriber")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET attempts = 500, queue_name = 'tickets', scheduled_at = %s",
            [LATER + timedelta(minutes=4)],
        )

    assert use(LATER)

    assert keys.refused_since("desk") is None
    assert list(waiting.values_list("attempts", "scheduled_at")) == [(1, LATER)]


def test_other_failures_pass_and_say_nothing_about_the_key(db):
    with pytest.raises(Down):
        use(NOON, Down("no"))

    assert Watermark.objects.filter(name="key:desk").count() == 0


def test_a_system_that_is_down_while_its_key_is_refused_uses_up_no_tries(db):
    refuse()

    with pytest.raises(jobs.Hold):
        use(LATER, Down("no"))

    assert keys.refused_since("desk") == NOON


def test_a_call_that_is_refused_for_another_reason_shows_that_the_key_is_accepted(db):
    refuse()

    with pytest.raises(ZeroDivisionError):
        use(LATER, ZeroDivisionError())

    assert keys.refused_since("desk") is None


@pytest.mark.parametrize("attempts", [0, 80, 5000])
def test_a_job_on_hold_never_gives_up(attempts):
    job = SimpleNamespace(attempts=attempts)

    assert jobs.Backoff().get_retry_decision(exception=jobs.Hold("no"), job=job) is not None
    assert (jobs.Backoff().get_retry_decision(exception=Down("no"), job=job) is None) is (attempts >= 80)


# --- Turns


@pytest.mark.django_db(transaction=True)
def test_one_at_a_time_has_the_turn():
    holding: list[str] = []
    most: list[int] = []

    def work(number):
        def run():
            with turn("ticket 7"):
                holding.append("x")
                most.append(len(holding))
                connection.cursor().execute("SELECT pg_sleep(0.2)")
                holding.pop()

        return run

    outcomes = run_together(*(work(number) for number in range(4)))

    assert max(most) == 1
    assert sum(isinstance(outcome, Busy) for outcome in outcomes) == 3


@pytest.mark.django_db(transaction=True)
def test_a_turn_ends_with_its_block_whatever_happens_in_it():
    with pytest.raises(ZeroDivisionError), turn("ticket 7"):
        raise ZeroDivisionError

    (outcome,) = run_together(lambda: _take("ticket 7"))
    assert outcome == "taken"


@pytest.mark.django_db(transaction=True)
def test_turns_of_different_names_do_not_meet():
    with turn("ticket 7"):
        (outcome,) = run_together(lambda: _take("ticket 8"))

    assert outcome == "taken"


def _take(name):
    with turn(name):
        return "taken"
