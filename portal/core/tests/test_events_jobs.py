"""Events and their subscribers, the pauses between tries, and the clock that sweeps."""

import json
from datetime import timedelta
from types import SimpleNamespace

import psycopg
import pytest
from django.conf import settings as portal_settings
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import TaskNotFound

from portal.bookings.models import Booking
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, make_partner
from portal.core import events, jobs, sweeps, tasks, tenancy
from portal.core.models import Event


@pytest.fixture
def heard(monkeypatch):
    """Two subscribers of "test.happened", one of which fails; what they heard."""
    monkeypatch.setattr(events, "_subscriptions", {})
    ids: list[int] = []

    @events.subscribe("test.happened", "test.happened_otherwise")
    def willing(event: Event) -> None:
        ids.append(event.pk)

    @events.subscribe("test.happened")
    def failing(event: Event) -> None:
        raise RuntimeError("no")

    return ids


@pytest.fixture
def booking(adas_partner) -> Booking:
    return make_booking(adas_partner)


def record(booking, kind: str = "test.happened") -> Event:
    return events.record(kind, subject=booking, actor="user:7", at=NOON, data={"a": 1})


def queued() -> list[dict]:
    waiting = ProcrastinateJob.objects.filter(task_name="core.run_subscriber").order_by("id")
    return [job.args for job in waiting]


# --- Events


def test_an_event_keeps_what_happened_to_whom_by_whom_and_when(heard, booking):
    booking.version = 3

    event = Event.objects.get(pk=record(booking).pk)

    assert (event.kind, event.partner_id, event.actor, event.at) == (
        "test.happened",
        booking.partner_id,
        "user:7",
        NOON,
    )
    assert (event.subject_type, event.subject_id, event.subject_version) == ("booking", booking.pk, 3)
    assert event.data == {"a": 1}


def test_every_subscriber_of_its_kind_gets_one_job(heard, booking):
    happened = record(booking)
    otherwise = record(booking, "test.happened_otherwise")
    record(booking, "test.unheard")

    name = f"{__name__}.heard.<locals>" if False else __name__
    assert queued() == [
        {"event_id": happened.pk, "partner_id": booking.partner_id, "subscriber": f"{name}.willing"},
        {"event_id": happened.pk, "partner_id": booking.partner_id, "subscriber": f"{name}.failing"},
        {"event_id": otherwise.pk, "partner_id": booking.partner_id, "subscriber": f"{name}.willing"},
    ]


def test_a_rollback_takes_the_event_and_its_jobs_away(heard, booking):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record(booking)
        raise ZeroDivisionError

    assert (Event.objects.filter(kind="test.happened").count(), queued()) == (0, [])


def test_a_failing_subscriber_takes_nothing_back_and_stops_no_other(heard, booking):
    event = record(booking)

    for job in queued():
        try:
            tasks.run_subscriber(**job)
        except RuntimeError as error:
            assert str(error) == "no"

    assert heard == [event.pk]
    assert Event.objects.filter(pk=event.pk).exists()


def test_subscribing_twice_is_subscribing_once(heard, booking):
    def willing(event: Event) -> None:
        """The same module read again."""

    willing.__module__ = __name__
    events.subscribe("test.happened")(willing)

    record(booking)

    assert len(queued()) == 2


def test_a_job_from_before_a_move_finds_the_subscriber_under_its_former_name(heard, booking):
    moved_to: list[int] = []

    @events.subscribe("test.happened", formerly=("portal.old.place",))
    def moved(event: Event) -> None:
        moved_to.append(event.pk)

    event = record(booking)
    tasks.run_subscriber(event_id=event.pk, partner_id=booking.partner_id, subscriber="portal.old.place")

    assert moved_to == [event.pk]


def test_a_subscriber_that_no_longer_exists_goes_to_staff_at_once(heard, booking):
    event = record(booking)

    with pytest.raises(jobs.GiveUp):
        tasks.run_subscriber(event_id=event.pk, partner_id=booking.partner_id, subscriber="portal.gone.away")


def test_many_events_are_recorded_and_announced_like_one(heard, booking):
    about = [(booking, {"number": number}) for number in range(3)]

    made = events.record_many("test.happened", about, actor="shop", at=NOON)

    assert [Event.objects.get(pk=event.pk).data for event in made] == [
        {"number": 0},
        {"number": 1},
        {"number": 2},
    ]
    assert len(queued()) == 6
    assert events.record_many("test.happened", [], actor="shop", at=NOON) == []


def test_an_event_is_written_and_announced_by_one_statement(booking, django_assert_num_queries):
    with django_assert_num_queries(1):
        record(booking, "test.of_no_subscriber")


@pytest.mark.django_db(transaction=True)
def test_open_pages_hear_of_an_event_after_the_commit_and_of_a_rollback_never():
    with psycopg.connect(portal_settings.DATABASE_URL, autocommit=True) as listening:
        listening.execute(f"LISTEN {events.CHANNEL}")
        with tenancy.system("tests"):
            subject = SimpleNamespace(EVENT_SUBJECT="booking", pk=12, partner_id=3)
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                record(subject, "test.undone")
                raise ZeroDivisionError
            event = record(subject, "test.done")
            early = list(listening.notifies(timeout=0.1))
        notes = [json.loads(each.payload) for each in listening.notifies(timeout=5, stop_after=1)]

    assert early == []
    assert notes == [{"id": event.pk, "partner_id": 3, "kind": "test.done", "subject": "booking:12"}]


# --- Jobs


def test_the_pauses_double_from_five_seconds_to_an_hour():
    assert [jobs.pause_seconds(attempts) for attempts in (0, 1, 2, 3, 9, 10, 11, 79, 10_000)] == [
        5, 10, 20, 40, 2560, 3600, 3600, 3600, 3600,
    ]  # fmt: skip


def test_the_tries_last_as_long_as_a_weekend_without_odoo():
    in_all = timedelta(seconds=sum(jobs.pause_seconds(attempts) for attempts in range(jobs.MOST_TRIES)))

    assert timedelta(days=2.5) < in_all < timedelta(days=4)


def test_a_service_that_wants_to_be_left_alone_is_but_not_for_longer_than_an_hour():
    assert [jobs.pause_seconds(0, 90), jobs.pause_seconds(9, 90), jobs.pause_seconds(0, 86_400)] == [
        90,
        2560,
        3600,
    ]


def decision_after(error: Exception, attempts: int):
    return jobs.Backoff().get_retry_decision(exception=error, job=SimpleNamespace(attempts=attempts))


def test_a_failed_job_runs_again_until_its_tries_are_used_up():
    assert decision_after(RuntimeError(), 0) is not None
    assert decision_after(RuntimeError(), jobs.MOST_TRIES - 1) is not None
    assert decision_after(RuntimeError(), jobs.MOST_TRIES) is None


def test_a_job_that_gives_up_does_not_run_again():
    assert decision_after(jobs.GiveUp("no"), 0) is None


def test_a_job_that_comes_too_early_runs_again_at_its_moment_however_often():
    assert decision_after(jobs.NotYet(NOON), jobs.MOST_TRIES).retry_at == NOON


def test_a_job_is_queued_with_the_callers_commit_only(db):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        jobs.defer("bookings.import_hint", hints=["1"])
        raise ZeroDivisionError

    assert ProcrastinateJob.objects.count() == 0


def test_a_job_nobody_knows_is_refused_when_it_is_queued(db):
    with pytest.raises(TaskNotFound):
        jobs.defer("core.nonsense")


def test_every_queued_job_runs_again_when_it_fails_but_the_poll_which_comes_by_itself():
    ours = {name: task for name, task in app.tasks.items() if name.startswith(("core.", "bookings."))}

    assert set(ours) >= {
        "core.run_subscriber",
        "core.send_mail",
        "bookings.import_hint",
        "bookings.import_changed",
    }
    assert {name for name, task in ours.items() if not isinstance(task.retry_strategy, jobs.Backoff)} == {
        "bookings.import_changed"
    }


def test_a_pausing_job_can_be_started_at_once(db):
    jobs.defer_in(3600, "bookings.import_hint", hints=["1"])
    job = ProcrastinateJob.objects.get()

    jobs.run_soon(job.pk, at=NOON)

    job.refresh_from_db()
    assert job.scheduled_at == NOON


# --- The clock


@pytest.fixture
def three_sweeps(monkeypatch):
    monkeypatch.setattr(sweeps, "_sweeps", {})
    at_times = []
    sweeps.sweep("first")(lambda at: at_times.append(at) or 1)

    @sweeps.sweep("broken")
    def broken(_at):
        with connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column")

    sweeps.sweep("last")(lambda at: at_times.append(at) or 2)
    return at_times


@pytest.mark.django_db(transaction=True)
def test_a_tick_goes_on_after_a_sweep_that_fails(three_sweeps):
    assert sweeps.tick(NOON) == {"first": 1, "last": 2}
    assert three_sweeps == [NOON, NOON]


@pytest.mark.django_db(transaction=True)
def test_one_booking_that_cannot_be_settled_holds_up_no_other():
    with tenancy.system("tests"):
        partner = make_partner("Kochschule Ada", 1)
        held, free = (
            make_booking(partner, status="confirmed", confirmed_at=NOON, settles_at=NOON) for _ in range(2)
        )
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1s'")

    with psycopg.connect(portal_settings.DATABASE_URL) as elsewhere:
        elsewhere.execute("SELECT set_config('portal.scope', 'all', true)")
        elsewhere.execute(f"SELECT 1 FROM {Booking._meta.db_table} WHERE id = %s FOR UPDATE", [held.pk])
        meanwhile = settle_decisions(NOON)
    afterwards = settle_decisions(NOON + timedelta(seconds=2))

    with tenancy.system("tests"):
        settled = {booking.pk: booking.settled_at for booking in Booking.objects.all()}
    assert (meanwhile, afterwards) == (1, 1)
    assert settled == {free.pk: NOON, held.pk: NOON + timedelta(seconds=2)}
