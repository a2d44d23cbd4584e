"""What has become of the links of a booking, and of the mails with them."""

from portal.bookings.models import Booking
from portal.core.models import Event, OutboxMail


def offers(booking: Booking) -> list[tuple[str, int, int]]:
    mails = OutboxMail.objects.filter(kind="rebooking_offer", subject_id=booking.pk).order_by("pk")
    return list(mails.values_list("recipient", "version", "copy"))


def data_of(booking: Booking, kind: str) -> list[dict[str, object]]:
    return [each.data for each in Event.objects.filter(kind=kind, subject_id=booking.pk).order_by("pk")]


def links_of(booking: Booking) -> list[tuple[str, str, int]]:
    return list(booking.rebookings.order_by("pk").values_list("status", "cause", "link_version"))


def change_contact(booking: Booking, **values: str) -> None:
    for name, value in values.items():
        setattr(booking.customer, name, value)
    booking.customer.save()
