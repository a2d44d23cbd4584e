"""The sheet of a date, to be printed and taken into the kitchen."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from portal.bookings.date_changes import sheets
from portal.bookings.date_changes.views import date_or_404
from portal.core.clock import now
from portal.partners.access import PartnerRequest, partner_required


@require_GET
@partner_required
def sheet(request: PartnerRequest, pk: int) -> HttpResponse:
    at = now()
    made = sheets.sheet_of(date_or_404(request, pk), own_zone=request.partner.time_zone, at=at)
    return render(request, "date_changes/sheet.html", {"sheet": made, "now": at})


@require_GET
@partner_required
def sheet_pdf(request: PartnerRequest, pk: int) -> HttpResponse:
    made = sheets.sheet_of(date_or_404(request, pk), own_zone=request.partner.time_zone, at=now())
    response = HttpResponse(sheets.pdf_of(made), content_type="application/pdf")
    # Shown, not stored: it is about people.
    disposition = content_disposition_header(False, sheets.file_name(made))
    response.headers["Content-Disposition"] = str(disposition)
    return response
