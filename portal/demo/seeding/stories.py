"""Who ordered what, and how it went. The table is the sample data; names are drawn with a fixed seed."""

from dataclasses import dataclass
from enum import StrEnum


class Ending(StrEnum):
    """How a booking stands in the end."""

    PENDING = "pending"
    UNPAID = "unpaid"  # the shop still waits for the money: neither shown nor mailed
    CONFIRMED = "confirmed"
    DECLINED = "declined"  # settled, with its ticket
    CANCELLED = "cancelled"  # before anybody answered
    CANCELLED_LATE = "cancelled late"  # after the partner had confirmed
    EXPIRED = "expired"
    FEWER = "fewer"  # confirmed, then some participants were refunded
    MORE = "more"  # confirmed, then the order was replaced by one with more: pending again
    MONEY_BACK = "money back"  # confirmed, then refunded without giving the seats back: a question to staff
    UNMATCHED = "unmatched"  # nobody knows the partner


@dataclass(frozen=True)
class Story:
    """:param ago: days before the seeding on which it was ordered; below 1 it is a part of a day"""

    course: str
    day: int
    ago: float
    qty: int
    ending: Ending
    note: str = ""
    language: str = "de"
    with_voucher: bool = False


P, C, D, X, E = Ending.PENDING, Ending.CONFIRMED, Ending.DECLINED, Ending.CANCELLED, Ending.EXPIRED

NUTS = "Eine Person hat eine Nussallergie."
VEGETARIAN = "Wir essen beide vegetarisch."
GLUTEN = "Bitte glutenfrei für eine Person (Zöliakie)."
SHELLFISH = "Allergie gegen Krebstiere, sonst alles gut."
PRAM = "Wir kommen mit Kinderwagen. Gibt es einen Aufzug?"
BIRTHDAY = "Es ist ein Geburtstagsgeschenk, bitte nichts verraten!"

STORIES = (
    # Kochschule Himmelblau
    Story("SUSHI", -18, 21, 2, C),
    Story("SUSHI", -18, 20, 4, C, SHELLFISH),
    Story("SUSHI", -11, 18, 2, C),
    Story("SUSHI", -11, 16, 3, D),
    Story("SUSHI", -4, 12, 2, C, BIRTHDAY),
    Story("SUSHI", -4, 9, 2, Ending.CANCELLED_LATE),
    Story("SUSHI", 1, 2, 2, P, SHELLFISH),
    Story("SUSHI", 1, 5, 4, C),
    Story("SUSHI", 9, 1, 2, P),
    Story("SUSHI", 9, 6, 3, C, NUTS),
    Story("SUSHI", 23, 3, 2, D),
    Story("SUSHI", 44, 0.2, 6, P, BIRTHDAY),
    Story("PASTA", -13, 19, 2, C),
    Story("PASTA", -2, 8, 2, E),
    Story("PASTA", -2, 10, 3, C, GLUTEN),
    Story("PASTA", 2, 1, 2, P, GLUTEN),
    Story("PASTA", 2, 7, 2, C, language="en"),
    Story("PASTA", 12, 4, 3, Ending.FEWER),
    Story("PASTA", 30, 0.1, 2, P, language="en"),
    Story("THAI", -7, 14, 2, C, VEGETARIAN),
    Story("THAI", -7, 13, 4, C),
    Story("THAI", 4, 2, 2, Ending.MORE, NUTS),
    Story("THAI", 16, 5, 2, X),
    Story("THAI", 37, 0.3, 2, Ending.UNPAID),
    Story("BROT", -16, 20, 2, C),
    Story("BROT", 6, 2, 1, P, PRAM),
    Story("BROT", 20, 8, 2, C, with_voucher=True),
    Story("MACARONS", -9, 15, 2, D),
    Story("MACARONS", 5, 3, 3, P),
    Story("MACARONS", 26, 4, 2, Ending.MONEY_BACK),
    # Töpferei Lehmann & Töchter
    Story("DREHEN", -14, 20, 2, C),
    Story("DREHEN", -14, 17, 1, D),
    Story("DREHEN", -3, 9, 2, C),
    Story("DREHEN", -3, 6, 2, E),
    Story("DREHEN", 2, 1, 1, P),
    Story("DREHEN", 10, 4, 2, C, PRAM),
    Story("DREHEN", 24, 2, 2, P, BIRTHDAY),
    Story("DREHEN", 45, 6, 2, C),
    Story("AUFBAU", -10, 16, 3, C),
    Story("AUFBAU", 3, 1, 2, P),
    Story("AUFBAU", 18, 7, 4, D),
    Story("AUFBAU", 39, 5, 2, Ending.CANCELLED_LATE),
    Story("GESCHIRR", -5, 11, 4, C, PRAM),
    Story("GESCHIRR", 8, 3, 5, C),
    Story("GESCHIRR", 29, 0.4, 4, P, PRAM),
    Story("RAKU", 33, 2, 2, C),
    Story("RAKU", 33, 1, 1, Ending.UNPAID),
    # Weinkontor Grünwald
    Story("ROTWEIN", -15, 19, 4, C),
    Story("ROTWEIN", -6, 12, 2, C),
    Story("ROTWEIN", -6, 9, 6, X),
    Story("ROTWEIN", 7, 2, 2, P),
    Story("ROTWEIN", 21, 6, 8, C, "Firmenfeier, bitte eine Rechnung mit Kostenstelle."),
    Story("KAESE", -8, 14, 2, C, "Laktoseintoleranz bei einer Person."),
    Story("KAESE", 3, 1, 3, P, "Laktoseintoleranz bei einer Person."),
    Story("KAESE", 17, 4, 2, D),
    Story("GIN", -1, 5, 2, E),
    Story("GIN", -1, 7, 4, C),
    Story("GIN", 11, 3, 2, C),
    Story("GIN", 36, 0.5, 2, P),
    # Nobody knows this partner
    Story("RUM", 14, 2, 2, Ending.UNMATCHED),
    Story("RUM", 35, 0.6, 4, Ending.UNMATCHED, BIRTHDAY),
)

# Ordered after the partners had entered what they sold elsewhere: one date too many is sold now.
LATE_STORIES = (
    Story("PASTA", 2, 0.03, 2, P, VEGETARIAN),
    # Declined while there are other dates to choose: `moves` tells what their customers do.
    Story("BROT", 20, 4, 2, D),
    Story("THAI", 4, 3, 2, D, language="en"),
    Story("PASTA", 30, 2, 3, D),
)

# For each decline in turn: the reason and what the partner wrote about it.
DECLINES = (
    ("capacity_full", "Wir sind schon zu zwölft, mehr passen nicht an den Tisch."),
    ("date_unavailable", ""),
    ("equipment_issue", "Der Ofen ist defekt, die Reparatur dauert bis nächste Woche."),
    ("personal_reason", "Ich bin krank geworden."),
    ("other", "Die Straße ist wegen eines Stadtfests gesperrt."),
)

# What a partner proposes instead of a date that is declined, the best first.
PROPOSED = {"THAI-T4": ("THAI-T16", "THAI-T58"), "PASTA-T30": ("PASTA-T12",)}

FIRST_NAMES = (
    "Anna", "Björn", "Cäcilie", "Dörte", "Elif", "Frank", "Gönül", "Hannes", "Ines", "Jürgen", "Käthe",
    "Lukas", "Märta", "Nils", "Özlem", "Petra", "Rüdiger", "Sören", "Thea", "Uwe", "Yvonne", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Ackermann", "Bäcker", "Çelik", "Dürr", "Engel", "Förster", "Größl", "Hübner", "Imhof", "Jäger",
    "Kühn", "Löffler", "Müller", "Nguyen", "Östreich", "Pfäffle", "Roth", "Schäfer", "Tönnies",
    "Überall", "Vögele", "Weiß", "Yıldız", "Zöllner",
)  # fmt: skip
