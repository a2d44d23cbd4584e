"""Reads of links to rebook, always starting from whose they are."""

from collections.abc import Collection

from django.db.models import F, QuerySet

from portal.bookings.models import Booking
from portal.core.models import Link
from portal.rebooking.models import ProposedDate, Rebooking

# What links in these mails are for. It begins like every purpose of a link in a mail to a customer.
REBOOK_LINK = "customer_rebook"
# Not more: PostgreSQL plans each of these joins anew, and what else a page shows is a small query of its own.
RELATIONS = ("original_booking__customer", "original_booking__course", "original_booking__course_date")


def with_relations() -> "QuerySet[Rebooking]":
    """With the booking and what is asked of it everywhere."""
    return Rebooking.objects.select_related(*RELATIONS)


def rebooking_of(partner_id: int, rebooking_id: int) -> Rebooking:
    """For jobs and edges. :raises Rebooking.DoesNotExist:"""
    return with_relations().get(partner_id=partner_id, pk=rebooking_id)


def rebooking_of_mail(booking_id: int, link_version: int) -> Rebooking | None:
    """The link that a mail about the booking carries: mails have the version of their link."""
    return with_relations().filter(original_booking=booking_id, link_version=link_version).first()


def active_rebooking(booking: Booking) -> Rebooking | None:
    """The one link of this booking that waits for the customer. Whether it is over by now `policies` says."""
    active = with_relations().filter(original_booking=booking, status=Rebooking.Status.ACTIVE)
    return active.first()


def rebookings_of_partner(partner_id: int) -> "QuerySet[Rebooking]":
    """The newest first, with what a row of a list says."""
    found = Rebooking.objects.filter(partner_id=partner_id).select_related("original_booking__customer")
    return found.order_by("-created_at", "-pk")


def rebookings_of_thread(booking: Booking) -> "QuerySet[Rebooking]":
    """All links of its order item, the oldest first."""
    found = Rebooking.objects.filter(
        original_order_item_id=booking.magento_order_item_id, original_booking__part=booking.part
    )
    return found.order_by("pk")


def proposals_for(booking: Booking) -> list[ProposedDate]:
    """What the partner has proposed with the declines of this order item that stand, the latest decline first."""
    # An edited order carries on what was declined, with the proposals. Read first: an OR of both would read all.
    ids = [*Booking.objects.thread_of(booking).values_list("pk", flat=True), booking.previous_id]
    standing = ProposedDate.objects.filter(booking__in=ids, proposed_at=F("booking__declined_at"))
    return list(standing.select_related("course_date__course").order_by("-proposed_at", "rank"))


def refused_date_ids(booking: Booking) -> set[int]:
    """Its own date, and those of the thread that the partner has declined already."""
    thread = Booking.objects.filter(magento_order_item_id=booking.magento_order_item_id, part=booking.part)
    declined = thread.filter(declined_at__isnull=False, course_date__isnull=False)
    ids: Collection[int | None] = [*declined.values_list("course_date_id", flat=True), booking.course_date_id]
    return {each for each in ids if each is not None}


def link_of(rebooking: Rebooking) -> Link | None:
    """The link as the customer has it, in the version that this row was sent with; None once it is nobody's."""
    link = Link.objects.filter(
        subject_type=Booking.EVENT_SUBJECT,
        subject_id=rebooking.original_booking_id,
        purpose=REBOOK_LINK,
        recipient=rebooking.customer_email or "",
    ).first()
    if link is not None:
        link.version = rebooking.link_version
    return link
