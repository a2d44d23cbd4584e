"""A partner's own settings: mails, quiet hours, deputies, and everybody's name and language."""

from datetime import date, time

import pytest
from django.urls import reverse

from portal.accounts.models import User
from portal.conftest import NOON, make_member
from portal.core.models import Audit, Event
from portal.core.refusals import NotAllowed
from portal.partners import operations
from portal.partners.models import Absence, Member, Partner
from portal.partners.operations import MailSettings
from portal.partners.policies import AbsenceBlocker, MemberBlocker, SettingsBlocker

SETTINGS = reverse("partners:settings")
SAVE_MAILS = reverse("partners:save_mails")
ADD_ABSENCE = reverse("partners:add_absence")
SAVE_PROFILE = reverse("partners:save_profile")


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def member_of(user: User) -> Member:
    return Member.objects.select_related("partner", "user").get(user=user)


def form(**values: object) -> dict[str, object]:
    return {
        "email": "partner1@example.org",
        "is_mailed": "on",
        "language": "de",
        "time_zone": "Europe/Berlin",
        "quiet_from": "21:00",
        "quiet_until": "08:00",
        **values,
    }


def days(who: object, deputy: object, first_on: str = "2030-05-01", last_on: str = "2030-05-03"):
    return {"who": who, "deputy": deputy, "first_on": first_on, "last_on": last_on}


def test_an_owner_saves_everything_at_once_and_bookings_hear_of_it(ada_client, ada, ben, adas_partner):
    chosen = member_of(ben)

    response = ada_client.post(
        SAVE_MAILS,
        form(
            email="kurse@example.org",
            is_mailed="",
            member_ids=[chosen.pk],
            language="en",
            time_zone="Europe/Vienna",
            quiet_from="22:00",
            quiet_until="07:30",
        ),
    )

    partner = Partner.objects.get(pk=adas_partner.pk)
    assert (response.status_code, response.headers["Location"]) == (302, SETTINGS)
    assert (
        partner.email,
        partner.is_mailed,
        partner.language,
        partner.time_zone,
        partner.quiet_from,
        partner.quiet_until,
    ) == ("kurse@example.org", False, "en", "Europe/Vienna", time(22), time(7, 30))
    assert list(Member.objects.filter(gets_booking_mails=True)) == [chosen]
    event = Event.objects.latest("id")
    assert (event.kind, event.actor) == ("partner.changed", ada.actor)


def test_the_change_is_in_the_audit_trail_with_who_made_it(ada_client, ada):
    ada_client.post(SAVE_MAILS, form(quiet_from="20:00"))

    row = Audit.objects.latest("id")
    assert (row.actor, row.old, row.new) == (
        ada.actor,
        {"quiet_from": "21:00:00"},
        {"quiet_from": "20:00:00"},
    )


@pytest.mark.parametrize("email", ["", "partner1@example.org"])
def test_somebody_has_to_get_the_mails(ada_client, adas_partner, email):
    response = ada_client.post(SAVE_MAILS, form(email=email, is_mailed="on" if not email else ""))

    assert response.status_code == 422
    assert str(SettingsBlocker.NOBODY_MAILED.label) in response.text
    assert Partner.objects.get().email == "partner1@example.org"


def test_a_viewer_cannot_be_chosen_for_mails_that_decide(ada_client, vera):
    response = ada_client.post(SAVE_MAILS, form(member_ids=[member_of(vera).pk]))

    assert response.status_code == 422
    assert not Member.objects.filter(gets_booking_mails=True).exists()


def test_a_member_of_another_partner_cannot_be_chosen(ada_client, eve):
    assert ada_client.post(SAVE_MAILS, form(member_ids=[member_of(eve).pk])).status_code == 422


@pytest.mark.parametrize("wrong", [{"time_zone": "Mars/Olympus"}, {"quiet_from": "25:00"}, {"email": "no"}])
def test_wrong_values_are_named_and_nothing_is_saved(ada_client, adas_partner, wrong):
    response = ada_client.post(SAVE_MAILS, form(language="en", **wrong))

    assert response.status_code == 422
    assert "field-error" in response.text
    assert Partner.objects.get(pk=adas_partner.pk).language == "de"


@pytest.mark.parametrize("name", ["ben_client", "vera_client"])
def test_others_see_what_concerns_them_and_change_nothing(name, request, ada, adas_partner):
    client = request.getfixturevalue(name)

    page = client.get(SETTINGS)

    assert page.status_code == 200
    assert "partner1@example.org" in page.text
    assert f'action="{SAVE_MAILS}"' not in page.text
    assert client.post(SAVE_MAILS, form(language="en")).status_code == 403
    assert client.post(ADD_ABSENCE, days("address", member_of(ada).pk)).status_code == 403
    assert Partner.objects.get().language == "de"


def test_an_import_leaves_what_the_partner_set_alone_where_the_file_has_no_column(ada_client, adas_partner):
    ada_client.post(
        SAVE_MAILS,
        form(email="kurse@example.org", language="en", time_zone="Europe/Vienna", quiet_from="20:00"),
    )

    operations.import_partners(
        ["partner_id,customer_number,company\n", "10001,K020001,Kochschule Ada GmbH\n"], at=NOON
    )

    partner = Partner.objects.get()
    assert (partner.company, partner.email, partner.language, partner.time_zone, partner.quiet_from) == (
        "Kochschule Ada GmbH",
        "kurse@example.org",
        "en",
        "Europe/Vienna",
        time(20),
    )


def test_an_empty_language_in_a_file_says_nothing(adas_partner):
    Partner.objects.update(language="en")

    operations.import_partners(
        ["partner_id,customer_number,company,language\n", "10001,K020001,Neu,\n"], at=NOON
    )

    assert (Partner.objects.get().company, Partner.objects.get().language) == ("Neu", "en")


def test_staff_who_save_an_older_copy_of_the_facts_do_not_take_settings_back(ada_client, adas_partner):
    older = Partner.objects.get()
    ada_client.post(SAVE_MAILS, form(is_mailed="on", quiet_from="20:00"))

    older.company = "Neu"
    operations.save_partner(older, actor="test", at=NOON)

    assert (Partner.objects.get().company, Partner.objects.get().quiet_from) == ("Neu", time(20))


def test_a_deputy_is_entered_and_removed_again(ada_client, ada, ben):
    ada_client.post(ADD_ABSENCE, days(member_of(ada).pk, member_of(ben).pk))

    absence = Absence.objects.get()
    assert (absence.member, absence.deputy, absence.first_on, absence.last_on) == (
        member_of(ada),
        member_of(ben),
        date(2030, 5, 1),
        date(2030, 5, 3),
    )
    assert "Ben gets the mails" in ada_client.get(SETTINGS).text

    ada_client.post(reverse("partners:remove_absence", args=[absence.pk]))

    assert not Absence.objects.exists()


def test_one_stands_in_for_the_partners_own_address(ada_client, ben):
    ada_client.post(ADD_ABSENCE, days("address", member_of(ben).pk))

    assert Absence.objects.get().member is None


def test_what_is_over_is_no_longer_shown_but_its_last_day_is(ada_client, ada, ben, time_machine):
    ada_client.post(ADD_ABSENCE, days(member_of(ada).pk, member_of(ben).pk))

    time_machine.move_to("2030-05-03T21:59Z", tick=False)
    last_minute = ada_client.get(SETTINGS).text
    time_machine.move_to("2030-05-03T22:00Z", tick=False)
    over = ada_client.get(SETTINGS).text

    assert ("Ben gets the mails" in last_minute, "Ben gets the mails" in over) == (True, False)


@pytest.mark.parametrize(
    ("values", "blocker"),
    [
        ({"first_on": "2030-05-04", "last_on": "2030-05-03"}, AbsenceBlocker.ENDS_BEFORE_IT_BEGINS),
        ({"first_on": "2030-04-01", "last_on": "2030-04-30"}, AbsenceBlocker.OVER),
        ({"first_on": "2030-05-12", "last_on": "2030-05-14"}, AbsenceBlocker.OVERLAP),
        ({"first_on": "2030-05-08", "last_on": "2030-05-10"}, AbsenceBlocker.OVERLAP),
    ],
)
def test_days_that_cannot_be_are_refused_with_a_sentence(ada_client, ada, ben, values, blocker):
    pair = (member_of(ada).pk, member_of(ben).pk)
    ada_client.post(ADD_ABSENCE, days(*pair, "2030-05-10", "2030-05-12"))

    response = ada_client.post(ADD_ABSENCE, days(*pair) | values)

    assert response.status_code == 422
    assert str(blocker.label) in response.text
    assert Absence.objects.count() == 1


def test_the_day_after_and_the_day_before_are_free(ada_client, ada, ben):
    pair = (member_of(ada).pk, member_of(ben).pk)
    for first_on, last_on in (
        ("2030-05-10", "2030-05-12"),
        ("2030-05-13", "2030-05-14"),
        ("2030-05-09",) * 2,
    ):
        ada_client.post(ADD_ABSENCE, days(*pair, first_on, last_on))

    assert Absence.objects.count() == 3


def test_nobody_stands_in_for_themselves(ada_client, ada):
    response = ada_client.post(ADD_ABSENCE, days(member_of(ada).pk, member_of(ada).pk))

    assert (response.status_code, str(AbsenceBlocker.ONESELF.label) in response.text) == (422, True)


def test_a_viewer_is_no_deputy(ada_client, ada, vera):
    assert ada_client.post(ADD_ABSENCE, days(member_of(ada).pk, member_of(vera).pk)).status_code == 422


def test_who_is_no_owner_any_more_saves_nothing(ada, ben):
    Member.objects.filter(user=ada).update(role=Member.Role.STAFF)

    with pytest.raises(NotAllowed) as refusal:
        operations.save_mail_settings(
            MailSettings("a@example.org", True, "de", "Europe/Berlin", time(21), time(8), frozenset()),
            by=member_of(ada),
            at=NOON,
        )

    assert refusal.value.blocker == MemberBlocker.NOT_OWNER


@pytest.mark.parametrize("name", ["ada_client", "vera_client"])
def test_everybody_has_a_name_and_a_language_of_their_own(name, request):
    client = request.getfixturevalue(name)

    response = client.post(SAVE_PROFILE, {"name": "Neuer Name", "language": "de"}, follow=True)

    assert User.objects.filter(name="Neuer Name", language="de").count() == 1
    assert "Gespeichert." in response.text or '<html lang="de"' in response.text


def test_a_name_is_not_empty(ada_client, ada):
    assert ada_client.post(SAVE_PROFILE, {"name": " ", "language": "de"}).status_code == 422
    assert User.objects.get(pk=ada.pk).name == "Ada"


def test_the_settings_take_as_many_queries_for_ten_members_as_for_one(
    ada_client, ada, ben, adas_partner, django_assert_max_num_queries
):
    with django_assert_max_num_queries(30) as few:
        ada_client.get(SETTINGS)
    for number in range(10):
        make_member(adas_partner, f"Hilfe{number}", Member.Role.STAFF)
        ada_client.post(
            ADD_ABSENCE,
            days(
                member_of(ada).pk, member_of(ben).pk, f"2030-06-{number + 1:02}", f"2030-06-{number + 1:02}"
            ),
        )
    ada_client.get(SETTINGS)
    with django_assert_max_num_queries(30) as many:
        ada_client.get(SETTINGS)

    assert len(many) == len(few)
