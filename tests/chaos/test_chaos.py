"""kill -9 of web and worker at random while orders arrive, are decided, fall through and move to other dates.

Nothing is lost and nothing is doubled.

Seeded, so that the same kills fall; CHAOS_SECONDS and CHAOS_ORDERS make it longer (`make chaos`).
"""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.chaos import date_checks, rebooking_checks, told_checks
from tests.chaos.customers import Customers, hash_of
from tests.chaos.desk import Desk
from tests.chaos.world import World, chaos_world

pytestmark = pytest.mark.chaos

SECONDS = float(os.environ.get("CHAOS_SECONDS", "20"))
# Five in a second are as much as one worker can do: each kill meets it at work.
ORDERS = int(os.environ.get("CHAOS_ORDERS", max(70, SECONDS)))
LEAST_KILLS = SECONDS / 5
LEAST_MOVES = 4
# So many answers or jobs since the last time.
AT_WORK = 5
# So many of them are declined before it begins: their customers choose other dates while it reigns.
DECLINED_BEFORE = 16
# What a member does at the browser beside it, each of it twice.
FORMS = max(24, int(SECONDS))
SEED = int(os.environ.get("CHAOS_SEED", "7"))
# A killed worker's jobs run again within a minute; then there must be an end.
PATIENCE_SECONDS = 150


def test_nothing_is_lost_or_doubled_when_processes_are_killed(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    with chaos_world(tmp_path, SEED) as world:
        desk, customers = Desk(world, seed=SEED), Customers(world, seed=SEED)
        _decline_some_in_peace(world)
        _let_chaos_reign(world, desk, customers)
        desk.finish(seconds=PATIENCE_SECONDS)
        _do_the_rest(world, customers)

        _nothing_is_stuck(world)
        assert len(world.orders) == ORDERS
        date_checks.every_form_was_answered_twice(desk)
        _every_order_is_one_booking(world)
        _what_was_accepted_holds(world)
        told_checks.every_decline_and_every_escalation_is_one_ticket(world)
        told_checks.every_mail_has_one_message_id(world)
        told_checks.everybody_is_told_once(world)
        rebooking_checks.every_order_item_has_one_live_booking(world)
        rebooking_checks.every_used_link_is_one_new_booking(world)
        rebooking_checks.what_customers_were_told_holds(customers)
        rebooking_checks.no_seat_was_promised_twice(customers)
        rebooking_checks.every_decline_is_answered_once(world)
        rebooking_checks.every_thread_is_one_ticket_with_each_note_once(world)
        date_checks.every_key_made_one_date(desk)
        date_checks.every_seat_key_counts_once(desk)
        date_checks.no_seat_was_given_away_twice(world)
        date_checks.every_fallen_date_fell_once_with_all_its_bookings(desk)
        with django_db_blocker.unblock():
            date_checks.the_ledger_is_what_the_bookings_say(world)


def _decline_some_in_peace(world: World) -> None:
    for _ in range(DECLINED_BEFORE):
        world.order()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _links_mailed(world) < DECLINED_BEFORE and time.monotonic() < deadline:
        _hint_of_orders(world)
        for token in world.tokens():
            if token not in world.accepted:
                _decline(world, token)
        time.sleep(0.1)


def _links_mailed(world: World) -> int:
    return sum("/rebook/" in mail.part("plain") for mail in world.smtp.mails)


def _let_chaos_reign(world: World, desk: Desk, customers: Customers) -> None:
    end = time.monotonic() + SECONDS

    def goes_on() -> bool:
        """On a busy machine for longer, until there was enough of it."""
        now = time.monotonic()
        is_enough = world.kills >= LEAST_KILLS and len(customers.rebooked) >= LEAST_MOVES
        return now < end or (not is_enough and now < end + PATIENCE_SECONDS)

    beside = [
        threading.Thread(target=_decide_while, args=(world, goes_on)),
        threading.Thread(target=customers.live_while, args=(goes_on,)),
        threading.Thread(target=desk.work, kwargs={"forms": FORMS, "seconds": SECONDS * 0.9}),
        threading.Thread(target=_kill_while, args=(world, goes_on)),
    ]
    for each in beside:
        each.start()
    pause = SECONDS * 0.8 / (ORDERS - DECLINED_BEFORE)
    for _ in range(ORDERS - DECLINED_BEFORE):
        world.order()
        time.sleep(pause)
    for each in beside:
        each.join()
    assert world.kills >= LEAST_KILLS
    assert len(customers.rebooked) >= LEAST_MOVES


def _kill_while(world: World, goes_on: Callable[[], bool]) -> None:
    """Whoever is back from the last time and at work again."""
    answers = jobs = 0
    while goes_on():
        time.sleep(world.random.uniform(0.3, 1.7))
        if world.random.random() < 0.5:
            if world.answers >= answers + AT_WORK:
                answers = world.answers
                _kill_one(world, "granian")
        elif (done := _jobs_done(world)) >= jobs + AT_WORK:
            jobs = done
            _kill_one(world, "portal.runtime.cli worker")


def _jobs_done(world: World) -> int:
    ((last,),) = world.rows("SELECT count(*) FROM procrastinate_events WHERE type = 'succeeded'")
    return int(last)


def _kill_one(world: World, what: str) -> None:
    victims = world.portal.pids(what)
    if victims:
        # It may have ended with its parent, which was killed a moment ago.
        with suppress(ProcessLookupError):
            os.kill(world.random.choice(victims), signal.SIGKILL)
            world.kills += 1


def _decide_while(world: World, goes_on: Callable[[], bool]) -> None:
    while goes_on():
        _decide_open(world)
        time.sleep(0.1)


def _decide_open(world: World) -> None:
    _hint_of_orders(world)
    for token in world.tokens():
        if token not in world.accepted:
            _decide(world, token)


def _hint_of_orders(world: World) -> None:
    """As n8n does: what was not answered with 202 is sent again."""
    for order_id in [each for each in list(world.orders) if each not in world.hinted]:
        if world.hint(order_id) == 202:
            world.hinted.add(order_id)


def _decide(world: World, token: str) -> None:
    """Two of three are confirmed from the mail, the third is declined by the partner's own software."""
    if int(token[:4], 16) % 3:
        status, _ = world.call("POST", f"/api/confirm/{token}")
        if status == 200:
            world.accepted[token] = "confirmed"
        if status != 409:
            return
        # Its date falls through: the booking has gone with it, or came later and is declined by itself.
    _decline(world, token)


def _decline(world: World, token: str) -> None:
    headers = {"Authorization": f"Bearer {world.access_token()}"}
    path = f"/api/partner/bookings/{_booking_of(world, token)}/decline"
    status, _ = world.call("POST", path, {"reason": "capacity_full"}, **headers)
    if status in _ANSWERS:
        world.accepted[token] = _ANSWERS[status]


_ANSWERS = {200: "declined", 409: "fallen through"}


def _do_the_rest(world: World, customers: Customers) -> None:
    """Until everybody has answered, also what came of the answers."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _is_going_on(world, customers) and time.monotonic() < deadline:
        _decide_open(world)
        customers.go_on(is_over=True)
        time.sleep(0.2)
    assert _undecided(world) == set(), f"of {ORDERS} requests these were not mailed and answered"
    assert [each for each in customers.all.values() if not each.is_done] == []


def _is_going_on(world: World, customers: Customers) -> bool:
    # Asked in this order: a mail that is read has left by a job that is done.
    return bool(_unfinished(world) or _undecided(world)) or not customers.is_at_rest


def _undecided(world: World) -> set[str]:
    """By the hash of the link. Whoever fell through before the mail had left is asked no more."""
    rows = world.rows("SELECT confirmation_token FROM miomente_partner_portal_booking_confirmations")
    asked = {token_hash for (token_hash,) in rows}
    return asked - {hash_of(token) for token in world.accepted} - _fallen(world)


def _fallen(world: World) -> set[str]:
    """By the hash of the link: bookings that fell through with their date."""
    rows = world.rows(
        "SELECT confirmation_token FROM miomente_partner_portal_booking_confirmations "
        "WHERE id IN (SELECT booking_id FROM miomente_partner_portal_cancelled_bookings)"
    )
    return {token_hash for (token_hash,) in rows}


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
            "SELECT magento_order_id FROM miomente_partner_portal_booking_confirmations WHERE generation = 1"
        )
    )
    assert booked == sold == Counter(world.orders)


def _what_was_accepted_holds(world: World) -> None:
    """Unless the whole date fell through later. Only what was declined can move on."""
    rows = world.rows(
        "SELECT confirmation_token, CASE status WHEN 'rebooked' THEN 'declined' ELSE status END "
        "FROM miomente_partner_portal_booking_confirmations"
    )
    fallen = _fallen(world)
    stands = {token_hash: status for token_hash, status in rows if token_hash not in fallen}
    answered = {hash_of(token): answer for token, answer in world.accepted.items()}
    assert stands == {key: answer for key, answer in answered.items() if key not in fallen}
    assert set(stands.values()) == {"confirmed", "declined"}


def _nothing_is_stuck(world: World) -> None:
    assert _unfinished(world) == []


def _booking_of(world: World, token: str) -> int:
    sql = f"SELECT id FROM miomente_partner_portal_booking_confirmations WHERE confirmation_token = '{hash_of(token)}'"
    return int(world.rows(sql)[0][0])
