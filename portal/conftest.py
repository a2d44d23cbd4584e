"""The cast of all tests: Ada, her colleagues Ben and Vera (who only looks), Eve elsewhere, Mona of the staff."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from portal.accounts.models import User
from portal.core import tenancy
from portal.partners.models import Member, Partner

NOON = datetime(2030, 5, 1, 10, 0, tzinfo=UTC)  # 12:00 in Berlin
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

tenancy.register_system_reason("tests")


@pytest.fixture
def everything(db):
    """See all partners, as a test does that arranges and looks."""
    with tenancy.system("tests", actor="test"):
        yield


def make_partner(name: str, number: int) -> Partner:
    return Partner.objects.create(
        magento_partner_id=str(10000 + number),
        customer_number=f"K{20000 + number:06d}",
        company=name,
        contact=f"{name} Kontakt",
        email=f"partner{number}@example.org",
        phone="+49 89 1234567",
        created_at=NOON,
    )


def make_member(partner: Partner, name: str, role: str) -> User:
    user = User.objects.create_user(f"{name.lower()}@example.org", password="secret", name=name)
    Member.objects.create(partner=partner, user=user, role=role, joined_at=NOON)
    return user


@pytest.fixture
def adas_partner(everything) -> Partner:
    return make_partner("Kochschule Ada", 1)


@pytest.fixture
def eves_partner(everything) -> Partner:
    return make_partner("Töpferei Eva", 2)


@pytest.fixture
def ada(adas_partner) -> User:
    return make_member(adas_partner, "Ada", Member.Role.OWNER)


@pytest.fixture
def ben(adas_partner) -> User:
    return make_member(adas_partner, "Ben", Member.Role.STAFF)


@pytest.fixture
def vera(adas_partner) -> User:
    return make_member(adas_partner, "Vera", Member.Role.VIEWER)


@pytest.fixture
def eve(eves_partner) -> User:
    return make_member(eves_partner, "Eve", Member.Role.OWNER)


@pytest.fixture
def mona(everything) -> User:
    return User.objects.create_user(
        "mona@example.org", password="secret", name="Mona", is_manager=True, second_factor_at=NOON
    )


def client_of(user: User, language: str = "en") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def ada_client(ada) -> Client:
    return client_of(ada)


@pytest.fixture
def ben_client(ben) -> Client:
    return client_of(ben)


@pytest.fixture
def vera_client(vera) -> Client:
    return client_of(vera)


@pytest.fixture
def eve_client(eve) -> Client:
    return client_of(eve)


@pytest.fixture
def mona_client(mona) -> Client:
    return client_of(mona)


@pytest.fixture
def run_jobs(db):
    """Run what is queued, as a worker would, until nothing is left; returns the names of the jobs."""
    from procrastinate.contrib.django import app  # noqa: PLC0415 -- after the settings
    from procrastinate.contrib.django.models import ProcrastinateJob  # noqa: PLC0415 -- after the settings

    done: list[int] = []

    def run(*names: str) -> list[str]:
        ran = []
        for _round in range(20):
            waiting = ProcrastinateJob.objects.filter(status="todo").exclude(pk__in=done).order_by("id")
            jobs = [job for job in waiting if not names or job.task_name in names]
            if not jobs:
                return ran
            for job in jobs:
                done.append(job.pk)
                app.tasks[job.task_name].func(**job.args)
                ran.append(job.task_name)
        raise AssertionError("the jobs never end")

    return run
