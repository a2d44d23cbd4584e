"""Dates of all partners, one kind of them at a time."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.core.clock import now
from portal.core.parameters import Problems, read_choice
from portal.core.refusals import NotAllowed
from portal.dates import operations
from portal.dates.cards import cards_of
from portal.manage.queries_dates import DateFilter, all_dates, date_ids, dates_by_id
from portal.partners.access import ManagerRequest, manager_required

PAGE_SIZE = 25


@require_GET
@manager_required
def date_list(request: ManagerRequest) -> HttpResponse:
    at = now()
    problems: Problems = {}
    kind = DateFilter(read_choice(request.GET, "filter", DateFilter.values, problems) or DateFilter.WEEK)
    page: Page[Any] = Paginator(date_ids(kind, at=at), PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = cards_of(dates_by_id(list(page.object_list)), own_zone=settings.TIME_ZONE, at=at)
    context = {
        "kind": kind,
        "kinds": list(DateFilter),
        "page": page,
        "problem": problems.get("filter", ""),
        "now": at,
    }
    return render(request, "manage/dates.html", context)


@require_POST
@manager_required
def take_over(request: ManagerRequest, pk: int) -> HttpResponse:
    """The shop is right about how many seats there are."""
    course_date = get_object_or_404(all_dates(), pk=pk)
    try:
        operations.take_over_shop_capacity(course_date, actor=request.user.actor, at=now())
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Done. Shop and portal have the same number of seats now."))
    return redirect(f"{reverse('manage:dates')}?{urlencode({'filter': DateFilter.DRIFT})}")
