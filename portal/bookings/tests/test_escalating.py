"""Escalation for another reason than the ladder's, and what people read of it."""

from datetime import timedelta

import pytest

from portal.bookings import operations
from portal.bookings.operations import By
from portal.bookings.tests.looking import fresh, kinds
from portal.bookings.tests.reminding import (
    DAY_1,
    DAY_2,
    HOUR,
    MINUTE,
    due,
    reminders,
)
from portal.bookings.timeline import timeline_entries
from portal.conftest import NOON
from portal.core import registry
from portal.core.models import Event

# --- Escalation for another reason


def test_a_bounce_is_told_at_once_and_once_and_the_others_are_reminded_all_the_same(asked, at_time):
    told = [operations.escalate(asked, reason="bounced", at=NOON + HOUR * hour) for hour in (1, 2)]

    assert (told, due(asked)) == ([True, False], (DAY_1, None))
    at_time(DAY_1)
    at_time(DAY_2)
    assert len(reminders()) == 2
    assert [event.data for event in Event.objects.filter(kind="booking.escalated")] == [{"reason": "bounced"}]


def test_what_is_answered_or_not_yet_due_is_not_escalated(asked):
    assert not operations.escalate(asked, at=DAY_2 - MINUTE)
    operations.confirm_booking(asked, by=By("portal"), at=NOON)

    assert not operations.escalate(asked, reason="bounced", at=NOON)
    assert "booking.escalated" not in kinds(asked)


# --- What people read of it


def test_the_timeline_tells_the_ladder(asked, at_time):
    at_time(DAY_1)
    at_time(DAY_2)

    told = [str(entry.text) for entry in timeline_entries(fresh(asked))]

    assert told[-5:] == [
        "No answer yet: the first reminder.",
        "The reminder was sent by e-mail.",
        "No answer yet: the last reminder.",
        "Nobody has answered: our team will call.",
        "The last reminder was sent by e-mail.",
    ]


@pytest.mark.parametrize("reason", ["late", "bounced", "no_address", "staff"])
def test_the_timeline_says_why_our_team_calls(asked, reason):
    operations.escalate(asked, reason=reason, at=NOON)

    assert "our team will call" in str(timeline_entries(fresh(asked))[-1].text).lower()


@pytest.mark.parametrize(
    ("seconds", "found"), [(-1, []), (0, ["1 booking that nobody answers waits for its ticket."])]
)
def test_staff_see_an_escalation_without_a_ticket_after_a_quarter_of_an_hour(asked, seconds, found):
    operations.escalate(asked, reason="bounced", at=NOON)
    at = NOON + 15 * MINUTE + timedelta(seconds=seconds)

    def late() -> list[str]:
        return [
            str(each.text) for each in registry.problems(at) if each.title == "Escalation tickets are late"
        ]

    assert late() == found
    operations.record_ticket(fresh(asked), ticket_id="7", number="HT7", at=NOON)
    assert late() == []
