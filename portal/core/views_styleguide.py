"""/styleguide/: every component in every state and both themes, for people who build pages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from portal.core.clock import now
from portal.core.templatetags.components import icon_names

COLOURS = (
    "background",
    "foreground",
    "card",
    "muted",
    "border",
    "input",
    "primary",
    "primary-soft",
    "pending",
    "pending-soft",
    "pending-edge",
    "confirmed",
    "confirmed-soft",
    "confirmed-edge",
    "declined",
    "declined-soft",
    "declined-edge",
)
STATUSES = {
    "pending": _("Waiting for your answer"),
    "confirmed": _("Confirmed"),
    "declined": _("Declined"),
    "cancelled": _("Cancelled by the customer"),
    "expired": _("Not answered in time"),
    "rebooked": _("Moved to another date"),
}


class SampleBlocker(TextChoices):
    STARTED = "started", _("The course date has already started.")


@dataclass(frozen=True)
class SampleEntry:
    at: datetime
    text: str
    icon: str
    by: str = ""
    tone: str = "neutral"


class SampleForm(forms.Form):
    name = forms.CharField(label=_("Name"), help_text=_("As it stands on the door."))
    email = forms.EmailField(label=_("E-mail"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=[("de", "Deutsch"), ("en", "English")])
    reason = forms.ChoiceField(
        label=_("Please choose a reason"),
        choices=[("date", _("Date no longer available")), ("full", _("Capacity full"))],
        widget=forms.RadioSelect,
    )
    notes = forms.CharField(label=_("Notes"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    is_active = forms.BooleanField(label=_("Active"), required=False)


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    at = now()
    context = {
        "panels": [_panel("light", at), _panel("dark", at)],
        "colours": COLOURS,
        "statuses": STATUSES.items(),
        "icons": sorted(icon_names()),
        "blocker": SampleBlocker.STARTED,
        "sample_page": _page_in_the_middle(),
    }
    return render(request, "core/styleguide.html", context)


def _panel(theme: str, at: datetime) -> dict[str, Any]:
    return {
        "theme": theme,
        "form": SampleForm(prefix=theme),
        "invalid_form": SampleForm({}, prefix=f"{theme}-invalid"),
        "at": at,
        "soon": at + timedelta(days=4, hours=2),
        "undo_until": at + timedelta(minutes=9, seconds=30),
        "entries": [
            SampleEntry(at, "Confirmed", "circle-check", "Ada Lindner", "confirmed"),
            SampleEntry(at - timedelta(hours=3), "Reminder sent by e-mail", "bell"),
            SampleEntry(at - timedelta(days=1), "Booked in the shop", "shopping-bag"),
        ],
    }


def _page_in_the_middle() -> Page[int]:
    return Paginator(range(60), 20).page(2)
