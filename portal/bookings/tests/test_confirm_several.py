"""Several bookings confirmed with one click: each for itself, and each with its own result."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.bookings import operations
from portal.bookings.models import Booking
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh, kinds
from portal.bookings.tests.pages import HTMX, LIST, confirm, decline, is_fragment, url
from portal.conftest import BACKEND, NOON, client_of, make_member, make_partner
from portal.core import tenancy
from portal.partners.models import Member

pytestmark = pytest.mark.usefixtures("noon")
SEVERAL = f"{LIST}/confirm"


@pytest.fixture
def three(adas_partner) -> list[Booking]:
    return [make_booking(adas_partner) for _ in range(3)]


def tick(*bookings: Booking, **values: str) -> dict[str, object]:
    return {"booking": [str(booking.pk) for booking in bookings], **values}


def results(response) -> dict[int, tuple[str, str, bool]]:
    """By booking: how it stands, what is said beside it, and whether undo is offered."""
    return {
        result.card.pk: (
            result.card.booking.status,
            result.sentence,
            f'action="{url(result.card, "undo")}"' in response.text,
        )
        for result in response.context["results"]
    }


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_ticked_ones_are_confirmed_and_each_can_be_undone(ada, ada_client, three, headers):
    first, second, left = three

    response = ada_client.post(SEVERAL, tick(first, second), headers=headers, follow=True)

    assert (response.status_code, is_fragment(response)) == (200, bool(headers))
    assert results(response) == {first.pk: ("confirmed", "", True), second.pk: ("confirmed", "", True)}
    assert [fresh(each).status for each in three] == ["confirmed", "confirmed", "pending"]
    assert [fresh(each).decided_by_user for each in (first, second)] == [ada, ada]
    assert [kinds(each) for each in three] == [["booking.confirmed"], ["booking.confirmed"], []]
    assert "2 bookings are confirmed." in response.text
    assert [card.pk for card in response.context["pending"]] == [left.pk]


def test_without_javascript_it_leads_back_to_the_place_in_the_list(ada_client, three):
    response = ada_client.post(SEVERAL, tick(*three, back="status=pending"))

    decided = "&".join(f"decided={each.pk}" for each in three)
    assert (response.status_code, response.url) == (302, f"{LIST}?status=pending&{decided}")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_one_that_cannot_be_confirmed_says_why_and_keeps_no_other_back(
    ada, ada_client, ben, adas_partner, three, headers
):
    good, repeated, declined = three
    cancelled, begun = make_booking(adas_partner), make_booking(adas_partner, starts_at=NOON)
    confirm(repeated, ben)
    decline(declined, ben)
    operations.cancel_booking(cancelled, at=NOON)

    response = ada_client.post(
        SEVERAL, tick(begun, cancelled, declined, repeated, good), headers=headers, follow=True
    )

    assert results(response) == {
        begun.pk: ("pending", "The course date has already started.", False),
        cancelled.pk: ("cancelled", "The customer has cancelled this booking.", False),
        declined.pk: ("declined", "This booking is already declined.", True),
        repeated.pk: (
            "confirmed",
            "This booking is already confirmed. That was Ben on Wed 1 May 2030 at 12:00.",
            True,
        ),
        good.pk: ("confirmed", "", True),
    }
    assert fresh(good).status == "confirmed"
    assert fresh(repeated).decided_by_user == ben
    for sentence in (
        "1 booking is confirmed.",
        "1 booking was confirmed already.",
        "3 bookings could not be confirmed. The list says why.",
    ):
        assert sentence in response.text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_undo_of_one_leaves_the_others_in_sight(ada_client, three, headers):
    back = "&".join(f"decided={each.pk}" for each in three)
    ada_client.post(SEVERAL, tick(*three))

    response = ada_client.post(
        url(three[1], "undo"), {"page": "list", "back": back}, headers=headers, follow=True
    )

    assert {pk: (status, undo) for pk, (status, _, undo) in results(response).items()} == {
        three[0].pk: ("confirmed", True),
        three[1].pk: ("pending", False),
        three[2].pk: ("confirmed", True),
    }


def test_ticking_nothing_says_what_to_do(ada_client, three):
    response = ada_client.post(SEVERAL, follow=True)

    assert "Tick the bookings that you want to confirm." in response.text
    assert [fresh(each).status for each in three] == ["pending"] * 3


def test_posting_twice_confirms_once(ada_client, three):
    for _ in range(2):
        ada_client.post(SEVERAL, tick(*three))

    assert [kinds(each) for each in three] == [["booking.confirmed"]] * 3


@pytest.mark.parametrize("stranger", ["another partner's", "unpaid", "nobody's", "nonsense", "too large"])
def test_one_that_is_not_there_confirms_none(ada_client, adas_partner, eves_partner, three, stranger):
    strangers = {
        "another partner's": make_booking(eves_partner).pk,
        "unpaid": make_booking(adas_partner, released_at=None, asked_at=None).pk,
        "nobody's": 2**40,
        "nonsense": "²",
        "too large": "9" * 30,
    }

    response = ada_client.post(SEVERAL, {"booking": [three[0].pk, strangers[stranger]]})

    assert response.status_code == 404
    assert [fresh(each).status for each in three] == ["pending"] * 3
    with tenancy.system("tests"):
        assert set(Booking.objects.values_list("status", flat=True)) == {"pending"}


def test_vera_has_no_boxes_and_may_not(vera_client, three):
    text = vera_client.get(LIST).text

    assert ['type="checkbox" name="booking"' in text, SEVERAL in text] == [False, False]
    assert vera_client.post(SEVERAL, tick(*three)).status_code == 403
    assert [fresh(each).status for each in three] == ["pending"] * 3


def test_whoever_is_not_signed_in_goes_to_the_login(three):
    response = Client().post(SEVERAL, tick(*three))

    assert (response.status_code, response.url) == (302, "/login?next=/")
    assert [fresh(each).status for each in three] == ["pending"] * 3


def test_it_needs_a_csrf_token_and_a_post(ada, three):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada, backend=BACKEND)

    assert [client.post(SEVERAL, tick(*three)).status_code, client.get(SEVERAL).status_code] == [403, 405]


def test_the_boxes_belong_to_the_form_without_javascript(ada_client, three):
    text = ada_client.get(LIST).text

    boxes = re.findall(r'<input type="checkbox" name="booking" value="(\d+)" form="several"', text)
    assert sorted(map(int, boxes)) == [each.pk for each in three]
    assert re.search(rf'<form[^>]*id="several" method="post" action="{SEVERAL}"', text)


def test_one_that_has_begun_cannot_be_ticked(ada_client, adas_partner, three):
    begun = make_booking(adas_partner, starts_at=NOON)

    assert f'value="{begun.pk}" form="several" disabled' in ada_client.get(LIST).text


@pytest.mark.django_db(transaction=True)
def test_each_has_a_transaction_of_its_own(transactional_db):
    with tenancy.system("tests"):
        partner = make_partner("Kochschule Ada", 1)
        ada = make_member(partner, "Ada", "owner")
        bookings = [make_booking(partner) for _ in range(3)]

    response = client_of(ada).post(SEVERAL, tick(*bookings))

    with tenancy.system("tests"), connection.cursor() as cursor:
        cursor.execute(f"SELECT xmin::text, status FROM {Booking._meta.db_table}")
        written = cursor.fetchall()
    assert response.status_code == 302
    assert [status for _, status in written] == ["confirmed"] * 3
    assert len({transaction for transaction, _ in written}) == 3


def test_each_more_costs_its_own_transaction_and_nothing_else(ada_client, adas_partner):
    def queries_of(count: int) -> int:
        tenancy.enter("all")
        bookings = [make_booking(adas_partner) for _ in range(count)]
        with CaptureQueriesContext(connection) as captured:
            assert ada_client.post(SEVERAL, tick(*bookings)).status_code == 302
        return len(captured)

    queries_of(1)  # caches of the process fill
    one, two, five = queries_of(1), queries_of(2), queries_of(5)

    assert five - two == 3 * (two - one)


@pytest.mark.parametrize("change", [{"role": "viewer"}, None])
@pytest.mark.django_db(transaction=True)
def test_whoever_may_decide_no_longer_is_stopped_in_the_middle(transactional_db, change):
    with tenancy.system("tests"):
        partner = make_partner("Kochschule Ada", 1)
        ada = make_member(partner, "Ada", "owner")
        first, second, third = bookings = [make_booking(partner) for _ in range(3)]
    client = client_of(ada)

    def post() -> int:
        try:
            return client.post(SEVERAL, tick(*bookings)).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with tenancy.system("tests"):
            # The second one waits for us; the third one is looked at after we have committed.
            Booking.objects.select_for_update().get(pk=second.pk)
            answer = pool.submit(post)
            wait_for(lambda: fresh(first).status == "confirmed")
            member = Member.objects.filter(user=ada)
            member.update(**change) if change else member.delete()
        status = answer.result(timeout=30)

    with tenancy.system("tests"):
        assert (status, fresh(third).status) == (403, "pending")


def wait_for(is_so) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
