"""The staff's pages about partners."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.bookings.tests.factories import make_booking, make_unmatched_order
from portal.conftest import NOON, make_member, make_partner
from portal.core.models import Audit, Event
from portal.manage.tests.factories import make_refused_mail, make_stuck_job
from portal.manage.views import partners as views
from portal.partners.models import Member, Partner

LIST, CREATE = reverse("manage:partners"), reverse("manage:create_partner")
VALUES = {
    "company": "Neue Kochschule",
    "magento_partner_id": "10007",
    "customer_number": "K10007",
    "contact": "",
    "email": "neu@example.org",
    "phone": "",
    "postcode": "",
    "city": "",
    "language": "en",
}


def found(client, **query: str) -> list[tuple[str, int]]:
    return [(row.company, row.member_count) for row in client.get(LIST, query).context["page"]]


def count_queries(client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


# --- The list


def test_partners_are_listed_by_name_with_their_members(mona_client, adas_partner, ada, ben, eves_partner):
    assert found(mona_client) == [("Kochschule Ada", 2), ("Töpferei Eva", 0)]


@pytest.mark.parametrize("search", ["töpfer", "K020002", "10002", "partner2@example.org", "  TÖPFER "])
def test_partners_are_found_by_what_staff_know_of_them(mona_client, adas_partner, eves_partner, search):
    assert found(mona_client, search=search) == [("Töpferei Eva", 0)]


def test_a_search_without_a_match_says_so(mona_client, adas_partner):
    answer = mona_client.get(LIST, {"search": "<nobody>"})

    assert list(answer.context["page"]) == []
    assert "No partner is called that" in answer.text
    assert 'value="&lt;nobody&gt;"' in answer.text


def test_a_search_with_a_zero_byte_is_answered(mona_client, adas_partner):
    assert found(mona_client, search="Koch\0schule") == [("Kochschule Ada", 0)]


def test_partners_come_in_pages_and_the_search_stays(mona_client, everything):
    for number in range(1, views.PAGE_SIZE + 2):
        make_partner(f"Schule {number:03d}", number)

    page = mona_client.get(LIST, {"search": "Schule", "page": "2"})

    assert [row.company for row in page.context["page"]] == [f"Schule {views.PAGE_SIZE + 1:03d}"]
    assert 'href="?search=Schule&amp;page=1"' in page.text


@pytest.mark.parametrize("page", ["0", "-1", "x", "999"])
def test_a_page_that_does_not_exist_is_the_nearest(mona_client, adas_partner, page):
    assert found(mona_client, page=page) == [("Kochschule Ada", 0)]


# --- As many queries for three rows as for one


def make_row(number: int) -> None:
    partner = make_partner(f"Schule {number}", number)
    make_member(partner, f"User{number}", Member.Role.OWNER)
    booking = make_booking(partner, staff_question="revived")
    make_refused_mail(booking)
    make_unmatched_order(number, assigned_partner=partner)
    event = Event.objects.create(
        kind="booking.decline_settled",
        partner_id=partner.pk,
        subject_type="booking",
        subject_id=booking.pk,
        actor="clock",
        at=NOON,
    )
    make_stuck_job("core.run_subscriber", event_id=event.pk, partner_id=partner.pk, subscriber="x")


@pytest.mark.parametrize("name", ["home", "waiting", "questions", "imports", "unmatched", "partners"])
def test_a_list_takes_as_many_queries_for_three_rows_as_for_one(mona_client, everything, name):
    url = reverse(f"manage:{name}")
    make_row(1)
    for_one = count_queries(mona_client, url)
    make_row(2)
    make_row(3)

    assert count_queries(mona_client, url) == for_one


def test_a_partners_page_takes_as_many_queries_for_three_members_as_for_one(mona_client, adas_partner, ada):
    url = reverse("manage:partner", args=[adas_partner.pk])
    for_one = count_queries(mona_client, url)
    make_member(adas_partner, "Ben", Member.Role.STAFF)
    make_member(adas_partner, "Vera", Member.Role.VIEWER)

    assert count_queries(mona_client, url) == for_one


# --- Create and edit


def test_create_partner_makes_it_and_leaves_a_trail(mona, mona_client):
    answer = mona_client.post(CREATE, VALUES, follow=True)

    partner = Partner.objects.get()
    assert answer.redirect_chain == [(reverse("manage:partner", args=[partner.pk]), 302)]
    assert "The partner is created. Orders that waited for it are matched now." in answer.text
    assert (partner.company, partner.magento_partner_id, partner.language) == (
        "Neue Kochschule",
        "10007",
        "en",
    )
    assert [(event.kind, event.actor) for event in Event.objects.all()] == [("partner.created", mona.actor)]
    (row,) = Audit.objects.filter(table_name="miomente_partner_portal_partners")
    assert (row.actor, row.partner_id, row.old, row.new["company"]) == (
        mona.actor,
        partner.pk,
        None,
        "Neue Kochschule",
    )


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"company": ""}, ["company"]),
        ({"email": "no address"}, ["email"]),
        ({"magento_partner_id": "10001"}, ["magento_partner_id"]),
        ({"customer_number": "K020001"}, ["customer_number"]),
        ({"language": "fr"}, ["language"]),
        ({"company": "Koch\0schule"}, ["company"]),
        ({"company": "K" * 201}, ["company"]),
    ],
)
def test_create_partner_with_wrong_values_answers_422_and_makes_nothing(
    mona_client, adas_partner, changed, wrong
):
    answer = mona_client.post(CREATE, {**VALUES, **changed})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, wrong)
    assert list(Partner.objects.all()) == [adas_partner]


def test_edit_partner_changes_it_and_leaves_a_trail(mona, mona_client, adas_partner):
    url = reverse("manage:partner", args=[adas_partner.pk])

    answer = mona_client.post(url, VALUES, follow=True)

    adas_partner.refresh_from_db()
    assert answer.redirect_chain == [(url, 302)]
    assert adas_partner.company == "Neue Kochschule"
    assert [(event.kind, event.actor) for event in Event.objects.all()] == [("partner.changed", mona.actor)]
    row = Audit.objects.filter(table_name="miomente_partner_portal_partners").latest("id")
    assert (row.actor, row.old["company"], row.new["company"]) == (
        mona.actor,
        "Kochschule Ada",
        "Neue Kochschule",
    )


def test_edit_partner_with_wrong_values_keeps_what_was_typed_and_the_old_name_above(
    mona_client, adas_partner
):
    url = reverse("manage:partner", args=[adas_partner.pk])

    answer = mona_client.post(url, {**VALUES, "email": "no address"})

    adas_partner.refresh_from_db()
    assert answer.status_code == 422
    assert "<h1>Kochschule Ada</h1>" in answer.text
    assert answer.context["form"]["company"].value() == "Neue Kochschule"
    assert adas_partner.company == "Kochschule Ada"


def test_a_partner_that_does_not_exist_is_404(mona_client):
    url = reverse("manage:partner", args=[4711])

    assert (mona_client.get(url).status_code, mona_client.post(url, VALUES).status_code) == (404, 404)


def test_no_two_fields_of_a_partners_page_share_an_id(mona_client, adas_partner):
    page = mona_client.get(reverse("manage:partner", args=[adas_partner.pk]))

    ids = [field.id_for_label for name in ("form", "invite_form") for field in page.context[name]]
    assert sorted(ids) == sorted(set(ids))
