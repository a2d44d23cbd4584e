"""Reads of bookings, always starting from whose they are."""

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Count, DateTimeField, Q, QuerySet
from django.db.models.functions import Cast, Coalesce, Least

from portal.bookings.models import (
    Booking,
    BookingStatus,
    DateCancellation,
    DeclineReason,
    FailedOrder,
    ImportRun,
    UnmatchedOrder,
)
from portal.bookings.querysets import BookingQuerySet, unnested
from portal.core import registry
from portal.core.models import Event, LinkVisit
from portal.core.statements import Slot, Statement
from portal.partners.models import Partner

# The link in a mail to a customer. What others of theirs are for begins like it; all the rest went to the partner's
# people.
CUSTOMER_LINK = "customer"


def of_customers(relation: str = "") -> Q:
    """Links that went to customers.

    :param relation: where the link stands, seen from the rows that are filtered
    """
    return Q(**{f"{relation}purpose__startswith": CUSTOMER_LINK})


def bookings_for(partner: Partner | int) -> BookingQuerySet:
    """What this partner sees, with all that a row shows.

    :param partner: or its id, where nothing else of it is needed
    """
    return Booking.objects.of_partner(partner).shown().with_relations()


def booking_to_decide(partner_id: int, booking_id: int) -> Booking | None:
    """What this partner sees, only to be named to an operation, which reads it anew under its lock."""
    rows = _to_decide().fetch({"partner_id": partner_id, "pk": booking_id})
    return Booking.from_db(DEFAULT_DB_ALIAS, _NAMING, rows[0]) if rows else None


_NAMING = ("id", "course_date_id")


@cache
def _to_decide() -> Statement:
    """Asked with every answer by the API."""
    shown = Booking.objects.of_partner(Slot("partner_id")).shown()  # type: ignore[arg-type]
    return Statement(shown.filter(pk=Slot("pk")).values_list(*_NAMING))


def booking_list(partner: Partner | int) -> BookingQuerySet:
    """All bookings, the latest date first."""
    return bookings_for(partner).order_by("-starts_on", "-id")


def pending_for(partner: Partner | int) -> BookingQuerySet:
    """What waits for an answer, by urgency: first where our team calls, or the date begins, soonest."""
    starts = Coalesce("starts_at", Cast("starts_on", DateTimeField()))
    deadline = Least(Coalesce("escalated_at", "escalate_at"), starts)
    return bookings_for(partner).pending().order_by(deadline, "starts_on", "id")


def count_pending(partner: Partner) -> int:
    return sum(number for _, number in _pending_count().fetch({"partner_id": partner.pk}))


def count_all_pending() -> int:
    """Of all partners, for the staff."""
    return Booking.objects.shown().pending().count()


@cache
def _pending_count() -> Statement:
    """Asked for the menu of every page."""
    return Statement(counted_by_status(Booking.objects.of_partner(Slot("partner_id")).shown().pending()))  # type: ignore[arg-type]


def booking_of(partner_id: int, booking_id: int) -> Booking:
    """For jobs. :raises Booking.DoesNotExist:"""
    return Booking.objects.with_relations().get(partner_id=partner_id, pk=booking_id)


def counted_by_status(bookings: BookingQuerySet) -> QuerySet[Booking, tuple[str, int]]:
    return bookings.order_by().values_list("status").annotate(number=Count("pk"))


def thread_of(booking: Booking) -> list[Booking]:
    """All rows of its order item, the oldest first, with all that a page shows."""
    return list(Booking.objects.thread_of(booking).with_relations().order_by("generation"))


def live_booking_of(thread: Iterable[Booking]) -> Booking | None:
    """The one that counts. It may be cancelled or declined."""
    counting = (each for each in thread if not each.is_candidate and each.status != BookingStatus.REBOOKED)
    return next(counting, None)


def candidate_of(thread: Iterable[Booking]) -> Booking | None:
    """The date that is asked for beside the live booking."""
    return next((each for each in thread if each.is_open_candidate), None)


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


def timeline(thread: Collection[Booking]) -> list[Event]:
    """What happened to these bookings of one partner, oldest first, as far as people care."""
    events = Event.objects.filter(
        partner_id__in={each.partner_id for each in thread},
        subject_type=Booking.EVENT_SUBJECT,
        subject_id__in=[each.pk for each in thread],
    )
    return [event for event in events.order_by("id") if registry.event_text(event)]


def latest_event(booking: Booking, kind: str) -> Event | None:
    events = Event.objects.filter(subject_type=Booking.EVENT_SUBJECT, subject_id=booking.pk, kind=kind)
    return events.order_by("-id").first()


def all_bookings() -> BookingQuerySet:
    """For staff, and those too whose payment the shop still waits for; the latest date first."""
    return Booking.objects.with_relations().order_by("-starts_on", "-id")


def booking_by_text(text: str) -> Booking | None:
    """For staff, by an id as an address carries it."""
    is_number = re.fullmatch("[0-9]{1,18}", text)
    return all_bookings().filter(pk=int(text)).first() if is_number else None


def bookings_by_id(ids: Collection[int]) -> dict[int, Booking]:
    """With all that a row shows."""
    return Booking.objects.with_relations().in_bulk(list(ids))


def to_call(at: datetime) -> BookingQuerySet:
    """For staff: what only a call still answers."""
    return Booking.objects.to_call(at)


def to_call_of(partner: Partner, *, at: datetime) -> list[Booking]:
    return list(to_call(at).of_partner(partner).order_by("pk"))


def latest_calls(booking_ids: Collection[int]) -> list[Event]:
    """Calls about these bookings, oldest first."""
    return list(
        Event.objects.filter(
            subject_type=Booking.EVENT_SUBJECT,
            subject_id__in=booking_ids,
            kind__in=("booking.call_started", "booking.call_noted"),
        ).order_by("id")
    )


def called_in_vain(booking_ids: Collection[int], *, since: datetime) -> set[int]:
    """Those of the bookings about which a call after `since` reached nobody."""
    calls = Event.objects.filter(
        subject_type=Booking.EVENT_SUBJECT,
        subject_id__in=unnested(list(booking_ids)),
        kind="booking.call_noted",
        data__outcome="not_reached",
        at__gt=since,
    )
    return set(calls.values_list("subject_id", flat=True))


def link_visits(booking_ids: Collection[int]) -> list[LinkVisit]:
    """Every opening of a link in a mail to the partner about these bookings, oldest first."""
    visits = LinkVisit.objects.filter(
        link__subject_type=Booking.EVENT_SUBJECT, link__subject_id__in=list(booking_ids)
    )
    return list(visits.exclude(of_customers("link__")).select_related("link").order_by("at", "pk"))


def unmatched_orders() -> list[UnmatchedOrder]:
    """For staff: what was sold but belongs to nobody yet, newest first. Neither history nor cancelled."""
    open_rows = UnmatchedOrder.objects.filter(matched_at=None, is_history=False, is_cancelled=False)
    return list(open_rows.select_related("assigned_partner").order_by("-ordered_at")[:200])


def open_questions() -> BookingQuerySet:
    return Booking.objects.with_relations().exclude(staff_question="").order_by("updated_at")


def declined_without_ticket(*, settled_before: datetime) -> BookingQuerySet:
    return Booking.objects.filter(
        status=BookingStatus.DECLINED, odoo_ticket_id="", settled_at__lte=settled_before
    )


def escalated_without_ticket(*, escalated_before: datetime) -> BookingQuerySet:
    return Booking.objects.pending().filter(escalated_at__lte=escalated_before, odoo_ticket_id="")


def waiting_for(partner_id: int) -> BookingQuerySet:
    """Pending bookings that the partner was asked for."""
    return Booking.objects.shown().pending().filter(partner_id=partner_id, asked_at__isnull=False)


def orders_of_date(partner_id: int, date_id: int) -> list[int]:
    """Orders with a booking of this date that somebody still counts on."""
    live = Booking.objects.filter(partner_id=partner_id, course_date=date_id).exclude(status="cancelled")
    return list(live.order_by("magento_order_id").values_list("magento_order_id", flat=True).distinct())


def rebooked_to(partner_id: int, date_id: int) -> list[Booking]:
    """What was moved to this date, or is to be."""
    found = Booking.objects.filter(partner_id=partner_id, course_date=date_id, generation__gt=1)
    return list(found.order_by("pk"))


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


def cancellation_of(booking: Booking) -> DateCancellation | None:
    """By which the booking fell through together with its date, unless that was undone."""
    standing = DateCancellation.objects.filter(undone_at=None, bookings__booking=booking)
    return standing.order_by("-pk").first()


def import_runs() -> list[ImportRun]:
    """The latest readings of the shop; those that found nothing are left out, but for the newest."""
    newest = list(ImportRun.objects.order_by("-started_at")[:1])
    busy = ImportRun.objects.exclude(report__orders=0, problem="").order_by("-started_at")[:50]
    return newest + [run for run in busy if run not in newest]


def failed_orders() -> list[FailedOrder]:
    """Those that wait longest first."""
    return list(FailedOrder.objects.order_by("failed_at", "pk")[:200])
