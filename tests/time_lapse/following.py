"""The reference in step with the play: it is told what is seen outside as soon as it is seen, and says what is next."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time

from portal.bookings.models import Booking
from portal.core.models import OutboxMail
from tests.time_lapse.outside import World
from tests.time_lapse.reference import Course, Habits
from tests.time_lapse.reference_links import MINUTE

# Every fifth booking has the clock tick at each of its moments and a minute before.
WATCHED = 5
# Those that get a link at all are even.
WATCHED_LINKS = 8


@dataclass
class Following:
    world: World
    habits: dict[str, Habits] = field(default_factory=dict)
    # By order: its booking, and those on other dates that followed.
    threads: dict[int, list[Course]] = field(default_factory=dict)
    _read: int = 0
    _taken: int = 0

    def tick(self, at: datetime) -> None:
        for thread in self.threads.values():
            for course in thread:
                course.tick(at)

    def live(self, order_id: int) -> Course:
        return self.threads[order_id][-1]

    def answer(self, order_id: int, answer: str, at: datetime) -> None:
        self.live(order_id).answer(at, answer)

    def rebook(self, order_id: int, at: datetime, day: date, clock: time, participants: int) -> None:
        new = self.live(order_id).rebook(at, day, clock, participants)
        self.threads[order_id].append(new)

    def look_outside(self) -> None:
        """What the shop was asked for and the mail server took since the last look."""
        for at, order in self.world.read[self._read :]:
            (line,) = order.lines
            new = [Course(self.habits[line.partner_value], {})]
            course = self.threads.setdefault(order.order_id, new)[-1]
            course.read(at, order.state, line.starts_on, line.starts_time, line.participants)
        self._read = len(self.world.read)
        at_of = {mail.message_id: at for at, mail in self.world.taken[self._taken :]}
        self._taken = len(self.world.taken)
        if at_of:
            self._note_mails(at_of)

    def _note_mails(self, at_of: dict[str, datetime]) -> None:
        rows = list(OutboxMail.objects.filter(subject_type="booking", message_id__in=at_of))
        bookings = Booking.objects.filter(pk__in={row.subject_id for row in rows})
        found = bookings.values_list("pk", "magento_order_id", "generation")
        course_of = {pk: self.threads[order][generation - 1] for pk, order, generation in found}
        for row in rows:
            course_of[row.subject_id].taken[row.kind, row.version] = at_of[row.message_id]

    def next_moment(self, after: datetime) -> datetime | None:
        """When the clock must tick for a rule that is off by a minute to be seen."""
        return min((each for each in self._moments() if each > after), default=None)

    def _moments(self) -> Iterator[datetime]:
        for order_id, thread in self.threads.items():
            for course in thread:
                if order_id % (WATCHED_LINKS if course.link else WATCHED) == 0:
                    for moment in course.moments():
                        yield moment - MINUTE
                        yield moment
