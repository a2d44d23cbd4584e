"""What the staff's pages read beyond the features' own queries."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Q
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.core.models import OutboxMail

MOST_ROWS = 200


@dataclass(frozen=True)
class WaitingJob:
    """A job that has failed at least once. `is_stuck`: it has used up its tries and waits for staff."""

    id: int
    task: str
    attempts: int
    is_stuck: bool
    next_try_at: datetime | None
    facts: str


def waiting_jobs() -> list[WaitingJob]:
    rows = (
        ProcrastinateJob.objects.filter(Q(status="failed") | Q(status="todo", attempts__gt=0))
        .annotate(touched_at=Max("procrastinateevent__at"))
        .order_by("status", "-id")[:MOST_ROWS]
    )
    return [
        WaitingJob(
            id=row.pk,
            task=row.task_name,
            attempts=row.attempts,
            is_stuck=row.status == "failed",
            next_try_at=row.scheduled_at if row.status == "todo" else None,
            # Arguments are ids by design, so they may be shown.
            facts=", ".join(f"{name} {value}" for name, value in row.args.items() if name != "tries"),
        )
        for row in rows
    ]


def count_stuck_jobs() -> int:
    return ProcrastinateJob.objects.filter(status="failed").count()


def oldest_stuck_job_at() -> datetime | None:
    newest = ProcrastinateJob.objects.filter(status="failed").aggregate(at=Max("procrastinateevent__at"))[
        "at"
    ]
    return newest if isinstance(newest, datetime) else None


def refused_mails() -> list[OutboxMail]:
    return list(OutboxMail.objects.filter(state=OutboxMail.State.FAILED).order_by("-id")[:MOST_ROWS])
