"""What customers do whose date was declined: by the date that they had booked. Whoever is not named waits."""

from dataclasses import dataclass

from portal.rebooking.models import Choice, TimeOfDay
from portal.rebooking.operations import Wish


@dataclass(frozen=True)
class Move:
    """So many hours after the mail with the link: another date, or a wish. `is_confirmed`: the partner says yes."""

    hours: int
    to: str = ""
    is_confirmed: bool = False
    wish: Wish | None = None


WISH = Wish(
    Choice.OTHER_DATES,
    weekdays=(5, 6),
    time=TimeOfDay.AFTERNOON,
    note="Unter der Woche schaffen wir es leider nicht. Gern auch ein anderer Backkurs!",
)
MOVES = {
    "MACARONS-V9": Move(30, "MACARONS-T5", is_confirmed=True),
    "PASTA-T30": Move(9, "PASTA-T12"),
    "BROT-T20": Move(6, wish=WISH),
    "DREHEN-V14": Move(5, "DREHEN-T10", is_confirmed=True),
    "KAESE-T17": Move(20, "KAESE-T40"),
}
# The customer of this confirmed booking has called, and staff have sent a link.
CALLED, CALLED_HOURS_AGO = "SUSHI-T9", 20
