"""Writes docs/states/booking.md from the table in the code, or checks that it is up to date."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.bookings.models import BACK_BY_UNDO, BACK_TO_PENDING, NEXT_STATUSES, BookingStatus

PAGE = Path("docs/states/booking.md")


class Command(BaseCommand):
    help = "Write docs/states/booking.md from the status table."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only say whether the page is up to date")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        text = diagram()
        if not check:
            PAGE.parent.mkdir(parents=True, exist_ok=True)
            PAGE.write_text(text, encoding="utf-8")
        elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            raise CommandError(f"{PAGE} is out of date: run `python manage.py state_diagram`.")


def diagram() -> str:
    lines = [
        "# The life of a booking",
        "",
        "Generated from the tables at the head of `portal/bookings/models/booking.py`.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> pending",
        "    [*] --> confirmed: history, or inherited from the order it replaces",
        "    [*] --> cancelled: cancelled at first sight",
    ]
    for status, following in NEXT_STATUSES.items():
        lines += [f"    {status} --> {each}" for each in sorted(following)]
    lines += [
        f"    {status} --> pending: undo, or a change in the shop" for status in sorted(BACK_TO_PENDING)
    ]
    lines += [
        f"    {status} --> {each}: undo of what staff decided"
        for status, given_back in BACK_BY_UNDO.items()
        for each in sorted(given_back)
    ]
    lines += [f"    {status} --> [*]" for status in BookingStatus if not NEXT_STATUSES[status]]
    return "\n".join([*lines, "```", ""])
