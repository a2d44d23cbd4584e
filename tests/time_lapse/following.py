"""The reference in step with the play: it is told what is seen outside as soon as it is seen, and says what is next."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from portal.bookings.models import Booking
from portal.core.models import OutboxMail
from tests.time_lapse.outside import World
from tests.time_lapse.reference import MINUTE, Course, Habits

# Every fifth booking has the clock tick at each of its moments and a minute before.
WATCHED = 5


@dataclass
class Following:
    world: World
    habits: dict[str, Habits] = field(default_factory=dict)
    courses: dict[int, Course] = field(default_factory=dict)
    # By order, kind and version, when the mail server took it.
    taken: dict[int, dict[tuple[str, int], datetime]] = field(default_factory=dict)
    _read: int = 0
    _taken: int = 0

    def tick(self, at: datetime) -> None:
        for course in self.courses.values():
            course.tick(at)

    def answer(self, order_id: int, answer: str, at: datetime) -> None:
        self.courses[order_id].answer(at, answer)

    def look_outside(self) -> None:
        """What the shop was asked for and the mail server took since the last look."""
        for at, order in self.world.read[self._read :]:
            (line,) = order.lines
            mails = self.taken.setdefault(order.order_id, {})
            course = self.courses.setdefault(order.order_id, Course(self.habits[line.partner_value], mails))
            course.read(at, order.state, line.starts_on, line.starts_time, line.participants)
        self._read = len(self.world.read)
        at_of = {mail.message_id: at for at, mail in self.world.taken[self._taken :]}
        self._taken = len(self.world.taken)
        if at_of:
            self._note_mails(at_of)

    def _note_mails(self, at_of: dict[str, datetime]) -> None:
        rows = list(OutboxMail.objects.filter(subject_type="booking", message_id__in=at_of))
        bookings = Booking.objects.filter(pk__in={row.subject_id for row in rows})
        order_of = dict(bookings.values_list("pk", "magento_order_id"))
        for row in rows:
            self.taken[order_of[row.subject_id]][row.kind, row.version] = at_of[row.message_id]

    def next_moment(self, after: datetime) -> datetime | None:
        """When the clock must tick for a rule that is off by a minute to be seen."""
        return min((each for each in self._moments() if each > after), default=None)

    def _moments(self) -> Iterator[datetime]:
        for order_id, course in self.courses.items():
            if order_id % WATCHED == 0:
                for moment in course.moments():
                    yield moment - MINUTE
                    yield moment
