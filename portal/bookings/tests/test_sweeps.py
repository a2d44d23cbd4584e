"""What the clock does."""

from datetime import timedelta

from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.bookings.sweeps import poll_shop
from portal.conftest import NOON


def test_the_poll_queues_nothing_while_one_waits_or_runs_and_goes_on_after_a_failed_one(everything):
    def polls() -> int:
        return ProcrastinateJob.objects.filter(task_name="bookings.import_changed").count()

    at = NOON
    assert (poll_shop(at), polls()) == (1, 1)
    for status in ("todo", "doing"):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status", [status])
        at += timedelta(minutes=1)
        poll_shop(at)
        assert polls() == 1

    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    poll_shop(at + timedelta(minutes=1))

    assert polls() == 2
