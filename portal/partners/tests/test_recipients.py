"""Who gets the booking mails of a partner on a day."""

from datetime import UTC, date, datetime

import pytest

from portal.conftest import NOON, make_member
from portal.partners.models import Absence, Member, Partner
from portal.partners.recipients import recipients_by_partner, recipients_of

TODAY = NOON.date()
OWN = "partner1@example.org"
ADA, BEN, CARL = "ada@example.org", "ben@example.org", "carl@example.org"


@pytest.fixture
def carl(adas_partner):
    return make_member(adas_partner, "Carl", Member.Role.STAFF)


def mail_to(*users) -> None:
    Member.objects.filter(user__in=users).update(gets_booking_mails=True)


def away(partner: Partner, who, deputy, *, first_on: date = TODAY, last_on: date = TODAY) -> Absence:
    seat = who and Member.objects.get(user=who)
    return Absence.objects.create(
        partner=partner,
        member=seat,
        deputy=Member.objects.get(user=deputy),
        first_on=first_on,
        last_on=last_on,
    )


def today(partner: Partner, at: datetime = NOON) -> list[str]:
    return recipients_of(Partner.objects.get(pk=partner.pk), at=at).today


def test_at_first_it_is_the_partners_own_address(adas_partner, ada):
    assert today(adas_partner) == [OWN]


def test_chosen_members_get_them_as_well(adas_partner, ada, ben):
    mail_to(ada, ben)

    assert today(adas_partner) == [OWN, ADA, BEN]


def test_or_instead(adas_partner, ben):
    Partner.objects.update(is_mailed=False)
    mail_to(ben)

    assert today(adas_partner) == [BEN]


def test_a_viewer_never_gets_a_mail_with_links_that_decide(adas_partner, vera):
    mail_to(vera)

    assert today(adas_partner) == [OWN]


@pytest.mark.parametrize("change", [{"joined_at": None}, {"user__is_active": False}])
def test_nor_does_who_has_not_joined_or_may_not_sign_in(adas_partner, ben, change):
    mail_to(ben)
    ben.is_active = change.get("user__is_active", True)
    ben.save()
    if "joined_at" in change:
        Member.objects.update(joined_at=None)

    assert today(adas_partner) == [OWN]


def test_one_address_gets_one_mail_however_it_is_written(adas_partner, ada):
    Partner.objects.update(email="Ada@Example.ORG")
    mail_to(ada)

    assert today(adas_partner) == [ADA]


def test_a_deputy_stands_in_from_the_first_day_to_the_last_both_included(adas_partner, ada, ben):
    mail_to(ada)
    away(adas_partner, ada, ben, first_on=date(2030, 5, 1), last_on=date(2030, 5, 2))

    # Days of Berlin, two hours ahead.
    days = {
        "the minute before": datetime(2030, 4, 30, 21, 59, tzinfo=UTC),
        "first": datetime(2030, 4, 30, 22, 0, tzinfo=UTC),
        "last": datetime(2030, 5, 2, 21, 59, tzinfo=UTC),
        "over": datetime(2030, 5, 2, 22, 0, tzinfo=UTC),
    }
    assert {name: today(adas_partner, at=at) for name, at in days.items()} == {
        "the minute before": [OWN, ADA],
        "first": [OWN, BEN],
        "last": [OWN, BEN],
        "over": [OWN, ADA],
    }


def test_the_days_are_those_of_the_partners_own_time_zone(adas_partner, ada, ben):
    Partner.objects.update(time_zone="America/New_York")
    mail_to(ada)
    away(adas_partner, ada, ben)

    assert today(adas_partner, at=datetime(2030, 5, 1, 3, 59, tzinfo=UTC)) == [OWN, ADA]
    assert today(adas_partner, at=datetime(2030, 5, 1, 4, 0, tzinfo=UTC)) == [OWN, BEN]


def test_somebody_stands_in_for_the_partners_own_address(adas_partner, ben):
    away(adas_partner, None, ben)

    assert today(adas_partner) == [BEN]


def test_a_deputy_who_is_away_is_stood_in_for_too(adas_partner, ada, ben, carl):
    mail_to(ada)
    away(adas_partner, ada, ben)
    away(adas_partner, ben, carl)

    assert today(adas_partner) == [OWN, CARL]


def test_two_who_stand_in_for_each_other_both_get_theirs_rather_than_nobody(adas_partner, ada, ben):
    mail_to(ada, ben)
    away(adas_partner, ada, ben)
    away(adas_partner, ben, ada)

    assert today(adas_partner) == [OWN, ADA, BEN]


def test_who_stands_in_for_somebody_and_gets_mails_anyway_gets_one(adas_partner, ada, ben):
    mail_to(ada, ben)
    away(adas_partner, ada, ben)

    assert today(adas_partner) == [OWN, BEN]


def test_a_deputy_who_only_looks_by_now_stands_in_for_nobody(adas_partner, ada, ben):
    mail_to(ada)
    away(adas_partner, ada, ben)
    Member.objects.filter(user=ben).update(role=Member.Role.VIEWER)

    assert today(adas_partner) == [OWN, ADA]


def test_links_of_deputies_still_answer_after_the_absence_but_not_those_of_others(
    adas_partner, ada, ben, carl, vera
):
    mail_to(ada, vera)
    away(adas_partner, ada, ben, first_on=date(2030, 4, 1), last_on=date(2030, 4, 2))
    away(adas_partner, ada, vera, first_on=date(2030, 4, 1), last_on=date(2030, 4, 2))

    assert recipients_of(adas_partner, at=NOON).allowed == {OWN, ADA, BEN}


def test_the_absent_one_may_still_answer(adas_partner, ada, ben):
    mail_to(ada)
    away(adas_partner, ada, ben)

    assert recipients_of(adas_partner, at=NOON).by_seat == {OWN: OWN, ADA: BEN}


def test_nobody_is_left_when_there_is_no_address(adas_partner, ada):
    Partner.objects.update(email="")

    assert today(adas_partner) == []


def test_many_partners_take_two_queries(adas_partner, eves_partner, ada, ben, eve, django_assert_num_queries):
    mail_to(ada, eve)
    away(adas_partner, ada, ben)
    partners = list(Partner.objects.all())

    with django_assert_num_queries(2):
        found = recipients_by_partner(partners, at=NOON)

    assert {key: each.today for key, each in found.items()} == {
        adas_partner.pk: [OWN, BEN],
        eves_partner.pk: ["partner2@example.org", "eve@example.org"],
    }
