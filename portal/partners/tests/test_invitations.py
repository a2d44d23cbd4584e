"""From the staff's invitation to a member who is signed in."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.operations import create_manager
from portal.conftest import NOON, make_member
from portal.core import links
from portal.core.models import Audit, Event, OutboxMail
from portal.core.refusals import NotAllowed
from portal.integrations.models import DemoMail
from portal.partners import operations
from portal.partners.models import Member
from portal.partners.policies import InviteBlocker

JOIN = {"name": "Nina Neu", "password": "a long password"}


def invite(partner, *, email="nina@example.org", name="Nina", role=Member.Role.STAFF, at=NOON) -> Member:
    return operations.invite_member(partner, email=email, name=name, role=role, actor="user:1", at=at)


def address_of(member: Member) -> str:
    return f"/invitation/{links.token_of(links.find(operations.INVITATION, subject=member))}"


@pytest.fixture
def during(time_machine):
    """The edges read the clock: an hour after the invitation."""
    time_machine.move_to(NOON + timedelta(hours=1), tick=False)


@pytest.fixture
def nina(adas_partner, during) -> Member:
    """Invited, not joined yet."""
    return invite(adas_partner)


def signed_in_as(client: Client) -> str:
    user_id = client.session.get("_auth_user_id")
    return User.objects.get(pk=user_id).email if user_id else ""


# --- The invitation


def test_invite_member_mails_a_link_that_leads_to_the_page(mona_client, adas_partner, run_jobs, client):
    answer = mona_client.post(
        reverse("manage:invite", args=[adas_partner.pk]),
        {"email": "Nina@Example.org", "name": "Nina", "role": "staff"},
        follow=True,
    )
    run_jobs("core.send_mail")

    assert "The invitation is on its way." in answer.text
    (mail,) = DemoMail.objects.all()
    assert mail.to_address == "nina@example.org"
    address = re.search(r"http://localhost:8000(/invitation/[0-9a-f]{64})$", mail.text, re.MULTILINE)[1]
    assert f'href="http://localhost:8000{address}"' in mail.html
    page = client.get(address)
    assert page.status_code == 200
    assert "nina@example.org" in page.text
    assert "Kochschule Ada" in page.text


def test_invite_member_keeps_a_trail_of_who_did_it(mona, mona_client, adas_partner):
    mona_client.post(
        reverse("manage:invite", args=[adas_partner.pk]),
        {"email": "nina@example.org", "name": "Nina", "role": "viewer"},
    )

    member = Member.objects.get()
    assert [(event.kind, event.actor, event.data) for event in Event.objects.all()] == [
        ("member.invited", mona.actor, {"role": "viewer"})
    ]
    (row,) = Audit.objects.filter(table_name="miomente_partner_portal_members")
    assert (row.row_id, row.partner_id, row.actor, row.old) == (
        str(member.pk),
        adas_partner.pk,
        mona.actor,
        None,
    )
    assert (row.new["role"], row.new["joined_at"]) == ("viewer", None)


def test_invite_with_a_wrong_address_answers_422_and_invites_nobody(mona_client, adas_partner):
    url = reverse("manage:invite", args=[adas_partner.pk])

    answer = mona_client.post(url, {"email": "nina", "name": "", "role": "boss"})

    assert answer.status_code == 422
    assert sorted(answer.context["invite_form"].errors) == ["email", "name", "role"]
    assert list(Member.objects.all()) == []


def test_invite_of_a_member_is_refused(mona_client, adas_partner, ada):
    url = reverse("manage:invite", args=[adas_partner.pk])

    answer = mona_client.post(url, {"email": "ADA@example.org", "name": "Ada", "role": "viewer"}, follow=True)

    assert "This person is already a member." in answer.text
    assert Member.objects.get().role == Member.Role.OWNER
    with pytest.raises(NotAllowed):
        invite(adas_partner, email=ada.email)


def test_invite_again_sends_a_new_link_and_the_old_one_is_over(adas_partner, nina, client):
    old = address_of(nina)

    invite(adas_partner, at=NOON + timedelta(minutes=1))

    assert address_of(nina) != old
    assert (client.get(old).status_code, client.get(address_of(nina)).status_code) == (410, 200)
    assert list(OutboxMail.objects.order_by("pk").values_list("kind", "recipient", "version")) == [
        ("member_invited", "nina@example.org", 1),
        ("member_invited", "nina@example.org", 2),
    ]


def test_the_mail_of_an_older_invitation_is_not_sent_any_more(adas_partner, nina, run_jobs):
    invite(adas_partner, at=NOON + timedelta(minutes=1))

    run_jobs("core.send_mail")

    assert list(OutboxMail.objects.order_by("pk").values_list("version", "state")) == [
        (1, "dropped"),
        (2, "sent"),
    ]
    assert DemoMail.objects.count() == 1


# --- Accepting it


def test_join_sets_the_password_and_signs_in(nina, client):
    answer = client.post(address_of(nina), JOIN)

    nina.refresh_from_db()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert nina.joined_at == NOON + timedelta(hours=1)
    assert nina.user.name == "Nina Neu"
    assert nina.user.check_password("a long password")
    assert signed_in_as(client) == "nina@example.org"
    assert client.get("/", follow=True).redirect_chain == [(reverse("home:dashboard"), 302)]


def test_join_keeps_a_trail(nina, client):
    client.post(address_of(nina), JOIN)

    assert [event.kind for event in Event.objects.order_by("pk")] == ["member.invited", "member.joined"]
    row = Audit.objects.filter(table_name="miomente_partner_portal_members").latest("id")
    link = links.find(operations.INVITATION, subject=nina)
    assert (row.actor, row.old) == (f"link:{link.pk}", {"joined_at": None})


def test_join_without_a_password_answers_422_and_changes_nothing(nina, client):
    answer = client.post(address_of(nina), {"name": "Nina", "password": ""})

    nina.refresh_from_db()
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["password"]
    assert nina.joined_at is None
    assert signed_in_as(client) == ""


def test_opening_the_page_joins_nobody(nina, client):
    client.get(address_of(nina))

    nina.refresh_from_db()
    assert nina.joined_at is None


def test_the_page_is_private(nina, client):
    headers = client.get(address_of(nina)).headers

    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "strict-origin")


def test_a_used_link_is_over_for_everybody_who_comes_later(nina, client):
    client.post(address_of(nina), JOIN)
    thief = Client()

    answer = thief.post(address_of(nina), {"name": "Thief", "password": "another password"})

    nina.user.refresh_from_db()
    assert (answer.status_code, thief.get(address_of(nina)).status_code) == (410, 410)
    assert nina.user.check_password("a long password")
    assert signed_in_as(thief) == ""


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 410)])
def test_a_link_works_for_fourteen_days(nina, client, time_machine, seconds, status):
    time_machine.move_to(NOON + timedelta(days=14, seconds=seconds), tick=False)

    assert client.get(address_of(nina)).status_code == status


@pytest.mark.parametrize("token", ["0" * 64, "short", "0" * 63 + "G"])
def test_an_unknown_link_is_404(db, client, token):
    assert client.get(f"/invitation/{token}").status_code == 404


def test_a_link_of_another_purpose_invites_nobody(nina, client):
    link = links.issue(
        "confirm",
        subject=nina,
        recipient="x@example.org",
        version=1,
        expires_at=NOON + timedelta(days=9),
        at=NOON,
    )

    assert client.get(f"/invitation/{links.token_of(link)}").status_code == 404


# --- Limits


def test_an_address_is_no_longer_than_one_can_be_kept(mona_client, adas_partner):
    url = reverse("manage:invite", args=[adas_partner.pk])
    longest = f"n@{'e' * 61}.{'f' * 60}.{'g' * 60}.{'h' * 60}.example"
    values = {"name": "Nina", "role": "staff"}

    too_long = mona_client.post(url, {**values, "email": f"nn{longest}"})
    fits = mona_client.post(url, {**values, "email": longest})

    assert (len(longest), too_long.status_code, fits.status_code) == (254, 422, 302)


def test_a_partner_invites_twenty_people_an_hour_and_no_more(adas_partner, eves_partner):
    for number in range(20):
        invite(adas_partner, email=f"n{number}@example.org")

    with pytest.raises(NotAllowed) as refusal:
        invite(adas_partner, email="n20@example.org")

    assert refusal.value.blocker is InviteBlocker.TOO_MANY
    assert not User.objects.filter(email="n20@example.org").exists()
    assert invite(eves_partner, email="n20@example.org").pk


def test_the_mail_does_not_say_what_the_inviter_called_the_person(adas_partner, during, run_jobs):
    invite(adas_partner, name="Buy now at shop.example")
    run_jobs("core.send_mail")

    mail = DemoMail.objects.get()
    assert "Buy now" not in mail.subject + mail.text + mail.html


def test_somebody_of_the_staff_who_joins_is_signed_in_for_twelve_hours(nina, client):
    create_manager("nina@example.org", name="", at=NOON)

    client.post(address_of(nina), JOIN)

    assert (signed_in_as(client), client.session.get_expiry_age()) == ("nina@example.org", 12 * 3600)


# --- Somebody who has an account


def test_a_known_user_joins_but_is_not_signed_in_by_the_link(adas_partner, eve, client, during):
    member = invite(adas_partner, email=eve.email, name="Somebody Else")
    page = client.get(address_of(member)).text

    answer = client.post(address_of(member), {"name": "Thief", "password": "stolen"})

    member.refresh_from_db()
    eve.refresh_from_db()
    assert 'name="password"' not in page
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login")
    assert member.joined_at == NOON + timedelta(hours=1)
    assert (eve.name, eve.check_password("secret"), signed_in_as(client)) == ("Eve", True, "")


def test_no_partner_is_told_about_members_of_another(adas_partner, eves_partner, ada):
    make_member(eves_partner, "Nora", Member.Role.STAFF)

    assert [member.user for member in Member.objects.filter(partner=adas_partner)] == [ada]
