"""Forgetting a customer who asks for it: bookings, events and sums stay, the person goes for good."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat, Left

from portal.bookings.models import Booking, Customer, ErasedOrder
from portal.bookings.operations.locking import lock_orders
from portal.bookings.queries import of_customers
from portal.core import events
from portal.core.models import BouncedAddress, Link, OutboxMail
from portal.dates.importing.turn import take_import_turn

# Behind these characters of `shop_hash` stands what is made of the person.
FACTS_HASH_LENGTH = 32
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
    bookings = lock_orders(order_ids)
    customers = Customer.objects.filter(magento_order_id__in=order_ids)
    addresses = {email.lower() for email in customers.values_list("email", flat=True) if email}
    unknown_yet = {customer.pk for customer in customers.filter(erased_at=None)}

    customers.filter(erased_at=None).update(**_NOBODY, erased_at=at)
    # What was made of the person leaves the hash too: so the next reading finds no change, and asks staff nothing.
    Booking.objects.filter(pk__in=[each.pk for each in bookings]).update(
        notes="", confirm_notes="", decline_notes="", shop_hash=Left("shop_hash", FACTS_HASH_LENGTH)
    )
    _forget_mails(bookings, addresses)
    _forget_links(bookings)
    ErasedOrder.objects.bulk_create(
        [ErasedOrder(magento_order_id=order_id, erased_at=at) for order_id in sorted(order_ids)],
        ignore_conflicts=True,
    )
    about = [(each, {"order": each.magento_order_id}) for each in bookings if each.customer_id in unknown_yet]
    events.record_many("customer.erased", about, actor=actor, at=at)
    tickets = sorted({each.odoo_ticket_number or each.odoo_ticket_id for each in bookings} - {""})
    return Erasure(len(set(order_ids)), len(bookings), tickets)


def _forget_mails(bookings: Collection[Booking], addresses: Collection[str]) -> None:
    """Mails to the customer keep their row and their fate; what has not left never does."""
    mails = OutboxMail.objects.select_for_update().filter(
        subject_type=Booking.EVENT_SUBJECT,
        subject_id__in=[each.pk for each in bookings],
        audience=OutboxMail.Audience.CUSTOMER,
    )
    found = list(mails.order_by("pk"))
    rows = OutboxMail.objects.filter(pk__in=[mail.pk for mail in found])
    rows.exclude(state=OutboxMail.State.SENT).update(state=OutboxMail.State.DROPPED)
    # Unlike each other: no two mails may be about the same and go to the same.
    rows.update(recipient=Concat(Value("erased-"), Cast("pk", CharField())), problem="")
    # The shop may have put an address right since a mail to the wrong one came back.
    former = {mail.recipient.lower() for mail in found}
    BouncedAddress.objects.filter(address__in=former.union(addresses)).delete()


def _forget_links(bookings: Collection[Booking]) -> None:
    """That somebody opened one is still known; they lead nowhere any more."""
    links = Link.objects.filter(
        of_customers(),
        subject_type=Booking.EVENT_SUBJECT,
        subject_id__in=[each.pk for each in bookings],
    )
    links.update(recipient=Concat(Value("erased-"), Cast("pk", CharField())))
