"""Owners invite, change roles and remove; an owner always remains, and who is removed is out at once."""

import pytest
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.tokens import issue_pair
from portal.conftest import NOON, client_of, make_member
from portal.core import links, tenancy
from portal.core.models import Audit, Link, OutboxMail
from portal.partners.models import Member, Partner
from portal.partners.policies import MemberBlocker

MEMBERS = reverse("partners:members")
INVITE = reverse("partners:invite_member")


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def member_of(user: User) -> Member:
    return Member.objects.select_related("partner", "user").get(user=user)


def address(name: str, user: User) -> str:
    return reverse(f"partners:{name}", args=[member_of(user).pk])


def roles() -> dict[str, str]:
    return dict(Member.objects.order_by("pk").values_list("user__email", "role"))


def test_an_owner_invites_somebody_and_the_mail_is_about_the_persons_own_account(ada_client):
    ada_client.post(INVITE, {"email": "Neu@Example.org", "name": "Neu", "role": "staff"})

    mail = OutboxMail.objects.get(kind="member_invited")
    assert (mail.recipient, mail.audience) == ("neu@example.org", "user")
    assert roles() == {"ada@example.org": "owner", "neu@example.org": "staff"}


def test_inviting_an_address_that_has_an_account_looks_like_inviting_any_other(ada_client, eve):
    User.objects.filter(pk=eve.pk).update(name="Evelyn Geheim")

    answers = [
        ada_client.post(INVITE, {"email": email, "name": "Neu", "role": "staff"}, follow=True).text
        for email in ("eve@example.org", "unknown@example.org")
    ]

    assert ["The invitation is on its way." in each for each in answers] == [True, True]
    page = ada_client.get(MEMBERS).text
    assert "Evelyn" not in page
    assert "Neu" not in page
    assert OutboxMail.objects.filter(kind="member_invited").count() == 2


def test_an_invitation_is_sent_once_more(ada_client):
    ada_client.post(INVITE, {"email": "neu@example.org", "name": "Neu", "role": "viewer"})
    invited = User.objects.get(email="neu@example.org")

    ada_client.post(address("invite_again", invited))

    versions = OutboxMail.objects.filter(kind="member_invited").values_list("version", flat=True)
    assert sorted(versions) == [1, 2]
    assert member_of(invited).role == "viewer"


def test_who_is_a_member_already_is_not_invited(ada_client, ben):
    response = ada_client.post(INVITE, {"email": "ben@example.org", "name": "", "role": "staff"}, follow=True)
    again = ada_client.post(address("invite_again", ben), follow=True)

    assert "This person is already a member." in response.content.decode() + again.text
    assert not OutboxMail.objects.exists()


def test_an_invitation_needs_an_address(ada_client):
    assert ada_client.post(INVITE, {"email": "no", "name": "Neu", "role": "staff"}).status_code == 422


def test_an_owner_changes_a_role_and_it_stands_in_the_audit_trail(ada_client, ada, ben):
    ada_client.post(address("change_role", ben), {"role": "viewer"})

    assert roles()["ben@example.org"] == "viewer"
    row = Audit.objects.filter(table_name="miomente_partner_portal_members").latest("id")
    assert (row.actor, row.old, row.new) == (ada.actor, {"role": "staff"}, {"role": "viewer"})


def test_a_role_that_does_not_exist_is_refused(ada_client, ben):
    assert ada_client.post(address("change_role", ben), {"role": "king"}).status_code == 422


def test_the_only_owner_stays_one(ada_client, ada):
    text = str(MemberBlocker.LAST_OWNER.label)

    changed = ada_client.post(address("change_role", ada), {"role": "staff"}, follow=True)
    removed = ada_client.post(address("remove_member", ada), follow=True)

    assert [text in changed.text, text in removed.text] == [True, True]
    assert roles() == {"ada@example.org": "owner"}


def test_nobody_changes_their_own_role_even_beside_another_owner(ada_client, ada, ben):
    Member.objects.filter(user=ben).update(role="owner")

    changed = ada_client.post(address("change_role", ada), {"role": "staff"}, follow=True)

    assert str(MemberBlocker.ONESELF.label) in changed.text
    assert roles() == {"ada@example.org": "owner", "ben@example.org": "owner"}


def test_an_owner_who_has_not_joined_is_none_to_rely_on(ada_client, ada):
    ada_client.post(INVITE, {"email": "neu@example.org", "name": "Neu", "role": "owner"})

    page = ada_client.post(address("change_role", ada), {"role": "staff"}, follow=True)

    assert str(MemberBlocker.LAST_OWNER.label) in page.text


@pytest.mark.parametrize("action", ["change_role", "remove_member"])
def test_the_only_one_who_gets_the_mails_stays(ada_client, ben, adas_partner, action):
    Partner.objects.update(is_mailed=False)
    Member.objects.filter(user=ben).update(gets_booking_mails=True)

    page = ada_client.post(address(action, ben), {"role": "viewer"}, follow=True)

    assert str(MemberBlocker.LAST_RECIPIENT.label) in page.text
    assert roles()["ben@example.org"] == "staff"


def test_removing_asks_once(ada_client, ben):
    assert "ben@example.org" in ada_client.get(address("remove_member", ben)).text
    assert "ben@example.org" in roles()

    ada_client.post(address("remove_member", ben))

    assert roles() == {"ada@example.org": "owner"}


def test_who_is_removed_is_out_at_once_in_the_session_and_as_a_program(ada_client, ben_client, ben):
    pair = issue_pair(ben, at=NOON)
    token = {"Authorization": f"Bearer {pair.access}"}
    before = [ben_client.get("/dashboard/bookings"), ben_client.get("/api/partner/bookings", headers=token)]

    ada_client.post(address("remove_member", ben))

    after = [ben_client.get("/dashboard/bookings"), ben_client.get("/api/partner/bookings", headers=token)]
    assert [each.status_code for each in before + after] == [200, 200, 403, 403]


def test_an_invitation_that_is_taken_back_before_it_left_never_leaves(ada_client, run_jobs):
    ada_client.post(INVITE, {"email": "neu@example.org", "name": "Neu", "role": "staff"})
    with tenancy.system("tests"):
        invited = address("remove_member", User.objects.get(email="neu@example.org"))
    ada_client.post(invited)

    with tenancy.system("tests"):
        run_jobs()
        assert [mail.state for mail in OutboxMail.objects.filter(kind="member_invited")] == ["dropped"]


def test_an_invitation_that_was_taken_back_is_over(ada_client, person_link):
    invited, link = person_link("neu@example.org")
    ada_client.post(address("remove_member", invited))

    assert client_of(invited).get(link).status_code == 410


@pytest.fixture
def person_link(ada_client):
    def invite(email: str) -> tuple[User, str]:
        ada_client.post(INVITE, {"email": email, "name": "Neu", "role": "staff"})
        with tenancy.system("tests"):
            link = Link.objects.get(purpose="invitation", recipient=email)
        return User.objects.get(email=email), f"/invitation/{links.token_of(link)}"

    return invite


@pytest.mark.parametrize("name", ["ben_client", "vera_client"])
def test_others_see_the_members_and_change_nothing(name, request, ada, ben):
    client = request.getfixturevalue(name)

    page = client.get(MEMBERS)

    assert (page.status_code, "ada@example.org" in page.text, "<select" in page.text) == (200, True, False)
    forbidden = [
        client.post(INVITE, {"email": "x@example.org", "name": "X", "role": "owner"}),
        client.post(address("change_role", ben), {"role": "owner"}),
        client.get(address("remove_member", ada)),
        client.post(address("remove_member", ada)),
        client.post(address("invite_again", ben)),
    ]
    assert [each.status_code for each in forbidden] == [403] * 5


def test_members_of_another_partner_do_not_exist(ada_client, eve):
    paths = [address(name, eve) for name in ("change_role", "remove_member", "invite_again")]

    assert [ada_client.post(path, {"role": "viewer"}).status_code for path in paths] == [404] * 3


def test_the_list_takes_as_many_queries_for_ten_as_for_one(
    ada_client, adas_partner, django_assert_max_num_queries
):
    ada_client.get(MEMBERS)
    with django_assert_max_num_queries(30) as few:
        ada_client.get(MEMBERS)
    for number in range(10):
        make_member(adas_partner, f"Hilfe{number}", Member.Role.STAFF)
    with django_assert_max_num_queries(30) as many:
        ada_client.get(MEMBERS)

    assert len(many) == len(few)
