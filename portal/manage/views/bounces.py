"""Addresses that mails do not reach any more."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.core import fates
from portal.core.clock import now
from portal.core.models import BouncedAddress
from portal.manage.bounces import bounced_addresses
from portal.manage.views.answers import page_or_part
from portal.partners.access import ManagerRequest, manager_required


@require_GET
@manager_required
def bounces(request: ManagerRequest) -> HttpResponse:
    context = {"bounces": bounced_addresses(), "now": now()}
    return page_or_part(request, "manage/bounces.html#bounces", context)


@require_POST
@manager_required
def address_works(request: ManagerRequest, pk: int) -> HttpResponse:
    fates.forget_bounce(get_object_or_404(BouncedAddress, pk=pk))
    messages.success(request, _("Noted. Should a mail come back again, the address returns here."))
    return redirect("manage:bounces")
