"""Every address there is, from the URL table itself, and something of Ada's for every argument that any has.

A new view is in it without anybody remembering. What its arguments stand for has to be said in ARGUMENTS; else the
first test of tests/test_crawl.py fails and says so.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache as shared_cache
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.accounts.models import User
from portal.bookings import operations
from portal.bookings.date_changes.operations import cancel_whole_date
from portal.bookings.models import Booking, Customer, StaffQuestion
from portal.bookings.operations import By
from portal.bookings.queries import reason_by_code
from portal.bookings.tests.factories import make_booking, make_unmatched_order
from portal.conftest import BACKEND, NOON, make_member, make_partner
from portal.core import jobs, outbox, tenancy
from portal.core.models import BouncedAddress, Link, OutboxMail
from portal.courses.models import Course
from portal.dates import operations as dates
from portal.dates.models import CourseDate, SeatEntry
from portal.partners.models import Absence, Member, Partner
from portal.partners.operations import invite_member
from portal.rebooking.tests.factories import make_rebooking

# What only Ada's people (and the staff) may ever see, wherever it stands.
SECRETS = (
    "Adelgunde",
    "Wagenknecht",
    "adelgunde@customers.example",
    "0171 39200 77",
    "Keine Zwiebeln bitte",
    "Geheimes Zwiebelkochen",
    "new.colleague@example.org",
    "ADA-4711",
)
# Addresses that show everything to everybody, by intention.
OPEN = {"demo": "only in demo mode, bound to this machine: whoever plays it sees all roles"}
# By the name of the view or of its group: what of Ada's each argument stands for.
ARGUMENTS = {
    "bookings": {"pk": "booking", "token": "stolen hash"},
    "api": {
        "booking_id": "booking",
        "date_id": "date",
        "course_id": "shop course",
        "token": "stolen rebook hash",
    },
    "courses": {"pk": "course"},
    "dates": {"pk": "date", "entry_pk": "seats sold elsewhere"},
    "partners": {"token": "stolen hash", "pk": "member"},
    "partners:remove_absence": {"pk": "absence"},
    "manage": {"pk": "booking"},
    "manage:take_over": {"pk": "date"},
    "manage:retry_job": {"pk": "job"},
    "manage:send_mail_again": {"pk": "refused mail"},
    "manage:resend_mail": {"pk": "refused mail"},
    "manage:settle_question": {"pk": "question"},
    "manage:address_works": {"pk": "bounced address"},
    "manage:assign": {"pk": "unmatched order"},
    **{f"manage:{name}": {"pk": "partner"} for name in ("start_call", "not_reached", "wrong_number")},
    "manage:partner": {"pk": "partner"},
    "date_changes": {"pk": "cancelled date", "entry_pk": "cancelled booking", "token": "stolen hash"},
    "date_changes:emergency": {"pk": "booked date"},
    "manage:emergency": {"pk": "booked date"},
    "manage:fallen_date": {"pk": "cancelled date"},
    "manage:undo_emergency": {"pk": "cancelled date"},
    **{
        f"manage:{name}": {"pk": "cancelled date", "entry_pk": "cancelled booking"}
        for name in ("customer_reached", "customer_not_reached")
    },
    "manage:invite": {"pk": "partner"},
    **{
        f"manage:{name}": {"pk": "rebooking"}
        for name in ("settle_case", "reopen_case", "extend_link", "revoke_link")
    },
    "rebooking": {"token": "stolen rebook hash"},
    "account_reset_password_from_key": {"uidb36": "user", "key": "stolen hash"},
}
FORM = {
    **{"reason": "capacity_full", "notes": "Nein", "page": "list", "name": "Eve", "role": "owner"},
    "price_policy": "same",
}
PLAIN: dict[str, str] = {}
FRAGMENT = {"HX-Request": "true"}
CLICK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Accept": "text/html"}
# Ways to ask a list for more than it shows by itself.
QUERIES = (
    "search=Wagenknecht",
    "search=ADA-4711",
    "status=pending&limit=100",
    "status=confirmed&page=1",
    "updatedSince=2000-01-01T00:00:00Z",
    "search=Zwiebelkochen",
    "filter=week",
    "view=list&on=2000-01-01&cancelled=1",
    "from=2000-01-01&to=2100-01-01",
)


@dataclass(frozen=True)
class Address:
    name: str
    arguments: tuple[str, ...]

    @property
    def group(self) -> str:
        return self.name.rpartition(":")[0]

    @property
    def known(self) -> dict[str, str]:
        return ARGUMENTS.get(self.name) or ARGUMENTS.get(self.group) or {}

    @property
    def queries(self) -> tuple[str, ...]:
        return QUERIES if self.group and not self.arguments else ()

    def path(self, ids: dict[str, object]) -> str:
        return reverse(self.name, kwargs={name: ids[self.known[name]] for name in self.arguments})


def addresses(resolver: URLResolver | None = None, group: str = "") -> Iterator[Address]:
    resolver = resolver or get_resolver()
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            arguments = tuple(each.pattern.regex.groupindex)
            yield Address(f"{group}:{each.name or each.pattern}".lstrip(":"), arguments)
        else:
            yield from addresses(each, ":".join(filter(None, (group, each.namespace))))


def closed_addresses() -> list[Address]:
    return [each for each in addresses() if each.group.split(":")[0] not in OPEN]


@dataclass(frozen=True)
class World:
    """Ada's data, and everybody who may ask for it."""

    ids: dict[str, object]
    people: dict[str, User | None]
    partners: dict[str, Partner]
    sessions: dict[str, str]
    adas_rows: dict[str, str]

    def client(self, role: str, *, enforce_csrf_checks: bool = False) -> Client:
        """The browser of that role, signed in and with nothing else in it. It is always the same one."""
        browser = _browser(role, enforce_csrf_checks)
        browser.cookies.clear()
        if role in self.sessions:
            browser.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[role]
        return browser


@cache
def _browser(_role: str, enforce_csrf_checks: bool) -> Client:
    # With every new one the whole portal is loaded anew: its middleware looks through all static files.
    return Client(enforce_csrf_checks, headers={"Accept-Language": "en"})


@pytest.fixture(scope="module")
def made_world(django_db_setup: None, django_db_blocker: object) -> Iterator[World]:
    with django_db_blocker.unblock(), undone(), tenancy.system("tests", actor="test"):
        with time_machine.travel(NOON, tick=False):
            world = make_world()
        yield world


@pytest.fixture
def world(made_world: World) -> Iterator[World]:
    """The same for every test: made once, as that takes longer than asking, and whatever a test does is undone."""
    with time_machine.travel(NOON, tick=False), undone():
        yield made_world


def make_world() -> World:
    adas, eves = make_partner("Kochschule Ada", 1), make_partner("Töpferei Eva", 2)
    people = {
        "nobody": None,
        "viewer": make_member(adas, "Vera", "viewer"),
        "staff": make_member(adas, "Ben", "staff"),
        "owner": make_member(adas, "Ada", "owner"),
        "other owner": make_member(eves, "Eve", "owner"),
        "manager": make_manager("mona@example.org", second_factor_at=NOON),
        "manager and member": make_manager("mia@example.org", member_of=adas, second_factor_at=NOON),
        "new manager": make_manager("nina@example.org", member_of=adas),
    }
    ids = make_ids(adas, people["owner"])
    sessions = {role: sign_in(user) for role, user in people.items() if user}
    return World(ids, people, {"adas": adas, "eves": eves}, sessions, everything_of(adas.pk))


def make_manager(email: str, *, member_of: Partner | None = None, **values: object) -> User:
    user = User.objects.create_user(email, password="secret", is_manager=True, **values)
    if member_of:
        Member.objects.create(partner=member_of, user=user, role="owner", joined_at=NOON)
    return user


def sign_in(user: User) -> str:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def make_ids(partner, owner) -> dict[str, object]:
    """Something of Ada's for every argument that any address has."""
    booking = make_booking(partner, notes="Keine Zwiebeln bitte", magento_order_increment_id="ADA-4711")
    decided = make_booking(partner, notes="Keine Zwiebeln bitte")
    asked = make_booking(partner, staff_question=StaffQuestion.REVIVED)
    fallen = make_booking(partner, notes="Keine Zwiebeln bitte")
    rebooking = make_rebooking(partner, notes="Keine Zwiebeln bitte")
    _write_secrets()
    operations.ask_partner(booking, at=NOON)
    operations.confirm_booking(decided, by=By("portal", owner), at=NOON)
    colleague = invite_member(
        partner, email="new.colleague@example.org", name="Neu", role="staff", actor="test", at=NOON
    )
    refused = outbox.put("booking_cancelled", subject=booking, recipient="a@example.org", at=NOON)
    OutboxMail.objects.filter(pk=refused.pk).update(state="failed", problem="No such mailbox.")
    jobs.defer("bookings.import_hint", hints=["1"])
    deputy = Member.objects.filter(partner=partner).first()
    absence = Absence.objects.create(
        partner=partner, deputy=deputy, first_on=NOON.date(), last_on=NOON.date()
    )
    bounced = BouncedAddress.objects.create(
        partner_id=partner.pk, address="b@example.org", fate="bounced", at=NOON
    )
    cancellation = cancel_whole_date(
        fallen.course_date,
        reason=reason_by_code("capacity_full"),
        notes="Keine Zwiebeln bitte",
        by=By("portal", owner),
        at=NOON,
    )
    return {
        "booking": booking.pk,
        "booked date": booking.course_date_id,
        "cancelled date": fallen.course_date_id,
        "cancelled booking": cancellation.bookings.get().pk,
        "date": booking.course_date_id,
        "seats sold elsewhere": _sell_elsewhere(booking.course_date).pk,
        "course": booking.course_id,
        "shop course": booking.course.magento_product_id,
        "partner": partner.pk,
        "rebooking": rebooking.pk,
        "member": colleague.pk,
        "absence": absence.pk,
        "bounced address": bounced.pk,
        "question": asked.pk,
        "refused mail": refused.pk,
        "unmatched order": make_unmatched_order(partner_value="", reason="no_partner").pk,
        "job": ProcrastinateJob.objects.latest("id").pk,
        "user": owner.pk,
        # All that a look into the database would give a thief.
        "stolen hash": Link.objects.get(purpose="decide", subject_id=booking.pk).token_hash,
        "stolen rebook hash": rebooking.token,
    }


def _sell_elsewhere(date: CourseDate) -> SeatEntry:
    date = dates.set_capacity(date, 20, actor="test", at=NOON)
    return dates.sell_elsewhere(date, quantity=2, key="crawl", actor="test", at=NOON)


def _write_secrets() -> None:
    Customer.objects.update(
        first_name="Adelgunde",
        last_name="Wagenknecht",
        email="adelgunde@customers.example",
        phone="0171 39200 77",
    )
    Course.objects.update(name="Geheimes Zwiebelkochen")
    Booking.objects.update(course_name="Geheimes Zwiebelkochen")


def everything_of(partner_id: object) -> dict[str, str]:
    """All rows of the partner in all tables, as text: what must stay as it is."""
    all_tables = " UNION ALL ".join(
        f"SELECT '{table}', coalesce(string_agg(row::text, '\n' ORDER BY row::text), '') "
        f"FROM {table} row WHERE partner_id = %(partner_id)s"
        for table in tables_of_partners()
    )
    with tenancy.system("tests"), connection.cursor() as cursor:
        cursor.execute(all_tables, {"partner_id": partner_id})
        return dict(cursor.fetchall())


@cache
def tables_of_partners() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns "
            "WHERE column_name = 'partner_id' AND table_schema = 'public'"
        )
        return [table for (table,) in cursor.fetchall()]


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


Answers = list[tuple[str, HttpResponse]]


def visit(client: Client, address: Address, ids: dict[str, object]) -> Answers:
    # What is counted outlives the undoing, and too many forms of one visitor would no longer be read.
    shared_cache.clear()
    path = address.path(ids)
    form = {**FORM, "partner": ids["partner"], "booking": ids["booking"], "email": "guest@example.org"}
    return [
        (f"GET {path}", client.get(path)),
        (f"GET {path} as a fragment", client.get(path, headers=FRAGMENT)),
        (f"GET {path} by a click", client.get(path, headers=CLICK)),
        *((f"GET {path}?{query}", client.get(f"{path}?{query}")) for query in address.queries),
        (f"POST {path}", client.post(path, form)),
        (f"POST {path} as a fragment", client.post(path, form, headers=FRAGMENT)),
        (f"POST {path} as JSON", client.post(path, form, content_type="application/json")),
    ]


def leaks(answers: Answers) -> list[tuple[str, str]]:
    """Secrets in the answers; what somebody asked for by its name is no secret to that one."""
    bodies = [(request, body_of(response)) for request, response in answers]
    return [
        (request, secret)
        for request, body in bodies
        for secret in SECRETS
        if secret in body and secret not in request
    ]


def body_of(response: HttpResponse) -> str:
    """All of it; of a stream, too, which can be read again afterwards."""
    if response.streaming:
        response.streaming_content = [b"".join(response.streaming_content)]
    content = b"".join(response)
    return content.decode(errors="replace") + str(response.headers)
