"""The keys we hold for outside systems: staff hear in time that one ends, and at once that one is refused."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core import jobs, keys, registry
from portal.core.clock import now
from portal.core.models import Watermark
from portal.core.registry import Problem
from portal.core.sweeps import sweep
from portal.core.tenancy import scope
from portal.core.wording import say_when
from portal.integrations import tickets
from portal.integrations.shop import rest

LOOK_EVERY = timedelta(days=1)
WARN_BEFORE = timedelta(days=14)


@dataclass(frozen=True)
class _Key:
    """
    :param look: asks the system something that needs the key, and tells when the key ends
    """

    system: str
    queue: str
    unsure: type[Exception]
    is_used: Callable[[], bool]
    look: Callable[[datetime], datetime | None]
    refused: Promise
    refused_text: Promise
    ends: Promise


def _look_at_shop(at: datetime) -> None:
    rest.order_writer().look()


def _look_at_stock(at: datetime) -> None:
    rest.stock_writer().look()


_KEYS = {
    key.system: key
    for key in (
        _Key(
            "tickets",
            "tickets",
            tickets.TicketDeskUnavailable,
            lambda: bool(settings.ODOO_URL),
            lambda at: tickets.ticket_desk().key_expires_at(at=at),
            gettext_lazy("Odoo does not accept our key"),
            gettext_lazy(
                "Tickets wait, and none is lost. They leave by themselves once ODOO_API_KEY is replaced."
            ),
            gettext_lazy("Our key for Odoo ends soon"),
        ),
        _Key(
            "order comments",
            "comments",
            rest.ShopWriteUnavailable,
            lambda: bool(settings.MAGENTO_API_URL),
            _look_at_shop,
            gettext_lazy("The shop does not accept our key"),
            gettext_lazy(
                "Comments on orders wait, and none is lost. They leave by themselves once the key is replaced."
            ),
            gettext_lazy("Our key for the shop ends soon"),
        ),
        _Key(
            "stock",
            "stock",
            rest.ShopWriteUnavailable,
            lambda: bool(settings.MAGENTO_API_URL and settings.STOCK_WRITER),
            _look_at_stock,
            gettext_lazy("The shop does not let us correct its stock"),
            gettext_lazy(
                "Corrections wait, and none is lost. They are made by themselves once our key has the rights."
            ),
            gettext_lazy("Our key for the shop ends soon"),
        ),
    )
}


@jobs.task("integrations.look_at_key", is_retried=False)
def look_at_key(system: str) -> None:
    key, at = _KEYS[system], now()
    try:
        with keys.using(system, queue=key.queue, unsure=key.unsure, at=at):
            keys.note_expiry(system, key.look(at), at=at)
    except (jobs.Hold, tickets.TicketDeskError, rest.ShopWriteError):
        # A refused key stands among the problems by now; what is down is asked again tomorrow.
        return


@sweep("look at keys")
def look_at_keys(at: datetime) -> int:
    """Once a day, and every few minutes while one is refused: staff may have replaced it."""
    return sum(_claim(key, at) for key in _KEYS.values() if key.is_used())


def _claim(key: _Key, at: datetime) -> int:
    name = f"key look:{key.system}"
    Watermark.objects.get_or_create(name=name)
    pause = keys.LOOK_AGAIN_EVERY if keys.refused_since(key.system) else LOOK_EVERY
    with scope():
        due = Q(checked_at=None) | Q(checked_at__lte=at - pause)
        claimed = Watermark.objects.filter(due, name=name).update(checked_at=at)
        if claimed:
            jobs.defer("integrations.look_at_key", system=key.system)
    return claimed


def _problems(at: datetime) -> Iterable[Problem]:
    for key in _KEYS.values():
        if not key.is_used():
            continue
        since, ends_at = keys.refused_since(key.system), keys.expires_at(key.system)
        if since:
            yield Problem(key.refused, key.refused_text, reverse("manage:waiting"), since, tone="bad")
        elif ends_at and ends_at <= at + WARN_BEFORE:
            text = _("It ends on %(when)s. Make a new one before, and remove the old one there.")
            since = ends_at - WARN_BEFORE
            yield Problem(key.ends, text % {"when": say_when(ends_at, at)}, reverse("manage:waiting"), since)


registry.add_problem_source(_problems)
