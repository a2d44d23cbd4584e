"""What staff find on their pages: jobs in every state, refused mails, orders of nobody."""

from datetime import datetime

from django.db import connection
from procrastinate.contrib.django import app

from portal.bookings.models import Booking
from portal.conftest import NOON
from portal.core.models import OutboxMail


def make_waiting_job(name: str, *, next_try_at: datetime, **arguments: object) -> int:
    """A job that failed once and is tried again."""
    job_id = app.configure_task(name).defer(**arguments)
    _execute(
        "UPDATE procrastinate_jobs SET attempts = 1, scheduled_at = %s WHERE id = %s", [next_try_at, job_id]
    )
    return job_id


def make_stuck_job(name: str, *, attempts: int = 80, **arguments: object) -> int:
    """A job that has used up its tries, in the same steps as a worker takes."""
    job_id = app.configure_task(name).defer(**arguments)
    _execute(
        "UPDATE procrastinate_jobs SET status = 'doing', attempts = %s - 1 WHERE id = %s", [attempts, job_id]
    )
    _execute("SELECT procrastinate_finish_job_v1(%s, 'failed', false)", [job_id])
    return job_id


def _execute(statement: str, values: list[object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def make_refused_mail(booking: Booking, **values: object) -> OutboxMail:
    defaults = {
        "kind": "booking_request",
        "recipient": "partner1@example.org",
        "message_id": f"<{booking.pk}@example.org>",
        "state": OutboxMail.State.FAILED,
        "problem": "The mail server does not know the recipient.",
        "created_at": NOON,
    }
    return OutboxMail.objects.create(
        partner_id=booking.partner_id,
        subject_type=Booking.EVENT_SUBJECT,
        subject_id=booking.pk,
        **{**defaults, **values},
    )
