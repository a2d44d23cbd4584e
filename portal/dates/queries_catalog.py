"""Reads of what the readings of the catalog found, for the staff."""

from portal.dates.models import CatalogRun

_NOTHING = {"report__courses": 0, "report__stock": 0, "problem": ""}
_MOST = 5


def catalog_runs() -> list[CatalogRun]:
    """The latest readings; those that found nothing are left out, but for the newest."""
    newest = list(CatalogRun.objects.order_by("-started_at", "-pk")[:1])
    busy = CatalogRun.objects.exclude(**_NOTHING).order_by("-started_at", "-pk")[:_MOST]
    return newest + [run for run in busy if run not in newest]


def run_with_problem() -> CatalogRun | None:
    """The newest reading, when the shop could not be read."""
    newest = CatalogRun.objects.order_by("-started_at", "-pk").first()
    return newest if newest and newest.problem else None


def run_with_failures() -> CatalogRun | None:
    """The newest reading of everything, when some courses could not be taken in."""
    newest = CatalogRun.objects.filter(way="full", problem="").order_by("-started_at", "-pk").first()
    return newest if newest and newest.report.get("failed") else None
