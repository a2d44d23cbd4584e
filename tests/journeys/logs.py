"""What no log may ever hold: who somebody is, how to reach them, and what opens a door."""

import re
from collections.abc import Iterator

from portal.demo.seeding.people import PARTNERS
from portal.demo.seeding.stories import FIRST_NAMES, LAST_NAMES

# Customers whom the tests make up, beside those of the sample data.
MADE_UP = ("Petra", "Erika", "Erstling", "Drittling", "Zweitling", "Wölfl", "Böhm", "Huber", "Mayer")
NAMES = {*FIRST_NAMES, *LAST_NAMES, *MADE_UP, *(each.contact for each in PARTNERS)}
PATTERNS = {
    "a name": re.compile(r"\b(" + "|".join(map(re.escape, sorted(NAMES))) + r")\b"),
    # Not the accounts of the demo, which it names when it starts.
    "an e-mail address": re.compile(r"[\w.+-]+@(?!demo\.example)[\w-]+\.\w+"),
    "a phone number": re.compile(r"\+49[\d ]{6,}|\b0\d{2,4}[ /-]\d{4,}"),
    "a token": re.compile(r"\b[0-9a-f]{64}\b|\beyJ[\w-]{20,}"),
}


def people_in(log: str) -> Iterator[str]:
    """Each line that names somebody, with what it names."""
    for line in log.splitlines():
        for what, pattern in PATTERNS.items():
            if found := pattern.search(line):
                yield f"{what} ({found[0]}): {line[:300]}"
