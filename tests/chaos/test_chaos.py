"""kill -9 of web and worker at random while orders arrive and are decided: nothing lost, nothing doubled.

Seeded, so that the same kills fall; CHAOS_SECONDS and CHAOS_ORDERS make it longer (`make chaos`).
"""

import os
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest

from tests.chaos.world import World, chaos_world

pytestmark = pytest.mark.chaos

SECONDS = float(os.environ.get("CHAOS_SECONDS", "20"))
# Five in a second are as much as one worker can do: each kill meets it at work.
ORDERS = int(os.environ.get("CHAOS_ORDERS", max(100, SECONDS)))
SEED = int(os.environ.get("CHAOS_SEED", "7"))
# A killed worker's jobs run again within a minute; then there must be an end.
PATIENCE_SECONDS = 120


def test_nothing_is_lost_or_doubled_when_processes_are_killed(tmp_path: Path) -> None:
    with chaos_world(tmp_path, SEED) as world:
        kills = _let_chaos_reign(world)
        _decide_the_rest(world)
        _wait_until_quiet(world)

        assert kills >= SECONDS / 4
        assert len(world.orders) == ORDERS
        _every_order_is_one_booking(world)
        _what_was_accepted_holds(world)
        _every_decline_and_every_escalation_is_one_ticket(world)
        _every_mail_has_one_message_id(world)
        _nothing_is_stuck(world)


def _let_chaos_reign(world: World) -> int:
    end = time.monotonic() + SECONDS
    deciding = threading.Thread(target=_decide_until, args=(world, end))
    killing = _Killer(world, end)
    deciding.start()
    killing.start()
    pause = SECONDS * 0.8 / ORDERS
    for _ in range(ORDERS):
        world.order()
        time.sleep(pause)
    deciding.join()
    killing.join()
    return killing.kills


class _Killer(threading.Thread):
    def __init__(self, world: World, end: float) -> None:
        super().__init__()
        self.world, self.end, self.kills = world, end, 0

    def run(self) -> None:
        while time.monotonic() < self.end:
            time.sleep(self.world.random.uniform(0.3, 1.7))
            victims = self.world.portal.pids(
                self.world.random.choice(["granian", "portal.runtime.cli worker"])
            )
            if victims:
                # It may have ended with its parent, which was killed a moment ago.
                with suppress(ProcessLookupError):
                    os.kill(self.world.random.choice(victims), signal.SIGKILL)
                    self.kills += 1


def _decide_until(world: World, end: float) -> None:
    while time.monotonic() < end:
        _decide_open(world)
        time.sleep(0.1)


def _decide_open(world: World) -> None:
    # As n8n does: what was not answered with 202 is sent again.
    for order_id in [each for each in list(world.orders) if each not in world.hinted]:
        if world.hint(order_id) == 202:
            world.hinted.add(order_id)
    for token in world.tokens():
        if token not in world.accepted:
            _decide(world, token)


def _decide(world: World, token: str) -> None:
    """Two of three are confirmed from the mail, the third is declined by the partner's own software."""
    if int(token[:4], 16) % 3:
        if world.call("POST", f"/api/confirm/{token}")[0] == 200:
            world.accepted[token] = "confirmed"
        return
    booking_id = _booking_of(world, token)
    headers = {"Authorization": f"Bearer {world.access_token()}"}
    path = f"/api/partner/bookings/{booking_id}/decline"
    if world.call("POST", path, {"reason": "capacity_full"}, **headers)[0] == 200:
        world.accepted[token] = "declined"


def _decide_the_rest(world: World) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(world.accepted) < ORDERS and time.monotonic() < deadline:
        _decide_open(world)
        time.sleep(0.2)
    assert len(world.accepted) == ORDERS, (
        f"{len(world.accepted)} of {ORDERS} requests were mailed and answered"
    )


def _wait_until_quiet(world: World) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _unfinished(world) and time.monotonic() < deadline:
        time.sleep(0.5)


def _unfinished(world: World) -> list[tuple[str, int]]:
    jobs = world.rows(
        "SELECT task_name, count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') "
        "AND task_name NOT LIKE 'bookings.import%' GROUP BY 1"
    )
    open_bookings = world.rows(
        "SELECT 'open bookings', count(*) FROM miomente_partner_portal_booking_confirmations "
        "WHERE settled_at IS NULL OR (status = 'declined' AND decline_told_at IS NULL) HAVING count(*) > 0"
    )
    return [*jobs, *open_bookings]


def _every_order_is_one_booking(world: World) -> None:
    sold = Counter(
        order_id
        for (order_id,) in world.rows(
            "SELECT order_id FROM portal_shop.sales_order_item WHERE parent_item_id IS NULL"
        )
    )
    booked = Counter(
        order_id
        for (order_id,) in world.rows(
            "SELECT magento_order_id FROM miomente_partner_portal_booking_confirmations"
        )
    )
    assert booked == sold == Counter(world.orders)


def _what_was_accepted_holds(world: World) -> None:
    stands = {
        str(token_hash): status
        for token_hash, status in world.rows(
            "SELECT confirmation_token, status FROM miomente_partner_portal_booking_confirmations"
        )
    }
    assert stands == {_hash(token): status for token, status in world.accepted.items()}
    assert set(world.accepted.values()) == {"confirmed", "declined"}


def _every_decline_and_every_escalation_is_one_ticket(world: World) -> None:
    rows = world.rows(
        "SELECT 'partner_portal.confirmation_' || id, odoo_ticket_number, status, escalated_at IS NOT NULL "
        "FROM miomente_partner_portal_booking_confirmations"
    )
    opened = [(ticket["row"]["id"], ticket["number"]) for ticket in world.odoo.tickets.values()]
    assert sorted(opened) == sorted((key, number) for key, number, *_ in rows if number)
    assert [key for key, number, status, _ in rows if status == "declined" and not number] == []
    # A confirmation may be quicker than the job that opens the ticket; then nobody needs to call.
    assert [
        key for key, number, status, escalated in rows if number and status != "declined" and not escalated
    ] == []
    assert [key for key, number, _, escalated in rows if escalated and number]
    told = world.rows(
        "SELECT subject_id, count(*) FROM miomente_partner_portal_events WHERE kind = 'booking.escalated' GROUP BY 1"
    )
    assert {count for _, count in told} == {1}
    assert len(told) == sum(escalated for *_, escalated in rows)


def _every_mail_has_one_message_id(world: World) -> None:
    owed = world.rows("SELECT message_id, state, kind FROM miomente_partner_portal_outbox")
    assert {state for _, state, _ in owed} <= {"sent", "dropped"}
    # Between the server's 250 and our commit a kill leaves the mail delivered and still owed. It then goes out again
    # with the same Message-ID, or is dropped because the partner has answered it meanwhile.
    assert {message_id for message_id, state, _ in owed if state == "sent"} <= world.smtp.message_ids
    assert world.smtp.message_ids <= {message_id for message_id, _, _ in owed}
    kinds = Counter(kind for _, _, kind in owed)
    declined = sum(status == "declined" for status in world.accepted.values())
    confirmed = ORDERS - declined
    assert kinds == {"booking_request": ORDERS, "booking_declined": declined, "customer_confirmed": confirmed}


def _nothing_is_stuck(world: World) -> None:
    assert _unfinished(world) == []


def _booking_of(world: World, token: str) -> int:
    sql = f"SELECT id FROM miomente_partner_portal_booking_confirmations WHERE confirmation_token = '{_hash(token)}'"
    return int(world.rows(sql)[0][0])


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
