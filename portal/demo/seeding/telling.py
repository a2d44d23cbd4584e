"""Lets the stories happen in the order of time: in the shop as Magento writes them, here by operations."""

import heapq
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Min, Q

from portal.accounts.models import User
from portal.bookings import operations
from portal.bookings.importing import runs
from portal.bookings.models import Booking
from portal.bookings.sweeps import escalate_bookings, remind_partners
from portal.core import events, outbox
from portal.core.models import Event, OutboxMail
from portal.core.tenancy import system
from portal.demo.queries import DEMO
from portal.demo.seeding.catalog import VOUCHER, course_by_sku
from portal.demo.seeding.deciding import Deciders, booking_of_item
from portal.demo.seeding.people import draw_customer
from portal.demo.seeding.stories import Ending, Story
from portal.integrations.models import DemoMail
from portal.integrations.shop.embedded import shop_writer
from portal.integrations.shop.writing import OrderItem, PlacedOrder, ShopWriter
from portal.rebooking.models import Rebooking
from portal.rebooking.sweeps import remind_customers

SEED = 20250125
IMPORT_TAKES = timedelta(minutes=1)
MAIL_TAKES = timedelta(seconds=5)
TICKET_TAKES = timedelta(seconds=10)
MOMENT = timedelta(minutes=5)
MORNING_HOUR, NIGHT_HOUR = 8, 22
TELL_CANCELLED = "portal.bookings.subscribers.tell_cancelled"

Step = Callable[[datetime], None]


@dataclass(frozen=True)
class Order:
    story: Story
    placed: PlacedOrder
    starts_at: datetime
    imported_at: datetime


class Telling:
    """:param owners: who decides, by the shop's id of the partner :param now: nothing happens later"""

    def __init__(self, owners: Mapping[str, User], *, now: datetime) -> None:
        self.now = now
        self._zone = ZoneInfo(settings.TIME_ZONE)
        self._draw = random.Random(SEED)  # noqa: S311 -- the same every time, on purpose
        self.deciders = Deciders(owners, self._draw)
        self._steps: list[tuple[datetime, int, Step]] = []
        self._numbers = count()

    def tell(self, stories: Iterable[Story]) -> None:
        for story in stories:
            self.plan(self._ordering_time(story), self._ordering(story))
        self.run()

    def plan(self, at: datetime, step: Step) -> None:
        # The number keeps steps of one moment in their order.
        heapq.heappush(self._steps, (at, next(self._numbers), step))

    def run(self) -> None:
        """All that is planned, and what the clock does in between and afterwards."""
        while self._steps:
            at, _, step = heapq.heappop(self._steps)
            _remind_until(at)
            with system(DEMO):
                step(at)
            _deliver_mails(at + MAIL_TAKES)
        _remind_until(self.now - MOMENT)

    def _ordering_time(self, story: Story) -> datetime:
        if story.ago < 1:
            return self.now - timedelta(days=story.ago)
        day = (self.now - timedelta(days=story.ago)).astimezone(self._zone).date()
        clock = time(self._draw.randrange(8, 22), self._draw.randrange(60))
        # Ordered late yesterday, seeded soon after midnight: still some time to decide.
        return min(datetime.combine(day, clock, tzinfo=self._zone), self.now - timedelta(hours=2))

    def _later(self, order: Order, first_hour: int, last_hour: int) -> datetime:
        """A moment some hours after the import, before the course and before now."""
        minutes = self._draw.randrange(first_hour * 60, last_hour * 60)
        wanted = self.awake(order.imported_at + timedelta(minutes=minutes))
        return min(wanted, order.starts_at - timedelta(hours=5), self.now - MOMENT)

    def awake(self, at: datetime) -> datetime:
        """At night people sleep: the next morning instead."""
        local = at.astimezone(self._zone)
        if MORNING_HOUR <= local.hour < NIGHT_HOUR:
            return at
        day = local.date() + timedelta(days=local.hour >= NIGHT_HOUR)
        return datetime.combine(day, time(MORNING_HOUR, local.minute), tzinfo=self._zone)

    def _ordering(self, story: Story) -> Step:
        customer = draw_customer(self._draw)
        course = course_by_sku(story.course)
        today = self.now.astimezone(self._zone).date()
        starts_at = course.starts_at(story.day, today=today, zone=self._zone)
        items = [OrderItem(course.date_sku(story.day), story.qty, note=story.note)]
        items += [OrderItem(VOUCHER.sku, 1)] if story.with_voucher else []
        state = "pending_payment" if story.ending == Ending.UNPAID else "processing"

        def order(at: datetime) -> None:
            with connection.cursor() as cursor:
                placed = shop_writer(cursor).place_order(
                    items, customer, at=at, state=state, language=story.language
                )
            made = Order(story, placed, starts_at, at + IMPORT_TAKES)
            self.plan(made.imported_at, _importing(placed.order_id))
            self._follow(made)

        return order

    def _follow(self, order: Order) -> None:
        """What becomes of it. A later step of the same order is never planned before an earlier one."""
        ending = order.story.ending
        if ending == Ending.DECLINED:
            self.plan(self._later(order, 2, 20), self._declining(order))
        elif ending == Ending.EXPIRED:
            self.plan(order.starts_at, self._expiring(order))
        elif ending == Ending.CANCELLED:
            self.plan(self._later(order, 4, 20), self._changing(order))
        elif ending not in (Ending.PENDING, Ending.UNPAID, Ending.UNMATCHED):
            self.plan(self._later(order, 1, 9), self._confirming(order))
            if ending != Ending.CONFIRMED:
                self.plan(self._later(order, 12, 30), self._changing(order))

    def _confirming(self, order: Order) -> Step:
        def confirm(at: datetime) -> None:
            booking = self.deciders.confirm(order.placed.item_ids[0], at=at)
            self._settle_later(order, booking.settles_at)

        return confirm

    def _declining(self, order: Order) -> Step:
        def decline(at: datetime) -> None:
            booking = self.deciders.decline(order.placed.item_ids[0], at=at)
            settles_at = self._settle_later(order, booking.settles_at)
            self.plan(settles_at + TICKET_TAKES, lambda at: self.deciders.open_ticket(booking, at=at))

        return decline

    def _settle_later(self, order: Order, settles_at: datetime | None) -> datetime:
        assert settles_at is not None

        def settle(at: datetime) -> None:
            operations.settle_decision(booking_of_item(order.placed.item_ids[0]), at=at)

        self.plan(settles_at, settle)
        return settles_at

    @staticmethod
    def _expiring(order: Order) -> Step:
        def expire(at: datetime) -> None:
            operations.expire_booking(booking_of_item(order.placed.item_ids[0]), at=at)

        return expire

    def _changing(self, order: Order) -> Step:
        def change(at: datetime) -> None:
            with connection.cursor() as cursor:
                order_ids = _change_in_shop(shop_writer(cursor), order, at=at)
            self.plan(at + IMPORT_TAKES, _importing(*order_ids))

        return change


def _change_in_shop(shop: ShopWriter, order: Order, *, at: datetime) -> list[int]:
    """What the customer or the shop's staff do; returns the orders that the portal must read again."""
    order_id, story = order.placed.order_id, order.story
    if story.ending == Ending.FEWER:
        shop.refund(order_id, order.placed.item_ids[0], 1, at=at)
    elif story.ending == Ending.MONEY_BACK:
        shop.refund_amount(order_id, course_by_sku(story.course).cents * story.qty, at=at)
    elif story.ending == Ending.MORE:
        sku = course_by_sku(story.course).date_sku(story.day)
        more = [OrderItem(sku, story.qty + 1, note=story.note)]
        return [order_id, shop.edit_order(order_id, more, at=at).order_id]
    else:
        shop.cancel(order_id, at=at)
    return [order_id]


def _importing(*order_ids: int) -> Step:
    def read(at: datetime) -> None:
        runs.import_order_ids("hint", order_ids, at=at)
        # Now and not by the queued job, which would mail about old cancellations when the demo starts.
        tell_cancelled = events.subscriber(TELL_CANCELLED)
        for event in Event.objects.filter(kind="booking.cancelled", at=at):
            tell_cancelled(event)

    return read


def _remind_until(until: datetime) -> None:
    """Remind and escalate as the clock would have, each at its time."""
    while (due := _next_due(until)) is not None:
        if not remind_partners(due) + escalate_bookings(due) + remind_customers(due):
            return
        _deliver_mails(due + MAIL_TAKES)


def _next_due(until: datetime) -> datetime | None:
    reminds, escalates = Q(remind_at__lte=until), Q(escalate_at__lte=until, escalated_at=None)
    with system(DEMO):
        dues = Booking.objects.pending().aggregate(
            remind=Min("remind_at", filter=reminds), escalate=Min("escalate_at", filter=escalates)
        )
        waiting = Rebooking.objects.filter(status=Rebooking.Status.ACTIVE, remind_at__lte=until)
        dues |= waiting.aggregate(customer=Min("remind_at"))
    return min((due for due in dues.values() if due is not None), default=None)


def _deliver_mails(at: datetime) -> None:
    """As the worker would have at that time. Its own jobs for these mails then find them sent."""
    with system(DEMO):
        waiting = list(OutboxMail.objects.filter(state=OutboxMail.State.WAITING).order_by("pk"))
    if not waiting:
        return
    for row in waiting:
        outbox.send(row.pk, partner_id=row.partner_id, at=at)
    # The mailbox stamps what arrives by the real clock.
    DemoMail.objects.filter(message_id__in=[row.message_id for row in waiting]).update(sent_at=at)
