"""What staff read of readings of the catalog."""

from datetime import timedelta

import pytest
from django.urls import reverse

from portal.conftest import NOON
from portal.core import registry
from portal.dates.importing.report import CatalogReport
from portal.dates.models import CatalogRun

LATER = NOON + timedelta(hours=1)


def make_run(*, at=NOON, way="poll", problem="", **counts: object) -> CatalogRun:
    report = CatalogReport(**counts).as_dict()
    return CatalogRun.objects.create(way=way, started_at=at, finished_at=at, report=report, problem=problem)


def problems() -> list[tuple[str, str]]:
    return [(str(each.title), str(each.text)) for each in registry.problems(NOON)]


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(LATER, tick=False)


def test_readings_are_told_in_words_and_those_that_found_nothing_are_left_out(mona_client):
    counts = {"made_courses": 1, "made_dates": 2, "changed_dates": 1, "gone": 1, "without_partner": 4}
    make_run(way="full", courses=12, dates=40, **counts)
    make_run(at=NOON + timedelta(minutes=10))
    make_run(at=NOON + timedelta(minutes=20), stock=3)
    make_run(at=NOON + timedelta(minutes=30), way="partner", problem="The shop does not answer.")

    page = mona_client.get(reverse("manage:imports"))

    assert [(each["way"], each["report"]) for each in page.context["catalog_runs"]] == [
        ("A partner was created or changed", "Nothing new"),
        ("Looked for changes", "Free seats of 3 dates read"),
        (
            "Read the whole catalog",
            "12 courses read: 1 new course, 2 new dates, 1 date changed, 1 date is no longer in the shop, "
            "4 dates without a partner",
        ),
    ]
    assert "The shop does not answer." in page.text


def test_a_catalog_that_cannot_be_read_is_a_problem_until_it_can(everything):
    make_run(problem="The shop does not answer.")
    before = problems()

    make_run(at=LATER)

    assert before == [("The shop's catalog cannot be read", "The shop does not answer.")]
    assert problems() == []


def test_courses_that_cannot_be_taken_in_are_a_problem_until_the_next_reading_of_all(everything):
    make_run(way="full", courses=3, failed=["K1", "K2"])
    make_run(at=NOON + timedelta(minutes=1), courses=1)
    before = problems()

    make_run(at=LATER, way="full", courses=3)

    assert before == [("Courses that cannot be taken in", "K1, K2")]
    assert problems() == []
