"""Forgetting a customer who asks for it: bookings, events and sums stay, the person goes for good."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from portal.bookings.models import Booking, Customer, ErasedOrder
from portal.bookings.operations.locking import take_import_turn
from portal.core import events
from portal.core.models import BouncedAddress, OutboxMail
from portal.dates.models import CourseDate

_NOBODY = {"first_name": "", "last_name": "", "email": "", "phone": ""}


@dataclass(frozen=True)
class Erasure:
    """What went, and the tickets at the help desk that somebody has to clean by hand."""

    orders: int
    bookings: int
    tickets: list[str]


@transaction.atomic
def erase_orders(order_ids: Collection[int], *, actor: str, at: datetime) -> Erasure:
    """Empty everything that names the person of these orders, and keep the shop from bringing it back.

    For staff: it needs the scope of all partners, since an order may be held by several. Safe to repeat.
    """
    # A page of the import that has read the person already comes before this, or finds the order among the erased.
    take_import_turn()
    bookings = _lock(order_ids)
    customers = Customer.objects.filter(magento_order_id__in=order_ids)
    addresses = {email.lower() for email in customers.values_list("email", flat=True) if email}
    unknown_yet = {customer.pk for customer in customers.filter(erased_at=None)}

    customers.filter(erased_at=None).update(**_NOBODY, erased_at=at)
    # The hash was made of the person too. Without one the next reading counts as a change that changes nothing.
    Booking.objects.filter(pk__in=[each.pk for each in bookings]).update(
        notes="", confirm_notes="", decline_notes="", shop_hash=""
    )
    _forget_mails(bookings, addresses)
    ErasedOrder.objects.bulk_create(
        [ErasedOrder(magento_order_id=order_id, erased_at=at) for order_id in sorted(order_ids)],
        ignore_conflicts=True,
    )
    about = [(each, {"order": each.magento_order_id}) for each in bookings if each.customer_id in unknown_yet]
    events.record_many("customer.erased", about, actor=actor, at=at)
    tickets = sorted({each.odoo_ticket_number or each.odoo_ticket_id for each in bookings} - {""})
    return Erasure(len(set(order_ids)), len(bookings), tickets)


def _lock(order_ids: Collection[int]) -> list[Booking]:
    """The bookings of these orders, in the one order of locks."""
    found = Booking.objects.filter(magento_order_id__in=order_ids)
    dates = sorted({each for each in found.values_list("course_date_id", flat=True) if each})
    list(CourseDate.objects.select_for_update().filter(pk__in=dates).order_by("pk"))
    return list(found.select_for_update().order_by("pk"))


def _forget_mails(bookings: Collection[Booking], addresses: Collection[str]) -> None:
    """Mails to the customer keep their row and their fate; what has not left never does."""
    mails = OutboxMail.objects.select_for_update().filter(
        subject_type=Booking.EVENT_SUBJECT,
        subject_id__in=[each.pk for each in bookings],
        audience=OutboxMail.Audience.CUSTOMER,
    )
    ids = [mail.pk for mail in mails.order_by("pk")]
    rows = OutboxMail.objects.filter(pk__in=ids)
    rows.exclude(state=OutboxMail.State.SENT).update(state=OutboxMail.State.DROPPED)
    # Unlike each other: no two mails may be about the same and go to the same.
    rows.update(recipient=Concat(Value("erased-"), Cast("pk", CharField())), problem="")
    BouncedAddress.objects.filter(address__in=addresses).delete()
