"""Reads of bookings, always starting from whose they are."""

from datetime import datetime

from django.db.models import Count, Q

from portal.bookings.models import (
    Booking,
    BookingStatus,
    DeclineReason,
    FailedOrder,
    ImportRun,
    UnmatchedOrder,
)
from portal.bookings.querysets import BookingQuerySet
from portal.core import registry
from portal.core.models import Event
from portal.partners.models import Partner


def bookings_for(partner: Partner) -> BookingQuerySet:
    """What this partner sees, with all that a row shows."""
    return Booking.objects.of_partner(partner).shown().with_relations()


def booking_list(partner: Partner) -> BookingQuerySet:
    """All bookings, the latest date first."""
    return bookings_for(partner).order_by("-starts_on", "-id")


def pending_for(partner: Partner) -> BookingQuerySet:
    """What waits for an answer: the next date first, since there the time is shortest."""
    return bookings_for(partner).pending().order_by("starts_on", "id")


def count_pending(partner: Partner) -> int:
    return Booking.objects.of_partner(partner).shown().pending().count()


def booking_of(partner_id: int, booking_id: int) -> Booking:
    """For jobs. :raises Booking.DoesNotExist:"""
    return Booking.objects.with_relations().get(partner_id=partner_id, pk=booking_id)


def summary(bookings: BookingQuerySet) -> dict[str, int]:
    counts = bookings.order_by().aggregate(
        pending=Count("pk", filter=Q(status=BookingStatus.PENDING)),
        confirmed=Count("pk", filter=Q(status=BookingStatus.CONFIRMED)),
        declined=Count("pk", filter=Q(status=BookingStatus.DECLINED)),
    )
    return {name: int(count) for name, count in counts.items()}


def decline_reasons() -> list[DeclineReason]:
    return list(DeclineReason.objects.filter(is_active=True))


def reason_by_code(code: str) -> DeclineReason | None:
    return DeclineReason.objects.filter(code=code, is_active=True).first()


def reason_label(code: str) -> str:
    """Also for reasons that are no longer offered."""
    reason = DeclineReason.objects.filter(code=code).first()
    return reason.label if reason else code


def reason_labels() -> dict[str, str]:
    """By code, also of reasons that are no longer offered."""
    return {reason.code: reason.label for reason in DeclineReason.objects.all()}


def timeline(booking: Booking) -> list[Event]:
    """What happened, oldest first, as far as people care."""
    events = Event.objects.filter(
        partner_id=booking.partner_id, subject_type=Booking.EVENT_SUBJECT, subject_id=booking.pk
    ).order_by("id")
    return [event for event in events if registry.event_text(event)]


def unmatched_orders() -> list[UnmatchedOrder]:
    """For staff: what was sold but belongs to nobody yet, newest first. Neither history nor cancelled."""
    open_rows = UnmatchedOrder.objects.filter(matched_at=None, is_history=False, is_cancelled=False)
    return list(open_rows.select_related("assigned_partner").order_by("-ordered_at")[:200])


def open_questions() -> BookingQuerySet:
    return Booking.objects.with_relations().exclude(staff_question="").order_by("updated_at")


def declined_without_ticket(*, settled_before: datetime) -> BookingQuerySet:
    return Booking.objects.filter(
        status=BookingStatus.DECLINED, odoo_ticket_id="", settled_at__lte=settled_before, previous=None
    )


def waiting_for(partner_id: int) -> BookingQuerySet:
    """Pending bookings that the partner was asked for."""
    return Booking.objects.shown().pending().filter(partner_id=partner_id, asked_at__isnull=False)


def replacement_of(booking: Booking) -> Booking | None:
    """The booking of the edited order that carries on what this cancelled one promised."""
    return (
        Booking.objects.of_partner(booking.partner)
        .filter(
            shop_previous_order_id=booking.magento_order_id,
            course_date_id=booking.course_date_id,
            participants=booking.participants,
        )
        .exclude(status=BookingStatus.CANCELLED)
        .first()
    )


def import_runs() -> list[ImportRun]:
    """The latest readings of the shop; those that found nothing are left out, but for the newest."""
    newest = list(ImportRun.objects.order_by("-started_at")[:1])
    busy = ImportRun.objects.exclude(report__orders=0, problem="").order_by("-started_at")[:50]
    return newest + [run for run in busy if run not in newest]


def failed_orders() -> list[FailedOrder]:
    """Those that wait longest first."""
    return list(FailedOrder.objects.order_by("failed_at", "pk")[:200])
