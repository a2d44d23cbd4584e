"""Fifty partners and their customers, played against the portal in fast motion."""

import re
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.bookings import operations, queries
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.tests.shop_orders import make_line, make_order
from portal.core.jobs import NotYet
from portal.core.models import OutboxMail
from portal.core.refusals import NotAllowed
from portal.core.sweeps import tick
from portal.core.tenancy import scope
from portal.dates.tests.factories import make_course, make_date
from portal.integrations.shop import ShopOrder
from portal.partners.models import Partner
from portal.rebooking.models import Choice, Rebooking
from portal.rebooking.opening import open_rebooking
from portal.rebooking.operations import Wish, note_wish, rebook
from portal.rebooking.options import options_of
from portal.rebooking.policies import use_blocker
from tests.time_lapse.following import Following
from tests.time_lapse.outside import World
from tests.time_lapse.reference import SHOP_ZONE, Habits
from tests.time_lapse.reference_links import LIFE

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PARTNERS = 50
Do = Callable[[datetime], None]
# Days after the beginning: dates that a partner offers beside those that are sold.
OTHER_DATES = (9, 18, 100)
HABITS = (
    ("Europe/Berlin", time(21), time(8), True),
    ("Europe/Berlin", time(21), time(8), True),
    ("Europe/Berlin", time(22, 30), time(6, 15), True),
    ("Europe/London", time(21), time(8), True),
    ("Europe/Berlin", time(12), time(14), True),
    ("Europe/Berlin", time(0), time(0), True),
    ("America/New_York", time(20), time(9), True),
    ("Europe/Berlin", time(21), time(8), False),
)


@dataclass
class Play:
    """`at` is a minute; what is done at the same minute is done in the order in which it was planned."""

    world: World
    dice: Random
    move_clock: Callable[[datetime], None]
    following: Following
    todo: list[tuple[datetime, Do]] = field(default_factory=list)
    ticks: int = 0

    def invite_partners(self, at: datetime) -> None:
        for number in range(PARTNERS):
            habits = Habits(*HABITS[number % len(HABITS)])
            key = str(10000 + number)
            self.following.habits[key] = habits
            partner = Partner.objects.create(
                magento_partner_id=key,
                customer_number=f"K{number}",
                company=f"Kochschule {number}",
                email=f"partner{number}@example.org" if habits.has_address else "",
                time_zone=habits.zone,
                quiet_from=habits.quiet_from,
                quiet_until=habits.quiet_until,
                created_at=at,
            )
            course = make_course(partner, magento_product_id=50_000 + number, sku=f"ANOTHER-{number}")
            for days in OTHER_DATES:
                day = (at + days * DAY).replace(hour=17)
                make_date(partner, starts_at=day, course=course, capacity=100)

    def plan_orders(self, count: int, begin: datetime, end: datetime) -> None:
        minutes = int((end - begin) / MINUTE)
        for number in range(1, count + 1):
            placed = begin + self.dice.randrange(minutes) * MINUTE
            self._at(placed, self._order(number, placed))
            self._plan_what_follows(number, placed)

    def run(self, begin: datetime, end: datetime, *, pauses: tuple[int, ...] = (7, 120, 300)) -> None:
        """Do what is planned; tick at irregular hours, and at the very minutes at which something should happen."""
        at = some_time = begin
        while at < end:
            tick_at = min(some_time, self.following.next_moment(after=at) or some_time)
            if self.todo and self.todo[0][0] < tick_at:
                at, do = self.todo.pop(0)
                self._set_clock(at)
                do(at)
                continue
            at = tick_at
            self._tick(at)
            if at == some_time:
                some_time += self.dice.choice(pauses) * MINUTE

    def finish(self, at: datetime) -> None:
        """Everything outside works again, and what waited is done."""
        world = self.world
        world.shop_trouble.is_over = world.mail_trouble.is_over = world.desk_trouble.is_over = True
        self._set_clock(at)
        self.run_jobs()
        self.following.look_outside()

    def _tick(self, at: datetime) -> None:
        self._set_clock(at)
        self.ticks += 1
        tick(at)
        self.following.tick(at)
        self.run_jobs()
        self.following.look_outside()

    def run_jobs(self) -> None:
        """As a worker would; what fails is tried again after the next tick."""
        failed: set[int] = set()
        while jobs := list(
            ProcrastinateJob.objects.filter(status="todo").exclude(pk__in=failed).order_by("id")
        ):
            done = [job.pk for job in jobs if self._is_done(job)]
            failed |= {job.pk for job in jobs} - set(done)
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = ANY(%s)", [done]
                )

    @staticmethod
    def _is_done(job: ProcrastinateJob) -> bool:
        try:
            app.tasks[job.task_name].func(**job.args)
        except NotYet:
            return False
        except Exception as error:
            if "down" not in str(error):
                raise
            return False
        return True

    # --- Customers and the shop

    def _order(self, number: int, placed: datetime) -> Callable[[datetime], None]:
        soon = [2 * HOUR, 5 * HOUR, 13 * HOUR, 20 * HOUR, 30 * HOUR]
        ahead = self.dice.choice([*([] if is_to_move(number) else soon), 3 * DAY, 6 * DAY, 12 * DAY])
        start = (placed + ahead * self.dice.uniform(0.5, 1.5)).astimezone(SHOP_ZONE)
        clock = None if self.dice.random() < 0.1 else time(start.hour, start.minute)
        if start.date() in (date(2030, 3, 31), date(2030, 10, 27)) and start.hour in (2, 3):
            clock = time(9)
        line = make_line(
            number,
            partner_value=self.dice.choice(list(self.following.habits)),
            product_id=number,
            date_product_id=10_000 + number,
            date_sku=f"K-{number}",
            starts_on=start.date(),
            starts_time=clock,
        )
        order = make_order(line, order_id=number)
        return lambda at: self.world.put(replace(order, created_at=at, updated_at=at))

    def _plan_what_follows(self, number: int, placed: datetime) -> None:
        later = (
            placed
            + self.dice.choice([1 * HOUR, 10 * HOUR, 26 * HOUR, 50 * HOUR, 70 * HOUR]) * self.dice.random()
        )
        later = later.replace(second=0, microsecond=0)
        if is_to_move(number):
            # Read by then, and not begun.
            later = placed + 6 * HOUR + self.dice.randrange(24 * 60) * MINUTE
            self._at(later, lambda at: self._answer(number, "declined", at))
            return
        match self.dice.choices(
            ["silence", "confirmed", "declined", "undo", "cancel", "more", "hold"], [46, 20, 8, 12, 5, 5, 4]
        )[0]:
            case "confirmed":
                self._at(later, lambda at: self._answer(number, "confirmed", at))
            case "declined":
                self._at(later, lambda at: self._answer(number, "declined", at))
            case "undo":
                # Shortly before a reminder, which then has to wait.
                later = placed + self.dice.choice([1, 24, 48]) * HOUR + self.dice.randrange(90) * MINUTE
                self._at(later, lambda at: self._answer(number, "confirmed", at))
                self._at(later, lambda at: self._answer(number, "undo", at))
            case "cancel":
                self._at(later, lambda at: self._change(number, at, state="canceled"))
            case "more":
                self._at(later, lambda at: self._change(number, at, participants=5))
            case "hold":
                self._at(later, lambda at: self._change(number, at, state="holded"))
                until = later + self.dice.randrange(60 * 60) * MINUTE
                self._at(until, lambda at: self._change(number, at, state="processing"))

    def _change(self, number: int, at: datetime, *, state: str = "", participants: int = 0) -> None:
        order = self.world.orders[number]
        (line,) = order.lines
        line = replace(line, participants=participants) if participants else line
        changed: ShopOrder = replace(order, updated_at=at, state=state or order.state, lines=(line,))
        self.world.put(changed)

    def _at(self, at: datetime, do: Callable[[datetime], None]) -> None:
        insort(self.todo, (at, do), key=lambda each: each[0])

    # --- Partners

    def _answer(self, number: int, answer: str, at: datetime) -> None:
        booking = live_booking(number)
        if booking is None:
            return
        do = {"confirmed": confirm, "declined": decline, "undo": undo}[answer]
        try:
            with scope(partner_ids=[booking.partner_id]):
                do(booking, at)
        except NotAllowed:
            return
        self.following.answer(number, answer, at)
        if answer == "declined":
            later = at + self.dice.choice([2 * HOUR, 2 * DAY, 6 * DAY, 9 * DAY, 25 * DAY, 32 * DAY])
            later += self.dice.randrange(12 * 60) * MINUTE
            act = self.dice.choices([self._choose, self._note_wish, None], [5, 2, 3])[0]
            if act:
                self._at(later, lambda at: act(number, at))

    # --- Customers who have got a link

    def _choose(self, number: int, at: datetime) -> None:
        rebooking = self._link(number, at)
        if rebooking is None:
            return
        with scope(partner_ids=[rebooking.partner_id]):
            option = self.dice.choice(options_of(rebooking, at=at))
            rebook(rebooking, option.course_date.pk, at=at)
        date = option.course_date
        self.following.rebook(number, at, date.starts_on, date.starts_time, rebooking.original_participants)
        answer = self.dice.choice(["confirmed", "declined", "declined", ""])
        if answer:
            later = at + self.dice.randrange(60 * 60) * MINUTE
            self._at(later, lambda at: self._answer(number, answer, at))

    def _note_wish(self, number: int, at: datetime) -> None:
        rebooking = self._link(number, at)
        if rebooking is None:
            return
        with scope(partner_ids=[rebooking.partner_id]):
            note_wish(rebooking, Wish(Choice.VOUCHER), at=at)
        self.following.live(number).link.note_wish()

    def _link(self, number: int, at: datetime) -> Rebooking | None:
        """From the mail, once the mail server has taken it; a link that is over is no use."""
        booking = live_booking(number)
        sent = OutboxMail.objects.filter(
            kind="rebooking_offer", subject_type="booking", subject_id=booking.pk
        ).values_list("message_id", flat=True)
        texts = [mail.text for _, mail in self.world.taken if mail.message_id in set(sent)]
        if not texts:
            return None
        token = re.search(r"/rebook/([0-9a-f]{64})", texts[0])[1]
        with scope(partner_ids=[booking.partner_id]):
            rebooking = open_rebooking(token)
        link = self.following.live(number).link
        assert (use_blocker(rebooking, at=at) is None) == (link.is_active and at < link.created + LIFE)
        return rebooking if link.is_active and at < link.created + LIFE else None

    def _set_clock(self, at: datetime) -> None:
        self.world.now = at
        self.move_clock(at)


def is_to_move(number: int) -> bool:
    """Whether the date of this order is declined for certain: also among few orders some are rebooked."""
    return number % 4 == 0


def live_booking(number: int) -> Booking | None:
    found = Booking.objects.filter(magento_order_id=number, is_candidate=False)
    return found.exclude(status="rebooked").first()


def confirm(booking: Booking, at: datetime) -> None:
    operations.confirm_booking(booking, by=By("portal"), at=at)


def decline(booking: Booking, at: datetime) -> None:
    reason = queries.reason_by_code("capacity_full")
    operations.decline_booking(booking, reason=reason, by=By("portal"), at=at)


def undo(booking: Booking, at: datetime) -> None:
    operations.undo_decision(booking, by=By("portal"), at=at)
