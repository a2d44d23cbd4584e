"""Every address there is, walked by somebody it does not belong to.

The list comes from the URL table itself: a new view is in it without anybody remembering. What the arguments of a
new view stand for has to be said below, else the first test fails and says so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.bookings import operations
from portal.bookings.models import Booking, StaffQuestion, UnmatchedOrder
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, client_of
from portal.core import outbox, tenancy
from portal.core.models import Link, OutboxMail
from portal.partners.operations import invite_member

# What only Ada's people may ever see.
SECRETS = ("Adelgunde", "Adasdottir", "adelgunde@customers.example", "0171 39 200 77", "Keine Zwiebeln bitte")
# Addresses that show everything to everybody, by intention.
OPEN = {"demo": "only in demo mode, bound to this machine: whoever plays sees all roles"}
# Known names of arguments and, by the name of the view or of its group, what of Ada's they stand for.
ARGUMENTS: dict[str, dict[str, str]] = {
    "bookings": {"pk": "booking", "token": "stolen hash"},
    "api": {"booking_id": "booking"},
    "partners": {"token": "stolen hash"},
    "manage:retry_job": {"pk": "job"},
    "manage:send_mail_again": {"pk": "refused mail"},
    "manage:settle_question": {"pk": "question"},
    "manage:assign": {"pk": "unmatched order"},
    "manage:partner": {"pk": "partner"},
    "manage:invite": {"pk": "partner"},
    "account_reset_password_from_key": {"uidb36": "user in base 36", "key": "stolen hash"},
}
# Pages that must show Ada her customer; a check that the crawl looks for what is really there.
SHOWN_TO_ADA = {
    "bookings:list",
    "bookings:detail",
    "bookings:decline",
    "api:list_bookings",
    "api:list_pending",
    "api:get_booking",
}
# What a form or a program might send. Also Ada's partner, where one can be chosen.
FORM = {"reason": "capacity_full", "notes": "Nein", "page": "list", "name": "Eve", "role": "owner"}


@dataclass(frozen=True)
class Address:
    name: str
    group: str
    route: str
    arguments: tuple[str, ...]

    def path(self, ids: dict[str, object]) -> str:
        if not self.arguments:
            return f"/{self.route}"
        known = ARGUMENTS.get(self.name) or ARGUMENTS.get(self.group) or {}
        values = {name: str(ids[known[name]]) for name in self.arguments}
        return "/" + next(iter(_fill(self.name, values))).lstrip("/")


def _fill(name: str, values: dict[str, str]) -> Iterator[str]:
    lookup = name.rpartition(":")[2]
    for resolver in _resolvers(get_resolver()):
        for form, _pattern, _defaults, _converters in resolver.reverse_dict.getlist(lookup):
            for route, names in form:
                if set(names) == set(values):
                    yield _prefix(resolver) + route % values


_prefixes: dict[int, str] = {}


def _resolvers(resolver: URLResolver, prefix: str = "") -> Iterator[URLResolver]:
    _prefixes[id(resolver)] = prefix
    yield resolver
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _resolvers(each, prefix + str(each.pattern))


def _prefix(resolver: URLResolver) -> str:
    return _prefixes[id(resolver)]
