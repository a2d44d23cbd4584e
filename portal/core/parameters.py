"""Parameters of an address, read once, the same for pages, exports and the API.

Nothing is dropped silently: a value that cannot be meant is left out and stands in `problems`, by the name of its
parameter, with a sentence for people. A page shows these; an export and the API refuse.
"""

import re
from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _

LONGEST_SEARCH = 100
LARGEST_ID = 2**63 - 1

Problems = dict[str, str]


def whole_number(
    values: Mapping[str, str], name: str, problems: Problems, *, most: int, default: int | None = None
) -> int | None:
    """From 1 to `most`; `default` when there is none or a wrong one."""
    text = values.get(name, "").strip()
    if not text:
        return default
    # Before int(): that takes other scripts' digits and underscores, and is slow on a million digits.
    if re.fullmatch("[0-9]{1,19}", text) and 1 <= int(text) <= most:
        return int(text)
    problems[name] = _("This has to be a whole number from 1 to %(most)s.") % {"most": most}
    return default


def read_days(values: Mapping[str, str], problems: Problems) -> tuple[date | None, date | None]:
    """`from` and `to`, both included."""
    from_on, to_on = read_day(values, "from", problems), read_day(values, "to", problems)
    if from_on and to_on and from_on > to_on:
        problems["to"] = _("The last day lies before the first.")
    return from_on, to_on


def read_day(values: Mapping[str, str], name: str, problems: Problems) -> date | None:
    text = values.get(name, "").strip()
    if not text:
        return None
    try:
        # Before fromisoformat(): that also takes weeks and days without hyphens.
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    problems[name] = _("This has to be a day that exists, like 2030-12-31.")
    return None


def read_choice(
    values: Mapping[str, str], name: str, choices: tuple[str, ...] | list[str], problems: Problems
) -> str:
    text = values.get(name, "").strip()
    if text and text not in choices:
        problems[name] = _("This has to be one of: %(choices)s.") % {"choices": ", ".join(choices)}
        return ""
    return text


def read_text(values: Mapping[str, str], name: str, problems: Problems) -> str:
    text = values.get(name, "").strip()
    if len(text) > LONGEST_SEARCH:
        problems[name] = _("This may be at most %(max_length)s characters long.") % {
            "max_length": LONGEST_SEARCH
        }
        return ""
    if "\0" in text:
        problems[name] = _("This text has characters that cannot be kept.")
        return ""
    return text
