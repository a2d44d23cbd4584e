"""The table of response metrics as a file for a spreadsheet: all partners found, with all partners together first."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import IO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.bookings import metrics
from portal.bookings.metrics import Responses
from portal.bookings.models import DeclineReason
from portal.bookings.responses import Outcome
from portal.core import spreadsheets
from portal.core.spreadsheets import Column
from portal.manage.metrics import MetricsQuery

PORTION = 1000


def write_csv(query: MetricsQuery) -> IO[bytes]:
    reasons = metrics.all_reasons()
    return spreadsheets.write_csv(_columns(reasons), _rows(query, reasons))


def write_xlsx(query: MetricsQuery) -> IO[bytes]:
    reasons = metrics.all_reasons()
    return spreadsheets.write_xlsx(_("Response metrics"), _columns(reasons), _rows(query, reasons))


def _rows(query: MetricsQuery, reasons: list[DeclineReason]) -> Iterator[Responses]:
    yield replace(metrics.of_all(query.period, reasons), company=_("All partners"))
    for row in query.rows(reasons).iterator(chunk_size=PORTION):
        yield metrics.responses_of(row, reasons)


def _columns(reasons: list[DeclineReason]) -> list[Column[Responses]]:
    return [
        Column(gettext_lazy("Partner"), 32, lambda of: of.company),
        Column(gettext_lazy("Asked"), 9, lambda of: of.asked),
        Column(gettext_lazy("Confirmation rate in percent"), 12, lambda of: _percent(of.rate)),
        Column(gettext_lazy("Rate before in percent"), 12, lambda of: _percent(of.rate_before)),
        Column(gettext_lazy("Half answer within (minutes)"), 12, lambda of: _minutes(of.median)),
        Column(gettext_lazy("9 of 10 answer within (minutes)"), 12, lambda of: _minutes(of.p90)),
        *(Column(outcome.label, 12, _count(outcome)) for outcome in Outcome),
        *(
            Column(_("Declined: %(reason)s") % {"reason": reason.label}, 12, _declines(reason.code))
            for reason in reasons
        ),
    ]


def _count(outcome: Outcome) -> Callable[[Responses], int]:
    return lambda of: of.counts[outcome]


def _declines(code: str) -> Callable[[Responses], int]:
    return lambda of: of.declines.get(code, 0)


def _percent(share: float | None) -> Decimal | None:
    return None if share is None else Decimal(share * 100).quantize(Decimal("0.1"))


def _minutes(length: timedelta | None) -> int | None:
    return None if length is None else round(length / timedelta(minutes=1))
