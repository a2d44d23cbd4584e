"""The building blocks of all pages. Each is shown, in all its states, at /styleguide/.

They see only their arguments. A name that does not exist fails at once, instead of showing nothing.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from django import template
from django.core.paginator import Page
from django.db.models import TextChoices
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.http import QueryDict
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.core import wording

register = template.Library()

SPRITE = Path(__file__).resolve().parents[2] / "static" / "dist" / "icons.svg"
STATUS_ICONS = {
    "pending": "clock",
    "confirmed": "circle-check",
    "declined": "circle-x",
    "cancelled": "ban",
    "expired": "hourglass",
    "rebooked": "arrow-right-left",
}
# Statuses with a colour of their own; all others are shown in a quiet one.
STATUS_TONES = ("pending", "confirmed", "declined")
TONE_ICONS = {
    "info": "info",
    "success": "circle-check",
    "warn": "triangle-alert",
    "error": "circle-alert",
    "bad": "circle-alert",
}
VARIANTS = ("primary", "outline", "ghost", "danger")


# --- Words


@register.filter
def when(at: date | datetime | None, now: datetime | None = None) -> str:
    """`{{ booking.starts_at|when:now }}` → "Sa., 25. Januar, 18:00"; nothing for nothing."""
    return wording.say_when(at, now or None) if at else ""


@register.filter
def day(on: date | datetime | None, now: datetime | None = None) -> str:
    if isinstance(on, datetime):
        on = wording.wall_clock(on).date()
    return wording.say_day(on, now or None) if on else ""


@register.filter
def short_day(on: date | datetime | None, now: datetime | None = None) -> str:
    if isinstance(on, datetime):
        on = wording.wall_clock(on).date()
    return wording.say_short_day(on, now or None) if on else ""


@register.filter
def full_day(on: date | None) -> str:
    """`{{ date.starts_on|full_day }}` → "Samstag, 25. Januar 2025"."""
    return wording.say_full_day(on) if on else ""


@register.filter
def clock_time(at: datetime | None) -> str:
    return f"{wording.wall_clock(at):%H:%M}" if at else ""


@register.filter
def minutes(count: int | None) -> str:
    """`{{ course.duration_minutes|minutes }}` → "2 h 30 min"."""
    return wording.say_duration(timedelta(minutes=count)) if count else ""


@register.filter
def phone_link(number: str) -> str:
    """`{{ customer.phone|phone_link }}` → "tel:+491711234567"; nothing where there is nothing to dial."""
    dialled = re.sub(r"\(0\)|[^0-9+]", "", number or "")
    return f"tel:{dialled}" if any(sign.isdigit() for sign in dialled) else ""


@register.filter
def money(cents: int | None, currency: str = "EUR") -> str:
    """`{{ booking.price_cents|money:booking.currency }}` → "89,00 €"."""
    return "" if cents is None else wording.say_money(cents, currency)


# --- Signs


@lru_cache(maxsize=1)
def icon_names() -> frozenset[str]:
    root = ET.parse(SPRITE).getroot()  # noqa: S314 -- our own build
    return frozenset(symbol.attrib["id"] for symbol in root)


@register.simple_tag
@lru_cache(maxsize=500)  # A list shows a hundred of a dozen.
def icon(name: str, size: str = "") -> SafeString:
    """An icon beside a word that says the same. :raises ValueError: when the sprite does not have it"""
    if name not in icon_names():
        raise ValueError(f'There is no icon "{name}". Add its Lucide name to assets/icons.txt and build.')
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        f" icon-{size}" if size else "",
        static("dist/icons.svg"),
        name,
    )


@register.simple_tag
def status_pill(status: str, label: str | Promise, *, large: bool = False) -> SafeString:
    return _status_pill(status, str(label), large)


# A list shows dozens of a few. By type, too: a text is escaped, the same one marked as safe is not.
@lru_cache(maxsize=500, typed=True)
def _status_pill(status: str, label: str, large: bool) -> SafeString:
    values = {
        "status": status,
        "label": label,
        "large": large,
        "icon_name": STATUS_ICONS.get(status, "circle"),
        "tone": status if status in STATUS_TONES else "neutral",
    }
    return render_to_string("components/status_pill.html", values)


@register.simple_tag
def date_tile(on: date | None) -> SafeString:
    """The day as a page of a wall calendar, decoration beside the words: screen readers skip it."""
    return _date_tile(on, wording.language())


@lru_cache(maxsize=1000)
def _date_tile(on: date | None, language: str) -> SafeString:
    weekday = wording.WEEKDAYS[language][on.weekday()] if on else ""
    month = wording.SHORT_MONTHS[language][on.month - 1] if on else ""
    return render_to_string("components/date_tile.html", {"on": on, "weekday": weekday, "month": month})


@register.inclusion_tag("components/countdown.html")
def countdown(until: datetime, now: datetime) -> dict[str, Any]:
    """How long something is still possible. Without JavaScript it names the time of day."""
    # Seconds, not a time of day: the clock of the device may be wrong.
    return {"until": until, "seconds": max(0, round((until - now).total_seconds()))}


# --- Actions


@register.inclusion_tag("components/action_button.html")
def action_button(  # noqa: PLR0913 -- the words a template chooses from; most say two or three
    *,
    url: str,
    label: str,
    target: str = "",
    blocker: TextChoices | None = None,
    variant: str = "primary",
    icon: str = "",
    page: str = "",
    back: str = "",
) -> dict[str, Any]:
    """One action as one small form. With a blocker the button is off and says why.

    :param target: the fragment that htmx swaps for the answer, and a refresh of it that is on its way is stopped, for
        it is older; "refresh" swaps nothing and lets the live parts of the page fetch themselves again; without one the
        form is a plain one
    :param page: sent along as `page`, for a view that answers several pages
    :param back: sent along as `back`: the query of the list that the button stands on, so that it leads back there
    """
    _check_variant(variant)
    return {
        "url": url,
        "label": label,
        "target": target,
        "blocker": blocker,
        "variant": variant,
        "icon_name": icon,
        "page": page,
        "back": back,
    }


@register.inclusion_tag("components/link_button.html")
def link_button(
    *, url: str, label: str, variant: str = "outline", icon: str = "", dialog: bool = False
) -> dict[str, Any]:
    """A link that looks like a button. With `dialog`, the page behind it opens in the dialog of this page.

    Of that page only the element with the id "dialog-part" is shown; its heading has the id "dialog-title".
    """
    _check_variant(variant)
    return {
        "url": url,
        "label": label,
        "variant": variant,
        "icon_name": icon,
        # An arrow stands behind the words, where it points.
        "leads_on": icon in ("arrow-right", "external-link"),
        "dialog": dialog,
    }


def _check_variant(variant: str) -> None:
    if variant not in VARIANTS:
        raise ValueError(f'There is no variant "{variant}", only {", ".join(VARIANTS)}.')


# --- Surfaces


@register.inclusion_tag("components/page_header.html")
def page_header(
    title: str,
    lead: str = "",
    *,
    back_url: str = "",
    back_label: str = "",
    action_url: str = "",
    action_label: str = "",
) -> dict[str, Any]:
    return {
        "title": title,
        "lead": lead,
        "back_url": back_url,
        "back_label": back_label,
        "action_url": action_url,
        "action_label": action_label,
    }


@register.simple_block_tag
def card(content: str, *, title: str = "", id: str = "", flush: bool = False) -> str:
    """:param flush: the content goes to the edges, as a table does"""
    values = {"content": content, "title": title, "id": id, "flush": flush}
    return render_to_string("components/card.html", values)


@register.inclusion_tag("components/empty_state.html")
def empty_state(
    icon: str, title: str, text: str = "", *, action_url: str = "", action_label: str = ""
) -> dict[str, Any]:
    return {
        "icon_name": icon,
        "title": title,
        "text": text,
        "action_url": action_url,
        "action_label": action_label,
    }


@register.simple_block_tag
def notice(content: str, *, tone: str = "info", title: str = "") -> str:
    """:param tone: info, success, warn, error (said at once to who cannot see it) or bad (the same colour)"""
    values = {"content": content, "tone": tone, "title": title, "icon_name": TONE_ICONS[tone]}
    return render_to_string("components/notice.html", values)


@register.inclusion_tag("components/stat.html")
def stat(label: str, value: object, *, hint: str = "", icon: str = "", url: str = "") -> dict[str, Any]:
    return {"label": label, "value": value, "hint": hint, "icon_name": icon, "url": url}


@register.simple_block_tag
def fact(content: str, label: str) -> str:
    """A row of `<dl class="facts">`."""
    return render_to_string("components/fact.html", {"content": content, "label": label})


@register.simple_block_tag
def data_table(content: str, *, caption: str, css: str = "") -> str:
    """Dense on the desktop, cards on the phone: there each cell shows its `data-label` first.

    :param css: a class of its own, for a table that is arranged differently on the phone
    """
    values = {"content": content, "caption": caption, "css": css}
    return render_to_string("components/data_table.html", values)


@register.inclusion_tag("components/pagination.html")
def pagination(page: Page[Any], *, query: QueryDict | str | None = None, anchor: str = "") -> dict[str, Any]:
    """:param query: request.GET or a part of it, so that filters stay while turning pages
    :param anchor: the id of the list, where it does not stand at the top of its page
    """
    values = QueryDict(query) if isinstance(query, str) else query
    anchor = f"#{anchor}" if anchor else ""
    previous, following = _page_url(page, values, -1), _page_url(page, values, +1)
    return {
        "page": page,
        "previous": previous and previous + anchor,
        "next": following and following + anchor,
    }


def _page_url(page: Page[Any], query: QueryDict | None, step: int) -> str:
    number = page.number + step
    if not 1 <= number <= page.paginator.num_pages:
        return ""
    values = query.copy() if query is not None else QueryDict(mutable=True)
    values["page"] = str(number)
    return f"?{values.urlencode()}"


@register.inclusion_tag("components/timeline.html")
def timeline(entries: Iterable[object], now: datetime | None = None) -> dict[str, Any]:
    """:param entries: each with `at`, `text`, `icon`, and perhaps `by` (who) and `tone`"""
    return {"entries": entries, "now": now}


# --- Forms


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, *, help: str = "") -> dict[str, Any]:
    """A field with its label, help and errors, whatever its widget is."""
    return {
        "field": bound,
        "kind": _kind(bound),
        "control": bound.as_widget(attrs={"class": "control"}),
        "help": help or bound.help_text,
        "error_id": f"{bound.auto_id}_error",
        "help_id": f"{bound.auto_id}_helptext",
    }


def _kind(bound: BoundField) -> str:
    widget = bound.field.widget
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "choices"
    return "checkbox" if isinstance(widget, CheckboxInput) else "control"


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    """What is wrong with the form as a whole."""
    return {"errors": form.non_field_errors()}


# --- What just happened


@register.inclusion_tag("components/flash_messages.html", takes_context=True)
def flash_messages(context: Context) -> Mapping[str, Any]:
    """The messages of the last action: in place on a full page, as toasts when htmx swaps a part.

    A toast stays when the live page is fetched again a moment later; a line inside the part would vanish.
    """
    request = context.get("request")
    return {
        "notes": [
            {"text": str(note), "tone": _tone(note.level_tag)} for note in context.get("messages") or ()
        ],
        "as_toasts": request is not None and request.headers.get("HX-Request") == "true",
    }


def _tone(level: str) -> str:
    return {"success": "success", "warning": "warn", "error": "error"}.get(level, "info")


@register.inclusion_tag("components/toast.html")
def toast(text: str, tone: str = "info") -> dict[str, Any]:
    return {"text": text, "tone": tone, "icon_name": TONE_ICONS[tone]}


@register.simple_block_tag
def dialog(content: str, *, id: str, title: str = "") -> str:
    return render_to_string("components/dialog.html", {"content": content, "id": id, "title": title})
