"""Jobs: queued in the transaction of the decision, run at least once, retried with growing pauses.

A job that has used up its tries stays where staff see it ("what is waiting") and can be started again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from django.db import connection
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

P = ParamSpec("P")
R = TypeVar("R")

# The pauses double from 5 seconds to an hour: about three days in all, as long as a weekend without Odoo.
FIRST_PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 3600
MOST_TRIES = 80
HOLD_SECONDS = 300


class GiveUp(Exception):
    """Raised by a job when another try cannot help: it goes to the staff page at once."""


class Hold(Exception):
    """Raised by a job that cannot work before somebody mends a setting: it waits, however long that takes."""


class NotYet(Exception):
    """Raised by a job that is to run again at a moment which is known, however often that happens."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"Not before {until:%Y-%m-%d %H:%M} UTC.")
        self.until = until


class Backoff(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, Hold):
            return RetryDecision(retry_in={"seconds": HOLD_SECONDS})
        if isinstance(exception, NotYet):
            return RetryDecision(retry_at=exception.until)
        if isinstance(exception, GiveUp) or job.attempts >= MOST_TRIES:
            return None
        asked = int(getattr(exception, "retry_after_seconds", 0))
        return RetryDecision(retry_in={"seconds": pause_seconds(job.attempts, asked)})


def pause_seconds(attempts: int, asked: int = 0) -> int:
    """How long to wait after `attempts` failed tries before the next one.

    :param asked: for how long the other side wants to be left alone
    """
    return int(min(max(FIRST_PAUSE_SECONDS * 2 ** min(attempts, 20), asked), LONGEST_PAUSE_SECONDS))


def task(
    name: str, *, queue: str = "default", is_retried: bool = True
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make the function a job under a name that never changes (queued jobs know it by that name).

    :param is_retried: False for what comes again by itself
    """

    def register(function: Callable[P, R]) -> Callable[P, R]:
        app.task(name=name, queue=queue, retry=Backoff() if is_retried else False)(function)
        return function

    return register


def defer(name: str, **arguments: Any) -> None:
    """Queue one job with the caller's commit: rolled back together, visible together."""
    app.configure_task(name, allow_unknown=False).defer(**arguments)


def defer_alone(name: str, **arguments: Any) -> None:
    """As `defer`, unless the same job already waits or runs.

    Looked up, not locked by the queue: its locks outlive a killed worker, and then nothing would run any more.
    Whoever must be sure calls it under a lock of its own; twice does no harm.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE task_name = %s AND status IN ('todo', 'doing'))",
            [name],
        )
        (is_there,) = cursor.fetchone()
    if not is_there:
        defer(name, **arguments)


def defer_many(name: str, rows: Sequence[dict[str, Any]], *, queue: str | None = None) -> None:
    if rows:
        app.configure_task(name, allow_unknown=False, queue=queue).batch_defer(*rows)


def defer_in(seconds: int, name: str, **arguments: Any) -> None:
    """Queue one job for later: only for looking again at what was not there yet. Rules about time are sweeps."""
    app.configure_task(name, allow_unknown=False, schedule_in={"seconds": seconds}).defer(**arguments)


def run_soon(job_id: int, *, at: datetime) -> None:
    """Let a job that pauses between two tries run at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = %s WHERE id = %s AND status = 'todo'", [at, job_id]
        )


def run_anew(queue: str, *, at: datetime) -> None:
    """Let every job of the queue that pauses between two tries run at once, with all its tries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = %s, attempts = 1 "
            "WHERE queue_name = %s AND status = 'todo' AND attempts > 0",
            [at, queue],
        )
