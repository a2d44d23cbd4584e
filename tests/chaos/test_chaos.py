"""kill -9 of web and worker at random while orders arrive, are decided and fall through: nothing lost, nothing doubled.

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
from pytest_django import DjangoDbBlocker

from tests.chaos import date_checks
from tests.chaos.desk import Desk
from tests.chaos.world import CUSTOMER, PARTNER_MAIL, World, chaos_world

pytestmark = pytest.mark.chaos

SECONDS = float(os.environ.get("CHAOS_SECONDS", "20"))
# Five in a second are as much as one worker can do: each kill meets it at work.
ORDERS = int(os.environ.get("CHAOS_ORDERS", max(100, SECONDS)))
# What a member does at the browser beside it, each of it twice.
FORMS = max(24, int(SECONDS))
SEED = int(os.environ.get("CHAOS_SEED", "7"))
# A killed worker's jobs run again within a minute; then there must be an end.
PATIENCE_SECONDS = 120


def test_nothing_is_lost_or_doubled_when_processes_are_killed(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    with chaos_world(tmp_path, SEED) as world:
        desk = Desk(world, seed=SEED)
        _let_chaos_reign(world, desk)
        desk.finish(seconds=PATIENCE_SECONDS)
        _decide_the_rest(world)
        _wait_until_quiet(world)

        assert world.kills >= SECONDS / 4
        assert len(world.orders) == ORDERS
        date_checks.every_form_was_answered_twice(desk)
        _every_order_is_one_booking(world)
        _what_was_accepted_holds(world)
        _every_decline_and_every_escalation_is_one_ticket(world)
        _every_mail_has_one_message_id(world)
        _everybody_is_told_once(world)
        _nothing_is_stuck(world)
        date_checks.every_key_made_one_date(desk)
        date_checks.every_seat_key_counts_once(desk)
        date_checks.no_seat_was_given_away_twice(world)
        date_checks.every_fallen_date_fell_once_with_all_its_bookings(desk)
        with django_db_blocker.unblock():
            date_checks.the_ledger_is_what_the_bookings_say(world)


def _let_chaos_reign(world: World, desk: Desk) -> None:
    end = time.monotonic() + SECONDS
    beside = [
        threading.Thread(target=_decide_until, args=(world, end)),
        threading.Thread(target=desk.work, kwargs={"forms": FORMS, "seconds": SECONDS * 0.9}),
        threading.Thread(target=_kill_until, args=(world, end)),
    ]
    for each in beside:
        each.start()
    pause = SECONDS * 0.8 / ORDERS
    for _ in range(ORDERS):
        world.order()
        time.sleep(pause)
    for each in beside:
        each.join()


def _kill_until(world: World, end: float) -> None:
    while time.monotonic() < end:
        time.sleep(world.random.uniform(0.3, 1.7))
        victims = world.portal.pids(world.random.choice(["granian", "portal.runtime.cli worker"]))
        if victims:
            # It may have ended with its parent, which was killed a moment ago.
            with suppress(ProcessLookupError):
                os.kill(world.random.choice(victims), signal.SIGKILL)
                world.kills += 1


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
        status, _ = world.call("POST", f"/api/confirm/{token}")
        if status == 200:
            world.accepted[token] = "confirmed"
        if status != 409:
            return
        # Its date falls through: the booking has gone with it, or came later and is declined by itself.
    headers = {"Authorization": f"Bearer {world.access_token()}"}
    path = f"/api/partner/bookings/{_booking_of(world, token)}/decline"
    status, _ = world.call("POST", path, {"reason": "capacity_full"}, **headers)
    if status in _ANSWERS:
        world.accepted[token] = _ANSWERS[status]


_ANSWERS = {200: "declined", 409: "fallen through"}


def _decide_the_rest(world: World) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _undecided(world) and time.monotonic() < deadline:
        _decide_open(world)
        time.sleep(0.2)
    assert _undecided(world) == 0, f"so many of {ORDERS} requests were not mailed and answered"


def _undecided(world: World) -> int:
    # Whoever fell through before the mail had left is asked no more.
    return ORDERS - len({_hash(token) for token in world.accepted} | _fallen(world))


def _fallen(world: World) -> set[str]:
    """By the hash of the link: bookings that fell through with their date."""
    rows = world.rows(
        "SELECT confirmation_token FROM miomente_partner_portal_booking_confirmations "
        "WHERE id IN (SELECT booking_id FROM miomente_partner_portal_cancelled_bookings)"
    )
    return {token_hash for (token_hash,) in rows}


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
    """Unless the whole date fell through later."""
    rows = world.rows("SELECT confirmation_token, status FROM miomente_partner_portal_booking_confirmations")
    fallen = _fallen(world)
    stands = {token_hash: status for token_hash, status in rows if token_hash not in fallen}
    answered = {_hash(token): answer for token, answer in world.accepted.items()}
    assert stands == {key: answer for key, answer in answered.items() if key not in fallen}
    assert set(stands.values()) == {"confirmed", "declined"}


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
    owed = world.rows("SELECT message_id, state FROM miomente_partner_portal_outbox")
    assert {state for _, state in owed} <= {"sent", "dropped"}
    # Between the server's 250 and our commit a kill leaves the mail delivered and still owed. It then goes out again
    # with the same Message-ID, or is dropped because the partner has answered it meanwhile.
    assert {message_id for message_id, state in owed if state == "sent"} <= world.smtp.message_ids
    assert world.smtp.message_ids <= {message_id for message_id, _ in owed}


def _everybody_is_told_once(world: World) -> None:
    owed = world.rows("SELECT kind, subject_id, recipient, state FROM miomente_partner_portal_outbox")
    assert [mail for mail, count in Counter((kind, pk) for kind, pk, *_ in owed).items() if count > 1] == []
    about = {kind: {pk for each, pk, *_ in owed if each == kind} for kind, *_ in owed}
    rows = world.rows(
        "SELECT id, CASE WHEN id IN (SELECT booking_id FROM miomente_partner_portal_cancelled_bookings) "
        "THEN 'fallen' ELSE status END FROM miomente_partner_portal_booking_confirmations"
    )
    by_fate = {
        fate: {pk for pk, each in rows if each == fate} for fate in ("confirmed", "declined", "fallen")
    }
    # Some of those that fell through had been confirmed for long enough.
    confirmed = about.pop("customer_confirmed")
    assert by_fate["confirmed"] <= confirmed <= by_fate["confirmed"] | by_fate["fallen"]
    assert about == {
        "booking_request": {pk for pk, _ in rows},
        "booking_declined": by_fate["declined"],
        "customer_date_cancelled": by_fate["fallen"],
        # Nobody need hear that a date falls through that nobody had booked.
        "date_cancelled": _pks(
            world, "SELECT cancellation_id FROM miomente_partner_portal_cancelled_bookings"
        ),
    }
    told = [(to, state) for kind, _, to, state in owed if kind.endswith("date_cancelled")]
    assert set(told) == {(CUSTOMER.email, "sent"), (PARTNER_MAIL, "sent")}


def _pks(world: World, sql: str) -> set[int]:
    return {pk for (pk,) in world.rows(sql)}


def _nothing_is_stuck(world: World) -> None:
    assert _unfinished(world) == []


def _booking_of(world: World, token: str) -> int:
    sql = f"SELECT id FROM miomente_partner_portal_booking_confirmations WHERE confirmation_token = '{_hash(token)}'"
    return int(world.rows(sql)[0][0])


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
