"""Weeks in fast motion, over both changes of the clocks, while shop, mail server and help desk fail at random.

At the end every booking is decided, escalated or expired as the rules say, told a second time by `reference.py`: no
reminder and no ticket is missing, late, early or doubled, by the minute. Seeded; `make time-lapse` plays the whole
months with a thousand orders, TIME_LAPSE_SEED another play.
"""

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from portal.bookings.models import Booking
from portal.core.models import Event, OutboxMail
from portal.integrations.shop import catalog_source, order_source
from tests.time_lapse import outside
from tests.time_lapse.following import Following
from tests.time_lapse.outside import Trouble, World
from tests.time_lapse.playing import Play
from tests.time_lapse.reference import Course
from tests.time_lapse.reference_links import REMINDERS

# In both seasons together.
ORDERS = int(os.environ.get("TIME_LAPSE_ORDERS", "60"))
# Longer than a link to rebook works.
AFTERWARDS = timedelta(days=33)
STAFF_HEAR = ("rebooking.unanswered", "rebooking.expired", "rebooking.exhausted")
# Order and generation.
Key = tuple[int, int]
SEED = os.environ.get("TIME_LAPSE_SEED", "1")
# Every tick costs, whether or not anything happens: a few orders need only the days around the change.
SEASONS = {
    "spring": (datetime(2030, 3, 22, tzinfo=UTC), datetime(2030, 4, 8, tzinfo=UTC)),
    "autumn": (datetime(2030, 10, 18, tzinfo=UTC), datetime(2030, 11, 4, tzinfo=UTC)),
}
if ORDERS >= 1000:
    SEASONS = {
        "spring": (datetime(2030, 3, 15, tzinfo=UTC), datetime(2030, 4, 15, tzinfo=UTC)),
        "autumn": (datetime(2030, 10, 10, tzinfo=UTC), datetime(2030, 11, 10, tzinfo=UTC)),
    }


@pytest.fixture
def _outside(settings):
    settings.ORDER_SOURCE = "tests.time_lapse.outside.order_source"
    settings.CATALOG_SOURCE = "tests.time_lapse.outside.catalog_source"
    settings.EMAIL_SENDER = "tests.time_lapse.outside.email_sender"
    settings.TICKET_DESK = "tests.time_lapse.outside.ticket_desk"
    settings.UNDO_SECONDS = 600
    # One source per process: neither another test's world here, nor ours there.
    for source in (order_source, catalog_source):
        source.cache_clear()
    yield
    for source in (order_source, catalog_source):
        source.cache_clear()


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("_outside", "everything")
@pytest.mark.parametrize("season", SEASONS)
def test_every_booking_goes_as_the_rules_say(season, time_machine):
    begin, end = SEASONS[season]
    world = World(
        *(Trouble(Random(f"{SEED} {season} {what}"), begin, end) for what in ("shop", "mail", "desk")),
        now=begin,
    )
    outside.use(world)
    dice = Random(f"{SEED} {season}")
    play = Play(world, dice, lambda at: time_machine.move_to(at, tick=False), Following(world))
    play.invite_partners(begin)
    play.plan_orders(ORDERS // 2, begin, end - timedelta(days=1))

    play.run(begin, end)
    # Nobody orders any more, but links to rebook go on.
    play.run(end, end + AFTERWARDS, pauses=(600, 1500, 2900))
    play.finish(end + AFTERWARDS)

    bookings = {(each.magento_order_id, each.generation): each for each in Booking.objects.all()}
    assert {number for number, _ in bookings} == world.orders.keys()
    threads = play.following.threads
    expected = {
        (number, place): course
        for number, thread in threads.items()
        for place, course in enumerate(thread, 1)
    }
    found = what_happened(bookings)
    rules = {
        key: (each.status, each.reminders, each.escalations, each.told) for key, each in expected.items()
    }
    assert found.keys() == rules.keys()
    # Those that differ, and not two large tables side by side.
    assert {
        number: (found[number], rules[number]) for number in found if found[number] != rules[number]
    } == {}
    no_mail_waits_or_left_twice(world)
    every_case_is_one_ticket(world, bookings, threads)
    # That weeks without reminders, tickets or trouble are not taken for good ones.
    assert min(sum(1 for each in expected.values() if each.reminders), len(world.tickets)) > ORDERS // 10
    told = {what for each in expected.values() for _, what in each.told}
    seldom = {"rebooking.exhausted", "rebooking_declined"}
    assert told - seldom == {*REMINDERS, "rebooking_offer", "rebooking_confirmed", *STAFF_HEAR} - seldom


def what_happened(bookings: dict[Key, Booking]) -> dict[Key, tuple]:
    """Of each booking the status, reminders and escalations, and what was said about another date."""
    reminders: dict[int, list] = {each.pk: [] for each in bookings.values()}
    escalations: dict[int, list] = {each.pk: [] for each in bookings.values()}
    for mail in OutboxMail.objects.filter(kind__startswith="booking_reminder").order_by("id"):
        reminders[mail.subject_id].append((mail.created_at, mail.kind, mail.version))
    for event in Event.objects.filter(kind="booking.escalated").order_by("id"):
        escalations[event.subject_id].append((event.at, event.data["reason"]))
    told: dict[int, list] = {each.pk: [] for each in bookings.values()}
    for mail in OutboxMail.objects.filter(kind__startswith="rebooking_"):
        told[mail.subject_id].append((mail.created_at, mail.kind))
    for event in Event.objects.filter(kind__in=STAFF_HEAR):
        told[event.subject_id].append((event.at, event.kind))
    return {
        key: (each.status, reminders[each.pk], escalations[each.pk], sorted(told[each.pk]))
        for key, each in bookings.items()
    }


def no_mail_waits_or_left_twice(world: World) -> None:
    assert set(OutboxMail.objects.values_list("state", flat=True)) <= {"sent", "dropped"}
    ids = Counter(mail.message_id for _, mail in world.taken)
    assert set(ids.values()) == {1}
    assert set(ids) == set(OutboxMail.objects.filter(state="sent").values_list("message_id", flat=True))
    starts = dict(Booking.objects.values_list("pk", "starts_at"))
    for mail in OutboxMail.objects.filter(kind__startswith="booking_reminder", state="sent"):
        assert starts[mail.subject_id] is None or mail.sent_at < starts[mail.subject_id]


def every_case_is_one_ticket(
    world: World, bookings: dict[Key, Booking], threads: dict[int, list[Course]]
) -> None:
    """One for all dates of an order, with a note of each move."""
    has_ticket = {number for number in threads if f"confirmation_{bookings[number, 1].pk}" in world.tickets}
    assert len(has_ticket) == len(world.tickets)
    assert {number for (number, _), each in bookings.items() if each.odoo_ticket_id} == has_ticket
    for number, thread in threads.items():
        is_declined = any(each.status in ("declined", "rebooked") for each in thread)
        is_late = any(each.escalations and each.status in ("pending", "expired") for each in thread)
        if is_declined or is_late:
            assert number in has_ticket
        elif not any(each.escalations for each in thread):
            assert number not in has_ticket
    moves = Event.objects.filter(kind="booking.rebooked")
    assert moves.count() == sum(len(thread) - 1 for thread in threads.values())
    assert {f"event-{each.pk}" for each in moves} <= world.notes.keys()
