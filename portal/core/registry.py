"""What modules above announce to pages below, filled once at start-up.

A lower page shows what a higher module adds without knowing it: menu entries, the words of events, parts of forms,
problems for staff, who may hear which partner's events.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import TextChoices
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

from portal.core.refusals import NotAllowed

Text = str | Promise
# (the request, what the slot is about) → safe HTML, "" for nothing
Fill = Callable[[HttpRequest, Mapping[str, Any]], str]
# What an action is about → a blocker, or None
Objection = Callable[[Any], TextChoices | None]


@dataclass(frozen=True)
class MenuEntry:
    """:param audience: "partner" or "manager" """

    label: Text
    url_name: str
    icon: str
    audience: str
    order: int
    badge: Callable[[HttpRequest], int] | None = None


@dataclass(frozen=True)
class MenuItem:
    label: Text
    url: str
    icon: str
    active: bool
    badge: int


@dataclass(frozen=True)
class EventText:
    text: Text
    icon: str
    tone: str = "neutral"


@dataclass(frozen=True)
class Problem:
    """Something staff should look at. `since` sorts: what waits longest comes first."""

    title: Text
    text: Text
    url: str
    since: datetime
    tone: str = "warn"


class FormPart(Protocol):
    """What a module above asks in a form of a lower one, bound to what was posted.

    `heading` and `button` say what the whole form is for whoever came for this part, which then stands first; they are
    empty for all others.
    """

    heading: Text
    button: Text

    @property
    def html(self) -> str:
        """Its fields, with what is wrong with them."""

    def is_valid(self) -> bool: ...

    def prepare(self, *, actor: str, at: datetime) -> None:
        """Before the form's operation, in its transaction: what has to be made or locked first.

        :raises NotAllowed:
        """

    def apply(self, about: Any, *, actor: str, at: datetime) -> None:
        """After the form's operation, in its transaction. :raises NotAllowed:"""

    def refuse(self, refusal: NotAllowed) -> None:
        """Say where it belongs why it was not allowed: the operation is taken back, and the form shown again."""


MakePart = Callable[[HttpRequest, Mapping[str, Any]], FormPart]
# (what the mail is about, now) → pairs of a date and what there is to say of it, in the language of the moment
OfferDates = Callable[[Any, datetime], list[tuple[str, str]]]

_menu: list[MenuEntry] = []
_event_texts: dict[str, Callable[[Any], EventText]] = {}
_mail_texts: dict[str, Text] = {}
_mails_to_customers: set[str] = set()
_problem_sources: list[Callable[[datetime], Iterable[Problem]]] = []
_audience_of: list[Callable[[HttpRequest], str]] = []
_slots: dict[str, list[Fill]] = {}
_form_parts: dict[str, list[MakePart]] = {}
_mail_dates: dict[str, OfferDates] = {}
_objections: dict[str, list[Objection]] = {}
_stream_scopes: list[Callable[[Any, Any], frozenset[int] | None]] = []


def add_menu_entry(entry: MenuEntry) -> None:
    if entry not in _menu:
        _menu.append(entry)
        _menu.sort(key=lambda each: each.order)


def use_audience(function: Callable[[HttpRequest], str]) -> None:
    """:param function: says which menu a request gets: "partner", "manager" or "" """
    _audience_of[:] = [function]


def menu_for(request: HttpRequest) -> list[MenuItem]:
    audience = _audience_of[0](request) if _audience_of else ""
    entries = [entry for entry in _menu if entry.audience == audience]
    urls = {entry.url_name: reverse(entry.url_name) for entry in entries}
    # The longest address that the current one begins with is the page we are on.
    matching = [url for url in urls.values() if request.path.startswith(url)]
    current = max(matching, key=len, default="")
    return [
        MenuItem(
            entry.label,
            urls[entry.url_name],
            entry.icon,
            urls[entry.url_name] == current,
            entry.badge(request) if entry.badge else 0,
        )
        for entry in entries
    ]


def add_event_text(kind: str, describe: Callable[[Any], EventText] | EventText) -> None:
    """Say what an event of this kind reads like on a timeline."""
    _event_texts[kind] = describe if callable(describe) else lambda _event: describe


def event_text(event: Any) -> EventText | None:
    """None for events that no timeline shows."""
    describe = _event_texts.get(event.kind)
    return describe(event) if describe else None


def add_mail_text(kind: str, text: Text, *, to_customer: bool = True) -> None:
    """Say what a timeline reads once a mail of this kind has left."""
    _mail_texts[kind] = text
    if to_customer:
        _mails_to_customers.add(kind)


def mail_text(kind: str) -> Text:
    """Empty for a kind that nobody has put into words."""
    return _mail_texts.get(kind, "")


def is_mail_to_customer(kind: str) -> bool:
    return kind in _mails_to_customers


def add_problem_source(source: Callable[[datetime], Iterable[Problem]]) -> None:
    if source not in _problem_sources:
        _problem_sources.append(source)


def problems(at: datetime) -> list[Problem]:
    found = [problem for source in _problem_sources for problem in source(at)]
    return sorted(found, key=lambda problem: problem.since)


def add_to_slot(name: str, fill: Fill) -> None:
    """Show something on a page of a lower module. The page says what its slots are about:

    `date_detail`      the page of a date: `partner`, `date`, `seats`, `may_decide`, `now`
    `booking_detail`   a partner's page of a booking: `booking`, `may_decide`, `now`
    `booking_actions`  beside its buttons to confirm and to decline, for who may press them: `booking`, `now`
    `customer_page`    what a customer finds behind the link in a mail: `booking`, `now`
    """
    fills = _slots.setdefault(name, [])
    if fill not in fills:
        fills.append(fill)


def slot(name: str, request: HttpRequest, about: Mapping[str, Any]) -> list[str]:
    """What the modules above show there, in the order they were added."""
    parts = (fill(request, about) for fill in _slots.get(name, ()))
    return [part for part in parts if part]


def add_form_part(name: str, make: MakePart) -> None:
    """Ask something more in a form of a lower module, which says what it is about:

    `decline_booking`  by the partner or by staff: `booking`, `now`
    """
    makers = _form_parts.setdefault(name, [])
    if make not in makers:
        makers.append(make)


def form_parts(name: str, request: HttpRequest, about: Mapping[str, Any]) -> list[FormPart]:
    """In the order they were added."""
    return [make(request, about) for make in _form_parts.get(name, ())]


def add_mail_dates(kind: str, offer: OfferDates) -> None:
    """Offer dates in a mail of a lower module, which says what it is about:

    `customer_date_cancelled`  a booking whose date falls through

    It is asked while the mail is rendered, and changes nothing.
    """
    _mail_dates[kind] = offer


def mail_dates(kind: str, about: Any, *, at: datetime) -> list[tuple[str, str]]:
    offer = _mail_dates.get(kind)
    return offer(about, at) if offer else []


def add_objection(action: str, object_to: Objection) -> None:
    """Say why a lower module may not do something, for a reason that it cannot know:

    `restore_date`  a cancelled date takes place after all
    """
    objections = _objections.setdefault(action, [])
    if object_to not in objections:
        objections.append(object_to)


def objection(action: str, about: Any) -> TextChoices | None:
    """The first blocker that a module above has."""
    blockers = (object_to(about) for object_to in _objections.get(action, ()))
    return next((blocker for blocker in blockers if blocker), None)


def use_stream_scope(function: Callable[[Any, Any], frozenset[int] | None]) -> None:
    """:param function: (session, user) → partners whose events the user may hear, None for all"""
    _stream_scopes[:] = [function]


def stream_scope_provider(session: Any, user: Any) -> frozenset[int] | None:
    return _stream_scopes[0](session, user) if _stream_scopes else frozenset()
