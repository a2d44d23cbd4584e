"""How partners answer: the table, and the same as a file."""

from collections.abc import Callable
from typing import IO

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal.bookings.metrics import all_reasons, count_partners
from portal.bookings.models import DeclineReason
from portal.core.clock import now
from portal.core.spreadsheets import file_response
from portal.core.wording import wall_clock
from portal.manage import metrics as table
from portal.manage import metrics_files
from portal.manage.forms import MetricsForm
from portal.manage.metrics import MetricsQuery
from portal.partners.access import ManagerRequest, manager_required

PAGE_SIZE = 50


class _PartnersPaginator(Paginator):  # type: ignore[type-arg]
    def __init__(self, query: MetricsQuery, reasons: list[DeclineReason]) -> None:
        super().__init__(query.rows(reasons), PAGE_SIZE)
        self._query = query

    @cached_property
    def count(self) -> int:
        return count_partners(self._query.period, self._query.search)


@require_GET
@manager_required
def metrics(request: ManagerRequest) -> HttpResponse:
    today = wall_clock(now()).date()
    query, problems = table.read_query(request.GET, today=today)
    reasons = all_reasons()
    page = _PartnersPaginator(query, reasons).get_page(request.GET.get("page"))
    context = {
        "form": MetricsForm(query, request.GET, problems),
        "query": query,
        "problems": problems,
        "presets": table.presets(query, today=today),
        "headings": table.headings(query),
        "page": page,
        "lines": table.lines(query, list(page.object_list), reasons),
        "export_query": query.query(),
    }
    return render(request, "manage/metrics.html", context)


@require_GET
@manager_required
def export_csv(request: ManagerRequest) -> HttpResponseBase:
    return _export(request, metrics_files.write_csv, "csv")


@require_GET
@manager_required
def export_xlsx(request: ManagerRequest) -> HttpResponseBase:
    return _export(request, metrics_files.write_xlsx, "xlsx")


def _export(
    request: ManagerRequest, write: Callable[[MetricsQuery], IO[bytes]], ending: str
) -> HttpResponseBase:
    query, problems = table.read_query(request.GET, today=wall_clock(now()).date())
    if problems:
        # A file cannot say that a filter was left out; the page can.
        return redirect(f"{reverse('manage:metrics')}?{request.GET.urlencode()}")
    period = query.period
    name = _("response-metrics") + f"-{period.first_on:%Y-%m-%d}-{period.last_on:%Y-%m-%d}"
    return file_response(write(query), name=name, ending=ending)
