"""What a run read, made, changed and skipped, and why."""

from collections import Counter
from dataclasses import dataclass, field

from portal.dates.importing.keeping import Tally


@dataclass
class Report(Tally):
    orders: int = 0
    lines: int = 0
    made: int = 0
    made_as_history: int = 0
    changed: int = 0
    unchanged: int = 0
    unmatched: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    # Numbers of orders that could not be taken in; staff see them, and every poll tries them again.
    failed: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        return {**self.__dict__, "skipped": dict(self.skipped)}

    def __str__(self) -> str:
        skipped = ", ".join(f"{count} {reason}" for reason, count in sorted(self.skipped.items())) or "none"
        return (
            f"Read {self.orders} orders with {self.lines} lines: {self.made} bookings made, "
            f"{self.made_as_history} made as history, {self.changed} changed, {self.unchanged} unchanged, "
            f"{self.unmatched} without a partner; skipped: {skipped}"
            f"{'; failed: ' + ', '.join(self.failed) if self.failed else ''}."
        )
