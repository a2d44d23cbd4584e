"""The staff's menu, and the problems that no feature announces itself."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.core import registry
from portal.core.registry import MenuEntry, Problem, Text
from portal.manage import queries


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


def _waiting(title: Text, text: str, since: datetime) -> Problem:
    return Problem(title=title, text=text, url=reverse("manage:waiting"), since=since, tone="bad")


# One word each: four of them stand side by side at the foot of a phone.
for entry in (
    MenuEntry(_("Problems"), "manage:home", "triangle-alert", "manager", 10),
    MenuEntry(_("Waiting"), "manage:waiting", "hourglass", "manager", 20),
    MenuEntry(_("Unassigned"), "manage:unmatched", "inbox", "manager", 30),
    MenuEntry(_("Partners"), "manage:partners", "users", "manager", 40),
    MenuEntry(_("Import"), "manage:imports", "refresh-cw", "manager", 50),
):
    registry.add_menu_entry(entry)
registry.add_problem_source(_stuck_jobs)
registry.add_problem_source(_refused_mails)
