"""An edited order cancels the original and starts anew: its bookings carry on what was promised before."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import F

from portal.bookings.models import Booking, BookingStatus
from portal.bookings.operations import CUSTOMER_CONFIRMED, hears_of_confirmation
from portal.core.models import OutboxMail

DECISION = (
    "asked_at",
    "confirmed_at",
    "confirmed_by",
    "confirm_notes",
    "declined_at",
    "declined_by",
    "decline_reason",
    "decline_notes",
    "decided_by_user_id",
    "settles_at",
    "settled_at",
    "undo_status",
    "undo_settled_at",
    "decline_told_at",
)
# Whatever has been answered, the help desk keeps one case.
_CASE = ("odoo_ticket_id", "odoo_ticket_number")


def inherit_decisions(bookings: Collection[Booking]) -> None:
    """What the partner has answered still holds, and whoever has not heard of it yet hears it of the heir.

    Call it with the bookings of the former orders locked, before the new ones are saved.
    """
    pairs = _heirs_with_originals(bookings)
    answered = [(heir, old) for heir, old in pairs if old.confirmed_at or old.declined_at]
    untold = _untold([old for _, old in answered if old.settled_at])
    for heir, old in pairs:
        heir.previous = old
        _take_over(heir, old, _CASE)
    for heir, old in answered:
        heir.status = BookingStatus.DECLINED if old.declined_at else BookingStatus.CONFIRMED
        _take_over(heir, old, DECISION)
        # Of a decision not yet settled the clock takes care; cancelling the original took its date away.
        heir.settles_at = heir.settles_at or heir.created_at
        heir.settled_at = None if old.pk in untold else heir.settled_at
    _silence([old for _, old in answered if old.pk in untold or not old.settled_at])


def _heirs_with_originals(bookings: Collection[Booking]) -> list[tuple[Booking, Booking]]:
    heirs = [
        each for each in bookings if each.shop_previous_order_id and each.status == BookingStatus.PENDING
    ]
    if not heirs:
        return []
    orders = {each.shop_previous_order_id for each in heirs if each.shop_previous_order_id}
    former = Booking.objects.filter(magento_order_id__in=orders, is_candidate=False)
    by_promise: dict[tuple[object, ...], list[Booking]] = defaultdict(list)
    for old in former.exclude(status=BookingStatus.REBOOKED).order_by("pk"):
        by_promise[_promise(old, old.magento_order_id)].append(old)
    found = ((heir, by_promise[_promise(heir, heir.shop_previous_order_id)]) for heir in heirs)
    # Each original has one heir: two equal items of an order stay two bookings.
    return [(heir, originals.pop(0)) for heir, originals in found if originals]


def _promise(booking: Booking, order_id: int | None) -> tuple[object, ...]:
    """What must be equal for an answer to hold for an edited order too."""
    return booking.partner_id, order_id, booking.course_date_id, booking.starts_at, booking.participants


def _take_over(heir: Booking, old: Booking, names: Iterable[str]) -> None:
    for name in names:
        setattr(heir, name, getattr(old, name))


def _untold(settled: Collection[Booking]) -> set[int]:
    """Those whose settled decision has not reached the help desk, the partner or the customer yet.

    Their jobs would find a cancelled booking and stop.
    """
    declined = (each for each in settled if each.declined_at)
    silent = {each.pk for each in declined if not (each.odoo_ticket_id and each.decline_told_at)}
    promised = [each for each in settled if not each.declined_at and not each.is_history]
    awaited = [each for each in promised if hears_of_confirmation(each)]
    return silent | {each.pk for each in awaited} - _told_of_promise(awaited)


def _told_of_promise(promised: Collection[Booking]) -> set[int]:
    """Those whose customer was told, of this booking or of one that it carries on."""
    told: set[int] = set()
    chains = {each.pk: each.pk for each in promised}  # the member of the chain we look at → whose chain it is
    while chains:
        sent = _with_sent_mail(chains)
        told |= {chains[pk] for pk in sent}
        earlier = Booking.objects.filter(pk__in=chains.keys() - sent, previous__isnull=False)
        # What was promised on the date before a rebooking is another promise.
        earlier = earlier.exclude(previous__magento_order_item_id=F("magento_order_item_id"))
        chains = {previous: chains[pk] for pk, previous in earlier.values_list("pk", "previous_id")}
    return told


def _with_sent_mail(booking_ids: Collection[int]) -> set[int]:
    # Locked: the sender may have one in its hands right now, and then the customer is told.
    mails = OutboxMail.objects.select_for_update().filter(
        subject_type=Booking.EVENT_SUBJECT, subject_id__in=booking_ids, kind=CUSTOMER_CONFIRMED
    )
    return {mail.subject_id for mail in mails.order_by("pk") if mail.state == OutboxMail.State.SENT}


def _silence(originals: Collection[Booking]) -> None:
    """The heir tells it. An original that the shop has not cancelled yet must not tell it as well."""
    standing = Booking.objects.filter(
        pk__in=[each.pk for each in originals], status__in=(BookingStatus.CONFIRMED, BookingStatus.DECLINED)
    )
    standing.update(settles_at=None, settled_at=None)
