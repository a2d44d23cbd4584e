"""Two owners at the same instant: real commits, real locks, one thread for each."""

from datetime import time

import pytest

from portal.accounts.models import User
from portal.conftest import NOON, make_member, make_partner
from portal.core import tenancy
from portal.core.refusals import NotAllowed
from portal.partners import operations
from portal.partners.models import Absence, Member, Partner
from portal.partners.operations import MailSettings
from portal.partners.policies import AbsenceBlocker, MemberBlocker
from tests.threads import run_together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owners() -> tuple[Member, Member]:
    with tenancy.system("tests", actor="test"):
        partner = make_partner("Kochschule Ada", 1)
        make_member(partner, "Ada", "owner")
        make_member(partner, "Ben", "owner")
        first, second = Member.objects.select_related("user", "partner").order_by("pk")
        return first, second


def in_scope(action, member: Member):
    """As a request of this member's partner."""

    def run():
        with tenancy.scope(partner_ids=[member.partner_id], actor="test"):
            return action()

    return run


def look(function):
    with tenancy.system("tests", actor="test"):
        return function()


def test_two_owners_who_demote_each_other_leave_one(owners):
    ada, ben = owners

    results = run_together(
        in_scope(lambda: operations.change_role(ben, role="staff", by=ada, at=NOON), ada),
        in_scope(lambda: operations.change_role(ada, role="staff", by=ben, at=NOON), ben),
    )

    refused = [each for each in results if isinstance(each, NotAllowed)]
    assert [each.blocker for each in refused] == [MemberBlocker.NOT_OWNER]
    assert look(lambda: Member.objects.filter(role="owner").count()) == 1


def test_two_owners_who_remove_each_other_leave_one(owners):
    ada, ben = owners

    results = run_together(
        in_scope(lambda: operations.remove_member(ben, by=ada, at=NOON), ada),
        in_scope(lambda: operations.remove_member(ada, by=ben, at=NOON), ben),
    )

    assert sum(isinstance(each, NotAllowed) for each in results) == 1
    assert look(lambda: Member.objects.filter(role="owner").count()) == 1


def test_the_mails_always_go_to_somebody_whoever_is_faster(owners):
    """One takes the address out and leaves the mails to Carl; the other removes Carl."""
    ada, ben = owners
    carl = look(lambda: _carl(ada.partner))
    wanted = MailSettings("", False, "de", "Europe/Berlin", time(21), time(8), frozenset({carl.pk}))

    results = run_together(
        in_scope(lambda: operations.save_mail_settings(wanted, by=ada, at=NOON), ada),
        in_scope(lambda: operations.remove_member(carl, by=ben, at=NOON), ben),
    )

    partner = look(lambda: Partner.objects.get())
    has_carl = look(lambda: Member.objects.filter(pk=carl.pk).exists())
    assert sum(isinstance(each, NotAllowed) for each in results) == 1
    assert (partner.is_mailed, has_carl) in [(True, False), (False, True)]


def _carl(partner: Partner) -> Member:
    user: User = make_member(partner, "Carl", "staff")
    return Member.objects.get(user=user)


def test_two_deputies_for_the_same_days_are_one(owners):
    ada, ben = owners

    def add(by: Member):
        absence = Absence(member=ada, deputy=ben, first_on=NOON.date(), last_on=NOON.date())
        return in_scope(lambda: operations.add_absence(absence, by=by, at=NOON), by)

    results = run_together(add(ada), add(ben))

    refused = [each.blocker for each in results if isinstance(each, NotAllowed)]
    assert refused == [AbsenceBlocker.OVERLAP]
    assert look(lambda: Absence.objects.count()) == 1


def test_of_two_clicks_on_invite_both_find_the_one_member(owners):
    ada, _ben = owners

    def invite(partner: Partner):
        values = {"email": "nina@example.org", "name": "Nina", "role": "staff", "actor": "user:1", "at": NOON}
        return in_scope(lambda: operations.invite_member(partner, **values), ada)

    results = run_together(*[invite(ada.partner)] * 4)

    assert {each.pk for each in results if isinstance(each, Member)} == {look(lambda: _nina().pk)}
    assert [each for each in results if isinstance(each, Exception)] == []


def test_two_partners_who_invite_the_same_person_get_the_one_user(owners):
    ada, _ben = owners
    other = look(lambda: make_partner("Töpferei Eva", 2))

    def invite(partner: Partner):
        def run():
            with tenancy.scope(partner_ids=[partner.pk], actor="test"):
                values = {"email": "nina@example.org", "name": "Nina", "role": "staff", "actor": "user:1"}
                return operations.invite_member(partner, **values, at=NOON)

        return run

    results = run_together(*[invite(each) for _ in range(3) for each in (ada.partner, other)])

    assert [each for each in results if isinstance(each, Exception)] == []
    assert look(lambda: {each.user_id for each in Member.objects.filter(joined_at=None)}) == {
        look(lambda: User.objects.get(email="nina@example.org").pk)
    }


def _nina() -> Member:
    return Member.objects.get(user__email="nina@example.org")
