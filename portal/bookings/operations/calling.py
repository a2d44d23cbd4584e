"""Calling a partner about bookings that nobody answers: who is on the phone, and how it went."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.bookings import queries
from portal.bookings.models import Booking
from portal.core import events
from portal.partners.models import Partner
from portal.partners.operations import doubt_phone

# A second click on the same button is no second call.
DOUBLE_CLICK = timedelta(minutes=1)


class CallOutcome(TextChoices):
    """How a call went that brought no decision. One that did is the decision itself, `confirmed_by` staff."""

    NOT_REACHED = "not_reached", _("Nobody was reached.")
    WRONG_NUMBER = "wrong_number", _("The phone number is wrong.")


@transaction.atomic
def start_call(partner: Partner, bookings: Sequence[Booking], *, actor: str, at: datetime) -> None:
    """Tell colleagues that somebody is on the phone with this partner. Safe to repeat."""
    _take_turn(partner)
    if not _is_repeated(bookings, "booking.call_started", {}, actor=actor, at=at):
        data: dict[str, str] = {}
        events.record_many("booking.call_started", [(each, data) for each in bookings], actor=actor, at=at)


@transaction.atomic
def note_call(
    partner: Partner, bookings: Sequence[Booking], outcome: CallOutcome, *, actor: str, at: datetime
) -> None:
    """Keep on each booking how the call went. A wrong number is doubted until somebody changes it."""
    _take_turn(partner)
    data = {"outcome": outcome.value}
    if _is_repeated(bookings, "booking.call_noted", data, actor=actor, at=at):
        return
    events.record_many("booking.call_noted", [(each, data) for each in bookings], actor=actor, at=at)
    if outcome == CallOutcome.WRONG_NUMBER:
        doubt_phone(partner, actor=actor, at=at)


def _take_turn(partner: Partner) -> None:
    # One after another for each partner, so that a double click sees what the first one wrote.
    Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)


def _is_repeated(
    bookings: Sequence[Booking], kind: str, data: dict[str, str], *, actor: str, at: datetime
) -> bool:
    """Whether just this is the last thing noted, by the same person a moment ago; also when there is nothing."""
    last = queries.latest_calls([booking.pk for booking in bookings]) if bookings else []
    return not bookings or (
        bool(last)
        and (last[-1].kind, last[-1].data, last[-1].actor) == (kind, data, actor)
        and at - last[-1].at < DOUBLE_CLICK
    )
