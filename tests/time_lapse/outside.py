"""Shop, mail server and help desk of the time-lapse: they keep what they saw and when, and fail as the dice say.

The settings name the three functions at the end; `world` is put in by the test.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from portal.integrations.email import EmailUnavailable, OutgoingEmail
from portal.integrations.shop import Mark, ShopCourse, ShopOrder, ShopUnavailable
from portal.integrations.tickets import NewTicket, Priority, Stage, Ticket, TicketDeskUnavailable

HICCUPS = 0.03


@dataclass
class Trouble:
    """Outages of one to eight hours, a tenth of the time, and a single failure here and there."""

    dice: Random
    begin: datetime
    end: datetime
    outages: list[tuple[datetime, datetime]] = field(default_factory=list)
    is_over: bool = False

    def __post_init__(self) -> None:
        at = self.begin
        while at < self.end:
            at += timedelta(hours=self.dice.uniform(10, 70))
            self.outages.append((at, at + timedelta(hours=self.dice.uniform(1, 8))))

    def strikes(self, at: datetime) -> bool:
        if self.is_over:
            return False
        return self.dice.random() < HICCUPS or any(begin <= at < end for begin, end in self.outages)


@dataclass
class World:
    shop_trouble: Trouble
    mail_trouble: Trouble
    desk_trouble: Trouble
    now: datetime
    orders: dict[int, ShopOrder] = field(default_factory=dict)
    # What the portal has read, in this order; each state of an order once.
    read: list[tuple[datetime, ShopOrder]] = field(default_factory=list)
    taken: list[tuple[datetime, OutgoingEmail]] = field(default_factory=list)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    # Key of the note → ticket.
    notes: dict[str, str] = field(default_factory=dict)

    def put(self, order: ShopOrder) -> None:
        self.orders[order.order_id] = order


class Shop:
    def __init__(self, world: World) -> None:
        self._world = world

    def clock(self) -> datetime:
        self._answer()
        return self._world.now

    def changed_since(self, since: datetime | Mark, limit: int = 500) -> Iterator[list[ShopOrder]]:
        self._answer()
        moment = since.updated_at if isinstance(since, Mark) else since
        yield self._page([each for each in self._world.orders.values() if each.updated_at >= moment])

    def all_orders(self, limit: int = 500, after_id: int = 0) -> Iterator[list[ShopOrder]]:
        self._answer()
        yield self._page([each for each in self._world.orders.values() if each.order_id > after_id])

    def orders(self, ids: Collection[int]) -> list[ShopOrder]:
        self._answer()
        return self._page([self._world.orders[each] for each in sorted(ids) if each in self._world.orders])

    def find_order_ids(self, hints: Collection[str | int], store_id: int | None = None) -> list[int]:
        return []

    def check(self) -> list[str]:
        return []

    def _answer(self) -> None:
        if self._world.shop_trouble.strikes(self._world.now):
            raise ShopUnavailable("The shop is down.")

    def _page(self, orders: list[ShopOrder]) -> list[ShopOrder]:
        known = {id(order) for _, order in self._world.read}
        self._world.read += [(self._world.now, order) for order in orders if id(order) not in known]
        return orders


class Catalog:
    """Offers nothing: what orders tell of dates is all there is. It is down whenever the shop is."""

    def __init__(self, world: World) -> None:
        self._shop = Shop(world)

    def clock(self) -> datetime:
        return self._shop.clock()

    def courses(self, limit: int = 200, after_id: int = 0) -> Iterator[list[ShopCourse]]:
        self._shop.clock()
        return iter(())

    def courses_changed_since(self, since: datetime, limit: int = 200) -> Iterator[list[ShopCourse]]:
        return self.courses()

    def courses_of_partner(self, value: str, limit: int = 200) -> Iterator[list[ShopCourse]]:
        return self.courses()

    def stock_of(self, skus: Collection[str]) -> dict[str, int]:
        self._shop.clock()
        return {}


class MailServer:
    def __init__(self, world: World) -> None:
        self._world = world

    def send(self, email: OutgoingEmail) -> None:
        if self._world.mail_trouble.strikes(self._world.now):
            raise EmailUnavailable("The mail server is down.")
        self._world.taken.append((self._world.now, email))

    def check(self) -> list[str]:
        return []


class Desk:
    def __init__(self, world: World) -> None:
        self._world = world

    def open_ticket(self, ticket: NewTicket) -> Ticket:
        self._answer()
        number = str(len(self._world.tickets) + 1)
        opened = self._world.tickets.setdefault(ticket.key, Ticket(number, f"HT{number}"))
        # Done, and yet the answer may be lost.
        self._answer()
        return opened

    def find_ticket(self, key: str) -> Ticket | None:
        self._answer()
        return self._world.tickets.get(key)

    def add_note(self, ticket_id: str, body_html: str, note_key: str) -> None:
        self._answer()
        self._world.notes[note_key] = ticket_id
        self._answer()

    def update_ticket(self, ticket_id: str, *, category: str, priority: Priority) -> None:
        self._answer()

    def move_ticket(self, ticket_id: str, *, stage: Stage) -> None:
        self._answer()

    def key_expires_at(self, *, at: datetime) -> datetime | None:
        return None

    def check(self) -> list[str]:
        return []

    def _answer(self) -> None:
        if self._world.desk_trouble.strikes(self._world.now):
            raise TicketDeskUnavailable("The desk is down.")


_worlds: list[World] = []


def use(world: World) -> None:
    _worlds[:] = [world]


def order_source() -> Shop:
    return Shop(_worlds[0])


def catalog_source() -> Catalog:
    return Catalog(_worlds[0])


def email_sender() -> MailServer:
    return MailServer(_worlds[0])


def ticket_desk() -> Desk:
    return Desk(_worlds[0])
