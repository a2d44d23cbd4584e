"""How the partners of the sample data answer."""

import random
from collections.abc import Mapping
from datetime import datetime
from itertools import cycle

from django.db import transaction

from portal.accounts.models import User
from portal.bookings import operations, queries, tickets
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.core import links
from portal.dates.models import CourseDate
from portal.demo.seeding.stories import DECLINES, PROPOSED
from portal.integrations.models import DemoTicket
from portal.integrations.tickets import ticket_desk
from portal.rebooking.operations import propose_dates

CONFIRM_NOTES = ("", "", "", "Wir freuen uns auf Sie!", "Bitte eine Schürze mitbringen.")


class Deciders:
    """Some answer in the portal, some from the mail. Call it in a scope that sees all partners."""

    def __init__(self, owners: Mapping[str, User], draw: random.Random) -> None:
        self._owners = owners
        self._draw = draw
        self._declines = cycle(DECLINES)

    def confirm(self, item_id: int, *, at: datetime) -> Booking:
        booking = booking_of_item(item_id)
        by, notes = self._by(booking, at=at), ""
        if by.way == "portal":
            notes = self._draw.choice(CONFIRM_NOTES)
        return operations.confirm_booking(booking, by=by, notes=notes, at=at).booking

    def decline(self, item_id: int, *, at: datetime) -> Booking:
        booking = booking_of_item(item_id)
        code, notes = next(self._declines)
        by = By("portal", user=self._owners[booking.partner.magento_partner_id])
        reason = queries.reason_by_code(code)
        with transaction.atomic():
            declined = operations.decline_booking(booking, reason=reason, notes=notes, by=by, at=at).booking
            if proposed := PROPOSED.get(sku_of(booking)):
                dates = [date_by_sku(sku) for sku in proposed]
                propose_dates(declined, dates, actor=by.actor, at=at)
        return declined

    @staticmethod
    def open_ticket(booking: Booking, *, at: datetime) -> None:
        """As the subscriber of the settled decline does; its own job then finds the ticket there."""
        ticket = ticket_desk().open_ticket(tickets.decline_ticket(booking))
        DemoTicket.objects.filter(pk=ticket.id).update(created_at=at)
        operations.record_ticket(booking, ticket_id=ticket.id, number=ticket.number, at=at)

    def _by(self, booking: Booking, *, at: datetime) -> By:
        link = links.find(operations.link_purpose, subject=booking)
        if link is None or self._draw.random() < 0.5:
            return By("portal", user=self._owners[booking.partner.magento_partner_id])
        links.mark_used(link, at=at)
        return By("email_token", link_id=str(link.pk))


def sku_of(booking: Booking) -> str:
    return booking.course_date.sku if booking.course_date else ""


def date_by_sku(sku: str) -> CourseDate:
    return CourseDate.objects.select_related("course").get(sku=sku)


def booking_of_item(item_id: int) -> Booking:
    """As it is now."""
    return Booking.objects.with_relations().live_rows([item_id]).get()
