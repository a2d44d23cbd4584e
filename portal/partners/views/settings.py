"""A partner's settings: what mails do, who stands in, and everybody's own name and language."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.accounts.operations import save_profile as save_users_profile
from portal.core.clock import now
from portal.core.refusals import NotAllowed
from portal.partners import operations, queries
from portal.partners.access import PartnerRequest, owner_required, partner_required
from portal.partners.forms import AbsenceForm, MailSettingsForm, ProfileForm
from portal.partners.models import Absence
from portal.partners.recipients import recipients_of


@require_GET
@partner_required
def overview(request: PartnerRequest) -> HttpResponse:
    return _page(request)


@require_POST
@owner_required
def save_mails(request: PartnerRequest) -> HttpResponse:
    form = MailSettingsForm(request.POST, **_people(request))
    if form.is_valid() and _done(form, lambda: _save_mails(request, form)):
        messages.success(request, _("Saved."))
        return redirect("partners:settings")
    return _page(request, mail_form=form)


@require_POST
@owner_required
def add_absence(request: PartnerRequest) -> HttpResponse:
    form = AbsenceForm(request.POST, **_people(request))
    if form.is_valid() and _done(form, lambda: _add_absence(request, form)):
        messages.success(request, _("The deputy is entered."))
        return redirect("partners:settings")
    return _page(request, absence_form=form)


@require_POST
@owner_required
def remove_absence(request: PartnerRequest, pk: int) -> HttpResponse:
    absence = get_object_or_404(Absence, partner=request.partner, pk=pk)
    try:
        operations.remove_absence(absence, by=request.member, at=now())
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Removed. Mails go to their usual recipients again."))
    return redirect("partners:settings")


@require_POST
@partner_required
def save_profile(request: PartnerRequest) -> HttpResponse:
    form = ProfileForm(request.POST, instance=request.user)
    if not form.is_valid():
        return _page(request, profile_form=form)
    save_users_profile(request.user, **form.cleaned_data)
    language = form.cleaned_data["language"]
    with translation.override(language):
        messages.success(request, _("Saved."))
    response = redirect("partners:settings")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


def _save_mails(request: PartnerRequest, form: MailSettingsForm) -> None:
    operations.save_mail_settings(form.wanted, by=request.member, at=now())


def _add_absence(request: PartnerRequest, form: AbsenceForm) -> None:
    operations.add_absence(form.absence, by=request.member, at=now())


def _done(form: MailSettingsForm | AbsenceForm, action: Callable[[], None]) -> bool:
    """Whether it was done; if not, the form says why not."""
    try:
        action()
    except NotAllowed as refusal:
        form.add_error(None, refusal.message)
        return False
    return True


def _people(request: PartnerRequest) -> dict[str, Any]:
    return {"partner": request.partner, "members": list(queries.members_of(request.partner))}


def _page(request: PartnerRequest, **forms: Any) -> HttpResponse:
    """With what is wrong in the form that was sent, if one was."""
    people, at = _people(request), now()
    today = at.astimezone(ZoneInfo(request.partner.time_zone)).date()
    context = {
        "partner": request.partner,
        "is_owner": request.member.is_owner,
        "mail_form": MailSettingsForm(**people),
        "absence_form": AbsenceForm(**people),
        "profile_form": ProfileForm(instance=request.user),
        "absences": queries.absences_of(request.partner, today=today),
        "recipients": recipients_of(request.partner, at=at).today,
        **forms,
    }
    return render(request, "partners/settings.html", context, status=422 if forms else 200)
