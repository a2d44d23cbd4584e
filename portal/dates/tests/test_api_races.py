"""Two programs at the same instant: real commits, real locks, one thread for each."""

import pytest

from portal.bookings.tests.calling import post, program_of
from portal.conftest import NOON, make_member, make_partner
from portal.core import tenancy
from portal.dates.models import CourseDate
from portal.dates.tests.calling import DATES, patch
from portal.dates.tests.factories import make_course
from portal.dates.tests.planning import plan_date
from tests.threads import run_together

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 8


@pytest.fixture
def partner():
    with tenancy.system("tests", actor="test"):
        return make_partner("Kochschule Ada", 1)


@pytest.fixture
def programs(partner, time_machine):
    time_machine.move_to(NOON, tick=False)
    with tenancy.system("tests", actor="test"):
        users = make_member(partner, "Ada", "owner"), make_member(partner, "Ben", "staff")
        return [program_of(user) for user in users]


def test_the_same_name_at_once_makes_one_date(partner, programs):
    with tenancy.system("tests", actor="test"):
        course = make_course(partner, duration_minutes=60)
    body = {"courseId": course.magento_product_id, "eventDate": "2030-05-25", "eventTime": "18:00"}

    answers = run_together(
        *(lambda each=each: post(each, DATES, body | {"reference": "a"}) for each in programs * TIMES)
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["data"]["date"]["id"] for answer in answers}) == 1
    with tenancy.system("tests"):
        assert CourseDate.objects.count() == 1


def test_each_of_two_changes_stays(partner, programs):
    """Each program says only its own, and writes back nothing that it has read of the other's."""
    with tenancy.system("tests", actor="test"):
        date = plan_date(partner)
    ada, ben = programs
    for number in range(TIMES):
        said = {"notes": f"Ada {number}"}, {"price": number + 0.5}

        answers = run_together(
            lambda said=said: patch(ada, f"{DATES}/{date.pk}", said[0]),
            lambda said=said: patch(ben, f"{DATES}/{date.pk}", said[1]),
        )

        assert [answer.status_code for answer in answers] == [200, 200]
        with tenancy.system("tests"):
            date.refresh_from_db()
        assert (date.notes, date.price_cents) == (f"Ada {number}", number * 100 + 50)
