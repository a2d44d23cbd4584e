"""Reads of the bookings of a date, and of dates that fell through."""

from datetime import datetime

from django.db.models import Case, IntegerField, Value, When

from portal.bookings.models import Booking, BookingStatus, CancelledBooking, DateCancellation
from portal.bookings.querysets import BookingQuerySet
from portal.core.wording import wall_clock
from portal.dates.models import CourseDate

# What falls through with its date. Of what nobody answered in time the date has begun.
LIVE = (BookingStatus.PENDING, BookingStatus.CONFIRMED)
_COME = (BookingStatus.CONFIRMED, BookingStatus.PENDING, BookingStatus.EXPIRED)


def bookings_on(course_date: CourseDate) -> BookingQuerySet:
    """What its partner sees, with all that a row shows: those who come first."""
    place = Case(
        *(When(status=status, then=Value(number)) for number, status in enumerate(_COME)),
        default=Value(len(_COME)),
        output_field=IntegerField(),
    )
    found = Booking.objects.filter(course_date=course_date).shown().with_relations()
    return found.order_by(place, "customer__last_name", "customer__first_name", "pk")


def live_bookings(course_date: CourseDate) -> BookingQuerySet:
    """Those that fall through with the date. The shop still waits for the payment of others."""
    return bookings_on(course_date).filter(status__in=LIVE)


def expected_guests(course_date: CourseDate) -> BookingQuerySet:
    """Who may stand at the door: also those whom nobody has answered by the time the date began."""
    return bookings_on(course_date).filter(status__in=_COME)


def count_unpaid(course_date: CourseDate) -> int:
    """Orders that somebody is still paying: not shown, and not there before the money is."""
    unpaid = Booking.objects.filter(course_date=course_date, status=BookingStatus.PENDING, released_at=None)
    return unpaid.count()


def standing_cancellation(course_date: CourseDate) -> DateCancellation | None:
    found = DateCancellation.objects.filter(course_date=course_date, undone_at=None)
    return found.select_related("decided_by_user").first()


def fell_through(cancellation: DateCancellation) -> BookingQuerySet:
    """Its bookings, to be locked."""
    ids = CancelledBooking.objects.filter(cancellation=cancellation).values("booking_id")
    return Booking.objects.filter(pk__in=ids)


def entries_of(cancellation: DateCancellation) -> list[CancelledBooking]:
    """With all that a row shows, without those that an edited order carries on."""
    entries = list(
        CancelledBooking.objects.filter(cancellation=cancellation)
        .select_related(
            "reached_by_user", *(f"booking__{name}" for name in ("customer", "course_date", "previous"))
        )
        .order_by("booking__customer__last_name", "pk")
    )
    carried_on = {entry.booking.previous_id for entry in entries}
    return [entry for entry in entries if entry.booking_id not in carried_on]


def is_declined(booking: Booking) -> bool:
    """Also when the order is cancelled after that was final: so the money goes back, and the customer may not know."""
    is_final = booking.declined_at is not None and booking.settled_at is not None
    return booking.status == BookingStatus.DECLINED or (
        booking.status == BookingStatus.CANCELLED and is_final
    )


def has_fallen_through(booking: Booking) -> bool:
    """Whether it is still declined; also when an edited order carries that on."""
    if is_declined(booking):
        return True
    heirs = Booking.objects.filter(previous=booking, status=BookingStatus.DECLINED)
    return heirs.exclude(magento_order_item_id=booking.magento_order_item_id).exists()


def sold_in_spite(at: datetime) -> BookingQuerySet:
    """For staff: live bookings of cancelled dates to come, the newest first."""
    cancelled = CourseDate.objects.filter(cancelled_at__isnull=False, starts_on__gte=wall_clock(at).date())
    found = Booking.objects.shown().filter(course_date__in=cancelled.values("pk"), status__in=LIVE)
    return found.with_relations().order_by("-created_at", "-pk")
