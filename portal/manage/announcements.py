"""The staff's menu, and the problems that no feature announces itself."""

from collections.abc import Iterable
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from portal.core import registry
from portal.core.clock import now
from portal.core.registry import MenuEntry, Problem, Text
from portal.manage import calls, queries, queries_rebookings


def _stuck_jobs(at: datetime) -> Iterable[Problem]:
    if count := queries.count_stuck_jobs():
        text = ngettext(
            "%(count)s piece of work has failed for good.",
            "%(count)s pieces of work have failed for good.",
            count,
        )
        since = queries.oldest_stuck_job_at() or at
        yield _waiting(_("Work that is stuck"), text % {"count": count}, since)


def _refused_mails(at: datetime) -> Iterable[Problem]:
    if count := queries.count_refused_mails():
        text = ngettext(
            "The mail server refused %(count)s e-mail.",
            "The mail server refused %(count)s e-mails.",
            count,
        )
        since = queries.oldest_refused_mail_at() or at
        yield _waiting(_("E-mails that were refused"), text % {"count": count}, since)


def _bounced(at: datetime) -> Iterable[Problem]:
    if count := queries.count_bounced_addresses():
        text = ngettext(
            "E-mails do not reach %(count)s address any more.",
            "E-mails do not reach %(count)s addresses any more.",
            count,
        )
        yield Problem(
            title=_("E-mails that came back"),
            text=text % {"count": count},
            url=reverse("manage:bounces"),
            since=queries.oldest_bounce_at() or at,
        )


def _unanswered(at: datetime) -> Iterable[Problem]:
    due = [call for call in calls.calls(at=at) if call.again_at is None]
    if due:
        text = ngettext(
            "%(count)s partner has not answered. Only a call helps.",
            "%(count)s partners have not answered. Only a call helps.",
            len(due),
        )
        yield Problem(
            title=_("Calls to make"),
            text=text % {"count": len(due)},
            url=reverse("manage:calls"),
            since=min(call.since for call in due),
        )


def _customers_without_date(at: datetime) -> Iterable[Problem]:
    cases = queries_rebookings.summed_open_cases()
    if cases.count:
        text = ngettext(
            "%(count)s customer whose date was declined needs you.",
            "%(count)s customers whose date was declined need you.",
            cases.count,
        )
        yield Problem(
            title=_("Customers without a new date"),
            text=text % {"count": cases.count},
            url=reverse("manage:rebookings"),
            since=cases.since or at,
        )


def _waiting(title: Text, text: str, since: datetime) -> Problem:
    return Problem(title=title, text=text, url=reverse("manage:waiting"), since=since, tone="bad")


def calls_badge(request: HttpRequest) -> int:
    """How many partners to call now. Part of a page, so the clock is the request's."""
    return calls.count_due(at=now())


def cases_badge(request: HttpRequest) -> int:
    """How many customers need somebody because no new date was found with them."""
    return queries_rebookings.count_open_cases()


# One word each: four of them stand side by side at the foot of a phone.
for entry in (
    MenuEntry(_("Problems"), "manage:home", "triangle-alert", "manager", 10),
    MenuEntry(pgettext_lazy("by phone", "Calls"), "manage:calls", "phone", "manager", 20, calls_badge),
    MenuEntry(_("Bookings"), "manage:bookings", "calendar-check", "manager", 30),
    MenuEntry(_("Partners"), "manage:partners", "users", "manager", 40),
    MenuEntry(_("Rebookings"), "manage:rebookings", "arrow-right-left", "manager", 42, cases_badge),
    MenuEntry(_("Metrics"), "manage:metrics", "chart-column", "manager", 45),
    MenuEntry(_("Waiting"), "manage:waiting", "hourglass", "manager", 50),
    MenuEntry(_("Unassigned"), "manage:unmatched", "inbox", "manager", 60),
    MenuEntry(_("Import"), "manage:imports", "refresh-cw", "manager", 70),
    MenuEntry(_("Erasure"), "manage:erasure", "user-x", "manager", 80),
):
    registry.add_menu_entry(entry)
registry.add_problem_source(_unanswered)
registry.add_problem_source(_customers_without_date)
registry.add_problem_source(_stuck_jobs)
registry.add_problem_source(_refused_mails)
registry.add_problem_source(_bounced)
