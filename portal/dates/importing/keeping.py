"""What readings of the shop have in common, of orders and of the catalog: they count, and a row keeps the result."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol, Self

from portal.dates.models import ShopReading
from portal.integrations.shop import ShopUnavailable, ShopUnreadable


class Tally:
    """For a dataclass of counts, and of lists that grow."""

    def add(self, other: Self) -> None:
        for name, value in other.__dict__.items():
            setattr(self, name, getattr(self, name) + value)


class Kept(Protocol):
    def as_dict(self) -> dict[str, object]: ...


@contextmanager
def kept(row: ShopReading, report: Kept, *, at: datetime) -> Iterator[None]:
    """Write down what was found, also when the shop breaks off.

    :raises ShopUnavailable, ShopUnreadable: what was taken in before stays
    """
    try:
        yield
    except (ShopUnavailable, ShopUnreadable) as error:
        row.problem = str(error)[:200]
        raise
    finally:
        row.report, row.finished_at = report.as_dict(), at
        row.save()
