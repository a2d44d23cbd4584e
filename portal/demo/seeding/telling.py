"""Lets the stories happen, step by step in the order of time, through the operations of the portal."""

import heapq
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from portal.accounts.models import User
from portal.bookings import operations, queries, tickets
from portal.bookings.importing import runs
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.core import links, outbox
from portal.core.models import OutboxMail
from portal.core.tenancy import system
from portal.demo.queries import DEMO
from portal.demo.seeding.catalog import VOUCHER, course_by_sku
from portal.demo.seeding.people import draw_customer
from portal.demo.seeding.stories import DECLINES, Ending, Story
from portal.integrations.models import DemoMail, DemoTicket
from portal.integrations.shop.embedded import shop_writer
from portal.integrations.shop.writing import OrderItem, PlacedOrder, ShopWriter
from portal.integrations.tickets import ticket_desk

SEED = 20250125
IMPORT_TAKES = timedelta(minutes=1)
MAIL_TAKES = timedelta(seconds=5)
MOMENT = timedelta(minutes=5)

Step = Callable[[datetime], None]
Then = Callable[["Order"], None]


@dataclass
class Order:
    story: Story
    placed: PlacedOrder
    starts_at: datetime
    imported_at: datetime


class Telling:
    """:param owners: who decides, by the shop's id of the partner :param now: nothing happens later"""

    def __init__(self, owners: Mapping[str, User], *, now: datetime) -> None:
        self._owners = owners
        self._now = now
        self._zone = ZoneInfo(settings.TIME_ZONE)
        self._draw = random.Random(SEED)  # noqa: S311 -- the same every time, on purpose
        self._steps: list[tuple[datetime, int, Step]] = []
        self._numbers = count()
        self._declines = count()
        self._endings: dict[Ending, Then] = {
            Ending.CONFIRMED: self._will_confirm,
            Ending.DECLINED: self._will_decline,
            Ending.CANCELLED: self._will_cancel,
            Ending.CANCELLED_LATE: self._confirm_and(self._will_cancel),
            Ending.EXPIRED: self._will_expire,
            Ending.FEWER: self._confirm_and(self._will_lose_one),
            Ending.MORE: self._confirm_and(self._will_grow),
            Ending.MONEY_BACK: self._confirm_and(self._will_be_paid_back),
        }

    def tell(self, stories: Iterable[Story]) -> None:
        for story in stories:
            self._at(self._ordering_time(story), self._ordering(story))
        while self._steps:
            at, _, step = heapq.heappop(self._steps)
            with system(DEMO):
                step(at)
            self._deliver_mails(at + MAIL_TAKES)

    def _at(self, at: datetime, step: Step) -> None:
        # The number keeps steps of one moment in their order.
        heapq.heappush(self._steps, (at, next(self._numbers), step))

    def _ordering_time(self, story: Story) -> datetime:
        if story.ago < 1:
            return self._now - timedelta(days=story.ago)
        day = (self._now - timedelta(days=story.ago)).astimezone(self._zone).date()
        clock = time(self._draw.randrange(8, 22), self._draw.randrange(60))
        # Ordered yesterday late, seeded soon after midnight: still some time to decide.
        return min(datetime.combine(day, clock, tzinfo=self._zone), self._now - timedelta(hours=2))

    def _later(self, order: Order, hours: tuple[int, int]) -> datetime:
        """A moment some hours after the import, before the course and before now."""
        wanted = order.imported_at + timedelta(minutes=self._draw.randrange(hours[0] * 60, hours[1] * 60))
        return min(wanted, order.starts_at - timedelta(hours=5), self._now - MOMENT)

    # --- In the shop

    def _ordering(self, story: Story) -> Step:
        customer = draw_customer(self._draw)
        course = course_by_sku(story.course)
        today = self._now.astimezone(self._zone).date()
        items = [OrderItem(course.date_sku(story.day), story.qty, note=story.note)]
        items += [OrderItem(VOUCHER.sku, 1)] if story.with_voucher else []
        state = "pending_payment" if story.ending == Ending.UNPAID else "processing"

        def order(at: datetime) -> None:
            placed = self._in_shop(
                lambda shop: shop.place_order(items, customer, at=at, state=state, language=story.language)
            )
            starts_at = course.starts_at(story.day, today=today, zone=self._zone)
            made = Order(story, placed, starts_at, at + IMPORT_TAKES)
            self._at(made.imported_at, self._importing(placed.order_id))
            if then := self._endings.get(story.ending):
                then(made)

        return order

    def _importing(self, *order_ids: int) -> Step:
        return lambda at: _ignore(runs.import_order_ids("hint", order_ids, at=at))

    def _changing(self, order: Order, change: Callable[[ShopWriter, datetime], object]) -> None:
        """Something happens in the shop, and a minute later the portal knows."""

        def happen(at: datetime) -> None:
            self._in_shop(lambda shop: change(shop, at))
            ids = self._in_shop(lambda shop: _with_successors(shop, order.placed.order_id))
            self._at(at + IMPORT_TAKES, self._importing(*ids))

        self._at(self._later(order, (20, 40)), happen)

    @staticmethod
    def _in_shop[T](do: Callable[[ShopWriter], T]) -> T:
        with connection.cursor() as cursor:
            return do(shop_writer(cursor))

    def _will_cancel(self, order: Order) -> None:
        self._changing(order, lambda shop, at: shop.cancel(order.placed.order_id, at=at))

    def _will_lose_one(self, order: Order) -> None:
        item_id = order.placed.item_ids[0]
        self._changing(order, lambda shop, at: shop.refund(order.placed.order_id, item_id, 1, at=at))
