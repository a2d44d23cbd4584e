"""A partner's list of rebookings, and the terms of price beneath it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings import operations as bookings
from portal.bookings.models import Booking, Customer
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.pages import HTMX, is_fragment
from portal.conftest import NOON, client_of
from portal.core.models import Event
from portal.core.refusals import NotAllowed
from portal.partners.models import Member
from portal.rebooking import operations
from portal.rebooking.models import Choice, PricePolicy, Rebooking, RebookingTerms
from portal.rebooking.operations import Wish
from portal.rebooking.prices import policy_of
from portal.rebooking.queries_partner import _IN, Saved, State, saved_by, state_of
from portal.rebooking.tests.factories import confirm, decline, make_free_date, make_rebooking, now_of

LIST = "/dashboard/rebookings"
TERMS = "/dashboard/settings/rebooking"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def noon(time_machine, adas_partner):
    time_machine.move_to(NOON, tick=False)


def rebooked(partner, *, at=NOON, **values) -> Rebooking:
    rebooking = make_rebooking(partner, at=at, **values)
    date = make_free_date(rebooking.original_booking.course, at=at)
    operations.rebook(rebooking, date.pk, at=at)
    return now_of(rebooking)


def all_kinds(partner) -> dict[str, Rebooking]:
    """One of every kind there is."""
    waiting = make_rebooking(partner)
    wished = make_rebooking(partner)
    wish = Wish(choice=Choice.VOUCHER, weekdays=(), time="", until=None, note="")
    operations.note_wish(wished, wish, at=NOON)
    to_answer, saved, refused = (rebooked(partner) for _ in range(3))
    confirm(saved.new_booking)
    decline(refused.new_booking)
    late = make_rebooking(partner, at=NOON - 31 * DAY)
    operations.expire_link(late, at=NOON)
    rebookings = {
        "waiting": waiting,
        "wished": wished,
        "to_answer": to_answer,
        "saved": saved,
        "refused": refused,
        "late": late,
    }
    return {name: now_of(each) for name, each in rebookings.items()}


def lines(response) -> dict[int, str]:
    return {line.rebooking.pk: str(line.text) for line in response.context["page"]}


def test_every_rebooking_says_how_it_stands(ada_client, adas_partner):
    kinds = all_kinds(adas_partner)

    found = lines(ada_client.get(LIST))

    assert {name: found[each.pk] for name, each in kinds.items()} == {
        "waiting": "Waiting for the customer",
        "wished": "The customer asks for a voucher",
        "to_answer": "Waiting for your answer",
        "saved": "Rebooked and confirmed",
        "refused": "The new date was declined, too",
        "late": "Not used in time",
    }


def test_a_line_names_customer_and_both_dates_and_leads_to_the_new_booking(ada_client, adas_partner):
    rebooking = rebooked(adas_partner)
    new = rebooking.new_booking

    text = ada_client.get(LIST).text

    assert f'<a class="row-link" href="/dashboard/bookings/{new.pk}">Jürgen Müller</a>' in text
    assert text.index("Wed 8 May") < text.index("Wed 15 May")


def test_a_line_without_a_new_date_leads_to_the_booking(ada_client, adas_partner):
    rebooking = make_rebooking(adas_partner)

    assert f'href="/dashboard/bookings/{rebooking.original_booking_id}"' in ada_client.get(LIST).text


def test_an_erased_customer_is_not_named(ada_client, adas_partner):
    rebooking = make_rebooking(adas_partner)
    Customer.objects.filter(pk=rebooking.original_booking.customer_id).update(
        first_name="", last_name="", email="", erased_at=NOON
    )

    assert "(erased)" in ada_client.get(LIST).text


@pytest.mark.parametrize(
    ("status", "names"),
    [
        ("waiting", {"waiting", "wished"}),
        ("to_answer", {"to_answer"}),
        ("saved", {"saved"}),
        ("over", {"refused", "late"}),
        ("", {"waiting", "wished", "to_answer", "saved", "refused", "late"}),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_list_is_narrowed_by_state(ada_client, adas_partner, status, names, headers):
    kinds = all_kinds(adas_partner)

    response = ada_client.get(f"{LIST}?status={status}", headers=headers)

    assert is_fragment(response) == bool(headers)
    assert set(lines(response)) == {kinds[name].pk for name in names}
    assert response.context["page"].paginator.count == len(names)


def test_the_states_say_the_same_in_python_and_in_sql(adas_partner):
    for each in all_kinds(adas_partner).values():
        new_status = each.new_booking.status if each.new_booking else None
        found = {state for state in State if Rebooking.objects.filter(_IN[state], pk=each.pk).exists()}
        assert found == {state_of(each.status, new_status)}


@pytest.mark.parametrize(
    "query", ["status=nonsense", "page=0", "page=-3", "page=x", "page=999999", "status=%00"]
)
def test_a_nonsensical_address_still_shows_the_list(ada_client, adas_partner, query):
    rebooking = make_rebooking(adas_partner)

    response = ada_client.get(f"{LIST}?{query}")

    assert (response.status_code, list(lines(response))) == (200, [rebooking.pk])
    assert bool(response.context["problem"]) == query.startswith("status")


def test_the_list_comes_in_pages(ada_client, adas_partner):
    rebookings = [make_rebooking(adas_partner) for _ in range(21)]

    first, second = ada_client.get(LIST), ada_client.get(f"{LIST}?page=2")

    assert list(lines(first)) == [each.pk for each in reversed(rebookings[1:])]
    assert list(lines(second)) == [rebookings[0].pk]


def test_a_long_list_asks_no_more_than_a_short_one(ada_client, adas_partner):
    all_kinds(adas_partner)
    with CaptureQueriesContext(connection) as short:
        ada_client.get(LIST)
    for _ in range(8):
        rebooked(adas_partner)

    with CaptureQueriesContext(connection) as long:
        ada_client.get(LIST)

    assert len(long) == len(short)


def test_an_empty_list_says_what_will_stand_there(ada_client):
    text = ada_client.get(LIST).text

    assert "No rebookings yet" in text
    assert "When you decline a booking, the customer gets an e-mail with other dates" in text


def test_nobody_sees_another_partners_rebookings(eve_client, adas_partner):
    all_kinds(adas_partner)

    response = eve_client.get(LIST)

    assert (lines(response), response.context["saved_count"]) == ({}, 0)


# --- What it has saved


def test_what_was_rebooked_and_confirmed_is_saved(ada_client, adas_partner):
    all_kinds(adas_partner)
    confirm(rebooked(adas_partner).new_booking)

    assert saved_by(adas_partner, at=NOON) == [Saved(2, 35600, "EUR")]
    assert "rebooking has saved <strong>2 bookings</strong>" in ada_client.get(LIST).text
    assert "€356.00" in ada_client.get(LIST).text


def test_saved_counts_for_ninety_days(adas_partner):
    confirm(rebooked(adas_partner).new_booking)

    just_before, then = NOON + 90 * DAY - timedelta(minutes=1), NOON + 90 * DAY

    assert [saved_by(adas_partner, at=at) for at in (just_before, then)] == [[Saved(1, 17800, "EUR")], []]


def test_what_moved_twice_is_saved_once(adas_partner):
    first = rebooked(adas_partner)
    declined = decline(first.new_booking)
    second = operations.offer_rebooking(declined, at=NOON)
    other = make_free_date(declined.course, 20)
    operations.rebook(second, other.pk, at=NOON)

    confirm(Booking.objects.get(course_date=other))

    assert saved_by(adas_partner, at=NOON) == [Saved(1, 17800, "EUR")]


def test_a_promise_that_was_moved_is_not_saved_and_when_refused_stands(mona, ada_client, adas_partner):
    def asked() -> Rebooking:
        link = operations.send_link(confirm(make_booking(adas_partner)), user=mona, at=NOON)
        date = make_free_date(link.original_booking.course)
        return operations.rebook(link, date.pk, at=NOON).rebooking

    moved, refused = asked(), asked()
    bookings.promote_candidate(confirm(moved.new_booking), at=NOON)
    decline(refused.new_booking)

    assert saved_by(adas_partner, at=NOON) == []
    assert lines(ada_client.get(LIST)) == {
        moved.pk: "Rebooked and confirmed",
        refused.pk: "The new date was declined, the booked one stands",
    }


def test_currencies_are_not_added_up(ada_client, adas_partner):
    confirm(rebooked(adas_partner).new_booking)
    abroad = make_booking(adas_partner, shop_currency="CHF")
    confirm(rebooked(adas_partner, booking=decline(abroad)).new_booking)

    assert saved_by(adas_partner, at=NOON) == [Saved(1, 17800, "CHF"), Saved(1, 17800, "EUR")]


# --- The price


@pytest.mark.parametrize("policy", list(PricePolicy))
def test_an_owner_says_what_customers_may_pay_and_takes_it_back(
    ada, ada_client, adas_partner, settings, policy
):
    settings.REBOOK_PRICE_POLICY = "keep"

    response = ada_client.post(TERMS, {"price_policy": policy.value}, follow=True)

    assert response.redirect_chain == [(LIST, 302)]
    assert policy_of(adas_partner) == policy

    ada_client.post(TERMS, {"price_policy": "usual"})

    assert policy_of(adas_partner) == PricePolicy.KEEP
    settings.REBOOK_PRICE_POLICY = "same"
    assert policy_of(adas_partner) == PricePolicy.SAME


def test_the_same_terms_again_are_no_news(ada_client):
    for _ in range(2):
        ada_client.post(TERMS, {"price_policy": "same"})

    assert [each.data for each in Event.objects.filter(kind="rebooking_terms.changed")] == [
        {"price_policy": "same"}
    ]


@pytest.mark.parametrize("said", ["", "nonsense", "\0"])
def test_terms_that_nobody_has_are_refused_beside_the_list(ada_client, adas_partner, said):
    make_rebooking(adas_partner)

    response = ada_client.post(TERMS, {"price_policy": said})

    assert (response.status_code, list(response.context["terms_form"].errors)) == (422, ["price_policy"])
    assert len(lines(response)) == 1
    assert not RebookingTerms.objects.exists()


def test_only_owners_change_the_terms_and_others_read_them(ben, vera, settings):
    settings.REBOOK_PRICE_POLICY = "same"
    for each in (ben, vera):
        assert client_of(each).post(TERMS, {"price_policy": "keep"}).status_code == 403
        text = client_of(each).get(LIST).text
        assert "Only dates that cost as much or less. Nobody pays more than before." in text
        assert "price_policy" not in text
    assert not RebookingTerms.objects.exists()


def test_who_is_an_owner_no_more_changes_nothing(ada):
    stale = Member.objects.get(user=ada)
    Member.objects.filter(pk=stale.pk).update(role="staff")

    with pytest.raises(NotAllowed):
        operations.save_terms(PricePolicy.SAME, by=stale, at=NOON)

    assert not RebookingTerms.objects.exists()
