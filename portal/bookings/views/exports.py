"""The list as a file: all that is filtered, not only the page."""

from collections.abc import Callable
from typing import IO

from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal.bookings import exporting, queries
from portal.bookings.filters import read_filters
from portal.core.clock import now
from portal.core.spreadsheets import file_response
from portal.core.wording import wall_clock
from portal.partners.access import PartnerRequest, partner_required


@require_GET
@partner_required
def export_csv(request: PartnerRequest) -> HttpResponseBase:
    return _export(request, exporting.write_csv, "csv")


@require_GET
@partner_required
def export_xlsx(request: PartnerRequest) -> HttpResponseBase:
    return _export(request, exporting.write_xlsx, "xlsx")


def _export(request: PartnerRequest, write: Callable[..., IO[bytes]], ending: str) -> HttpResponseBase:
    at = now()
    filters, problems = read_filters(request.GET)
    if problems:
        # A file cannot say that a filter was left out; the list can.
        return redirect(f"{reverse('bookings:list')}?{request.GET.urlencode()}")
    bookings = filters.apply(queries.booking_list(request.partner), at=at)
    name = _("bookings") + f"-{wall_clock(at):%Y-%m-%d}"
    return file_response(write(request.partner, bookings, at=at), name=name, ending=ending)
