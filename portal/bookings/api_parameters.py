"""What a program asks a list for: the filters that pages have too, a page of it, or what changed since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from portal.bookings.changes import Cursor
from portal.bookings.filters import BookingFilters, read_filters
from portal.core.api_schemas import read_paging
from portal.core.parameters import Problems


@dataclass(frozen=True)
class AskedList:
    """`problems` names each wrong parameter; the other values count only without any."""

    filters: BookingFilters
    page: int
    limit: int
    since: Cursor | datetime | None
    problems: Problems


def read_list(values: Mapping[str, str]) -> AskedList:
    filters, problems = read_filters(values)
    page, limit = read_paging(values, problems)
    since = _since(values, problems)
    if values.get("page", "").strip() and since:
        problems.setdefault("page", _("Not together with updatedSince."))
    return AskedList(filters, page, limit, since, problems)


def _since(values: Mapping[str, str], problems: Problems) -> Cursor | datetime | None:
    text = values.get("updatedSince", "").strip()
    since = Cursor.read(text) or _moment(text)
    if text and since is None:
        problems["updatedSince"] = _(
            "This has to be a moment with its zone, like 2030-12-31T00:00:00Z, or the nextCursor of an answer."
        )
    return since


def _moment(text: str) -> datetime | None:
    try:
        # In an address an unescaped plus sign is a space.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
