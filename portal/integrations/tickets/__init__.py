"""Tickets at the help desk: opened once per key, followed by internal notes.

It owns the form of a ticket and the three classes of failure: try again, stop until the key is right, give up
on this one. It does not know why a ticket is opened, nor what happens when it cannot be.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from portal.core.keys import KeyRefused

Priority = Literal["0", "1", "2", "3"]
# Our word for how far a case is.
Stage = Literal["rebooked"]

_KEY = re.compile(r"[A-Za-z0-9_]{1,100}")
_NOTE_KEY = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class TicketDeskError(Exception):
    """Why the help desk did not do it, as a sentence for staff. It names no secret and nothing we sent."""


class TicketDeskUnavailable(TicketDeskError):
    """It may have been done or not; the same call later is safe."""


class TicketDeskAuthFailed(TicketDeskError, KeyRefused):
    """Our key is not accepted. Until somebody replaces it: stop, tell staff, keep what waits."""


class TicketDeskRejected(TicketDeskError):
    """This call will never be accepted as it is. Park it and show it to staff."""


class TicketGone(TicketDeskRejected):
    """Staff have deleted the ticket; `open_ticket` with the same key opens another one."""

    def __init__(self) -> None:
        super().__init__(_("The ticket does not exist any more."))


@dataclass(frozen=True)
class NewTicket:
    """
    :param key: letters, digits and `_`; one key is one ticket for ever, like `confirmation_4711`
    :param body_html: every value in it escaped by the caller
    :param category: our word for the kind of ticket: `declined`, `no_reply` or `rebooking`
    :param priority: "0" low to "3" very high
    """

    key: str
    subject: str
    body_html: str
    customer_name: str
    customer_email: str
    category: str
    priority: Priority
    order_number: str

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError("The key of a ticket has letters, digits and _ only.")
        if self.priority not in ("0", "1", "2", "3"):
            raise ValueError("The priority of a ticket is 0 to 3.")


@dataclass(frozen=True)
class Ticket:
    """
    :param id: what the desk wants to hear from us
    :param number: what people see
    """

    id: str
    number: str


class TicketDesk(Protocol):
    def open_ticket(self, ticket: NewTicket) -> Ticket:
        """Open the ticket, or return the one that this key has opened before, unchanged.

        Safe to repeat and to run side by side.

        :raises TicketDeskUnavailable: try again later
        :raises TicketDeskAuthFailed: stop until the key is replaced
        :raises TicketDeskRejected: give up on this ticket
        """

    def find_ticket(self, key: str) -> Ticket | None:
        """The ticket that this key has opened, also when the desk's answer was lost; None when there is none.

        :raises: as `open_ticket`
        """

    def add_note(self, ticket_id: str, body_html: str, note_key: str) -> None:
        """Write an internal note on the ticket, once per `note_key`. The customer never sees it.

        Safe to repeat, but not side by side with the same key: one job per ticket at a time.

        :param note_key: letters, digits, `_`, `.` and `-`; unique among all notes of the portal
        :raises: as `open_ticket`, and TicketGone
        """

    def update_ticket(self, ticket_id: str, *, category: str, priority: Priority) -> None:
        """Say anew what kind of case it is and how urgent at least. Safe to repeat.

        A closed ticket stays as it is: reopening one is for staff to decide.

        :raises: as `open_ticket`, and TicketGone
        """

    def move_ticket(self, ticket_id: str, *, stage: Stage) -> None:
        """Show how far the case is, and mail nobody. Safe to repeat.

        A desk without that stage leaves the ticket where it is, and so does everyone with a closed ticket: closing and
        reopening are for staff to decide.

        :raises: as `open_ticket`, and TicketGone
        """

    def key_expires_at(self, *, at: datetime) -> datetime | None:
        """When after `at` our key for the desk ends; None when the desk does not tell, or it never ends.

        :raises: as `open_ticket`
        """

    def check(self) -> list[str]:
        """What keeps tickets from being opened, one sentence each; empty when all is well."""


def check_note_key(note_key: str) -> None:
    """:raises ValueError: for a key that cannot be part of a Message-ID"""
    if not _NOTE_KEY.fullmatch(note_key):
        raise ValueError("The key of a note has letters, digits, _ . and - only.")


def ticket_desk() -> TicketDesk:
    """The desk that the settings name."""
    return cast("TicketDesk", import_string(settings.TICKET_DESK)())
