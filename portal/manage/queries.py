"""What the staff's pages read beyond the features' own queries."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db.models import Max, Min, Q, QuerySet
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob

from portal.bookings.models import Booking
from portal.core.models import BouncedAddress, Event, OutboxMail
from portal.core.statements import ModelStatement, Slot
from portal.manage import wording

MOST_ROWS = 200


@dataclass(frozen=True)
class WaitingJob:
    """A job that has failed at least once. `is_stuck`: it has used up its tries and waits for staff."""

    id: int
    text: str
    order_number: str
    booking_id: int | None
    attempts: int
    is_stuck: bool
    failed_at: datetime | None
    next_try_at: datetime | None


@dataclass(frozen=True)
class RefusedMail:
    id: int
    text: str
    order_number: str
    booking_id: int | None
    recipient: str
    problem: str
    created_at: datetime


def search_rows(ids: list[int]) -> list[Booking]:
    """In the order of `ids`, with what a row of the search shows."""
    found = {booking.pk: booking for booking in _search_rows().load({"ids": ids})}
    return [found[pk] for pk in ids]


@cache
def _search_rows() -> ModelStatement:
    return ModelStatement(Booking.objects.with_ids(Slot("ids")), "customer", "partner")  # type: ignore[arg-type]


def waiting_jobs() -> list[WaitingJob]:
    """Those that are stuck first, each kind the newest first."""
    rows = list(
        ProcrastinateJob.objects.filter(Q(status="failed") | Q(status="todo", attempts__gt=0))
        .annotate(touched_at=Max("procrastinateevent__at"))
        .order_by("status", "-id")[:MOST_ROWS]
    )
    mails = OutboxMail.objects.in_bulk([row.args["mail_id"] for row in rows if "mail_id" in row.args])
    events = Event.objects.in_bulk([row.args["event_id"] for row in rows if "event_id" in row.args])
    orders = _order_numbers([*mails.values(), *events.values()])
    return [_waiting_job(row, mails, events, orders) for row in rows]


def _waiting_job(
    row: ProcrastinateJob, mails: dict[int, OutboxMail], events: dict[int, Event], orders: dict[int, str]
) -> WaitingJob:
    mail, event = mails.get(row.args.get("mail_id", 0)), events.get(row.args.get("event_id", 0))
    is_stuck = row.status == "failed"
    return WaitingJob(
        id=row.pk,
        text=wording.task_text(row.task_name, row.args, mail_kind=mail.kind if mail else ""),
        order_number=_order_number(mail or event, orders),
        booking_id=_booking_id(mail or event),
        attempts=row.attempts,
        is_stuck=is_stuck,
        failed_at=row.touched_at if is_stuck else None,  # type: ignore[attr-defined]
        next_try_at=None if is_stuck else row.scheduled_at,
    )


def jobs_to_retry() -> "QuerySet[ProcrastinateJob]":
    return ProcrastinateJob.objects.filter(status__in=("failed", "todo"))


def count_stuck_jobs() -> int:
    return ProcrastinateJob.objects.filter(status="failed").count()


def oldest_stuck_job_at() -> datetime | None:
    """When the first of the jobs that are stuck now gave up."""
    failures = ProcrastinateEvent.objects.filter(type="failed", job__status="failed")
    first: datetime | None = failures.aggregate(at=Min("at"))["at"]
    return first


def count_refused_mails() -> int:
    return OutboxMail.objects.filter(state=OutboxMail.State.FAILED).count()


def oldest_refused_mail_at() -> datetime | None:
    first: datetime | None = OutboxMail.objects.filter(state=OutboxMail.State.FAILED).aggregate(
        at=Min("created_at")
    )["at"]
    return first


def count_bounced_addresses() -> int:
    return BouncedAddress.objects.count()


def oldest_bounce_at() -> datetime | None:
    oldest: datetime | None = BouncedAddress.objects.aggregate(at=Min("at"))["at"]
    return oldest


def refused_mails() -> list[RefusedMail]:
    """The newest first."""
    rows = list(OutboxMail.objects.filter(state=OutboxMail.State.FAILED).order_by("-id")[:MOST_ROWS])
    orders = _order_numbers(rows)
    return [
        RefusedMail(
            id=row.pk,
            text=wording.mail_text(row.kind),
            order_number=_order_number(row, orders),
            booking_id=_booking_id(row),
            recipient=row.recipient,
            problem=row.problem,
            created_at=row.created_at,
        )
        for row in rows
    ]


def _order_numbers(abouts: Collection[OutboxMail | Event]) -> dict[int, str]:
    """Booking id → order number, of the bookings these rows are about."""
    ids = {about.subject_id for about in abouts if about.subject_type == Booking.EVENT_SUBJECT}
    return dict(Booking.objects.filter(pk__in=ids).values_list("pk", "magento_order_increment_id"))


def _order_number(about: OutboxMail | Event | None, orders: dict[int, str]) -> str:
    if about is None or about.subject_type != Booking.EVENT_SUBJECT:
        return ""
    return orders.get(about.subject_id, "")


def _booking_id(about: OutboxMail | Event | None) -> int | None:
    is_booking = about is not None and about.subject_type == Booking.EVENT_SUBJECT
    return about.subject_id if about and is_booking else None
