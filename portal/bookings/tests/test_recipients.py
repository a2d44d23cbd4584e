"""Several people get a partner's mails: each has a link, one decision answers for all, who leaves answers no more."""

from datetime import timedelta

import pytest
from django.test import Client

from portal.bookings import operations
from portal.bookings.models import Booking, BookingStatus, DeclineReason
from portal.bookings.operations import By
from portal.bookings.tests.looking import CLICK, fresh, kinds
from portal.bookings.tests.shop_orders import LATER, make_line, make_order, take_in
from portal.conftest import NOON, make_member
from portal.core import links, outbox, tenancy
from portal.core.models import Link, OutboxMail
from portal.partners.models import Absence, Member, Partner
from portal.partners.operations import save_partner

OWN, ADA, BEN = "partner1@example.org", "ada@example.org", "ben@example.org"


@pytest.fixture
def mailed(adas_partner, ada, ben):
    """Ada and Ben get the mails beside the partner's own address."""
    Member.objects.update(gets_booking_mails=True)


@pytest.fixture
def change(run_jobs):
    """Something of the partner changes, and what follows from it runs."""

    def save(partner: Partner, *, at=LATER) -> None:
        save_partner(Partner.objects.get(pk=partner.pk), actor="test", at=at)
        run_jobs("core.run_subscriber")

    return save


def requests() -> list[tuple[str, int, str]]:
    rows = OutboxMail.objects.filter(kind="booking_request").order_by("id")
    return list(rows.values_list("recipient", "version", "state"))


def token_of(recipient: str) -> str:
    with tenancy.system("tests"):
        return links.token_of(Link.objects.get(recipient=recipient))


def press(token: str):
    """The button behind the link, or Gmail's."""
    return Client().post(f"/api/confirm/{token}")


def test_each_recipient_gets_a_mail_with_a_link_of_its_own(mailed, run_jobs):
    take_in(make_order())
    run_jobs()

    assert requests() == [(OWN, 1, "sent"), (ADA, 1, "sent"), (BEN, 1, "sent")]
    assert len({token_of(each) for each in (OWN, ADA, BEN)}) == 3
    assert Booking.objects.get().confirmation_token == links.hash_of(token_of(OWN))


def test_the_answer_of_one_answers_for_all(mailed, noon):
    take_in(make_order())
    booking = Booking.objects.get()

    first, second = press(token_of(BEN)), press(token_of(ADA))

    assert [(each.status_code, each.json()["data"]["status"]) for each in (first, second)] == [
        (200, "confirmed"),
        (200, "confirmed"),
    ]
    assert kinds(booking).count("booking.confirmed") == 1


def test_who_comes_after_a_decline_hears_that_it_was_decided_otherwise(mailed, noon):
    take_in(make_order())
    booking = Booking.objects.get()
    reason = DeclineReason.objects.filter(requires_notes=False).first()
    operations.decline_booking(booking, reason=reason, by=By("portal"), at=NOON)

    assert press(token_of(ADA)).status_code == 409
    assert fresh(booking).status == BookingStatus.DECLINED


def test_a_new_request_of_the_shop_outdates_the_links_of_all(mailed, run_jobs):
    take_in(make_order())
    everybody = (OWN, ADA, BEN)
    before = {each: token_of(each) for each in everybody}

    take_in(make_order(make_line(participants=4, ordered=4)), at=LATER)
    run_jobs()

    assert requests() == [(each, 1, "dropped") for each in everybody] + [
        (each, 2, "sent") for each in everybody
    ]
    assert all(links.open_link(token, purpose="decide").is_outdated for token in before.values())


@pytest.mark.parametrize(
    "leave",
    [
        lambda ben: Member.objects.filter(user=ben).delete(),
        lambda ben: Member.objects.filter(user=ben).update(role=Member.Role.VIEWER),
        lambda ben: Member.objects.filter(user=ben).update(gets_booking_mails=False),
        lambda ben: Member.objects.filter(user=ben).update(joined_at=None),
    ],
    ids=["removed", "only looks now", "toggled off", "not joined"],
)
def test_who_leaves_answers_no_more_and_hears_so(mailed, ben, noon, leave):
    take_in(make_order())
    booking, token = Booking.objects.get(), token_of(BEN)
    leave(ben)

    page = Client(headers=CLICK).get(f"/confirm/{token}")

    assert press(token).status_code == 410
    assert fresh(booking).status == BookingStatus.PENDING
    assert page.status_code == 200
    assert "This link no longer works." in page.text
    assert "Müller" not in page.text
    assert booking.order_number not in page.text


def test_what_was_still_owed_to_who_left_is_dropped(mailed, ben, change, adas_partner, run_jobs):
    take_in(make_order())
    Member.objects.filter(user=ben).delete()

    change(adas_partner)
    run_jobs()

    assert requests() == [(OWN, 1, "sent"), (ADA, 1, "sent"), (BEN, 1, "dropped")]


def test_who_comes_back_has_a_link_that_works_again_and_no_second_mail(
    mailed, ben, change, adas_partner, run_jobs, noon
):
    take_in(make_order())
    run_jobs()
    Member.objects.filter(user=ben).update(gets_booking_mails=False)
    change(adas_partner)
    Member.objects.filter(user=ben).update(gets_booking_mails=True)
    change(adas_partner)
    run_jobs()

    assert requests() == [(OWN, 1, "sent"), (ADA, 1, "sent"), (BEN, 1, "sent")]
    assert press(token_of(BEN)).status_code == 200


def test_who_comes_new_gets_the_requests_of_what_still_waits_and_nobody_a_second_one(
    adas_partner, ada, change, run_jobs, noon
):
    take_in(make_order(), make_order(make_line(12), order_id=2), make_order(make_line(13), order_id=3))
    run_jobs()
    done = Booking.objects.earliest("id")
    operations.confirm_booking(done, by=By("portal"), at=NOON)
    Member.objects.filter(user=ada).update(gets_booking_mails=True)

    change(adas_partner)
    change(adas_partner)
    run_jobs()

    assert requests() == [(OWN, 1, "sent")] * 3 + [(ADA, 1, "sent")] * 2


def test_a_request_goes_to_the_deputy_of_today(adas_partner, ada, ben, run_jobs):
    absent_today(adas_partner, None, ben)

    take_in(make_order())
    run_jobs()

    assert requests() == [(BEN, 1, "sent")]


def test_an_absence_that_begins_or_ends_later_asks_nobody_again(
    adas_partner, ada, ben, change, run_jobs, noon
):
    Partner.objects.filter(pk=adas_partner.pk).update(is_mailed=True)
    take_in(make_order())
    absence = absent_today(adas_partner, None, ben)
    change(adas_partner)
    assert requests() == [(OWN, 1, "waiting")]

    booking = Booking.objects.get()
    assert operations.recipients_today(booking, at=NOON) == [BEN]
    absence.last_on = absence.first_on = (NOON - timedelta(days=3)).date()
    absence.save()
    assert operations.recipients_today(booking, at=NOON) == [OWN]

    # Ben, who was given a link by the reminder, and the address itself both still answer.
    assert press(token_of(BEN)).status_code == 200


def test_a_reminder_finds_a_link_that_works_although_the_first_one_has_expired(adas_partner, run_jobs):
    take_in(make_order())
    booking = Booking.objects.get()
    Link.objects.update(expires_at=LATER)
    token = token_of(OWN)

    operations.recipients_today(booking, at=LATER)

    link = Link.objects.get()
    assert (link.expires_at > LATER, links.token_of(link)) == (True, token)


def test_after_an_undo_who_came_meanwhile_is_asked_too(mailed, adas_partner, ben, noon, run_jobs):
    Member.objects.filter(user=ben).update(gets_booking_mails=False)
    take_in(make_order())
    run_jobs()
    booking = Booking.objects.get()
    operations.confirm_booking(booking, by=By("portal"), at=NOON)
    Member.objects.filter(user=ben).update(gets_booking_mails=True)

    operations.undo_decision(booking, by=By("portal"), at=NOON + timedelta(minutes=1))
    run_jobs()

    assert requests() == [(OWN, 1, "sent"), (ADA, 1, "sent"), (BEN, 1, "sent")]


def test_mails_that_ask_nothing_go_to_all_as_well(mailed, run_jobs):
    take_in(make_order())
    run_jobs()

    operations.cancel_booking(Booking.objects.get(), at=LATER)
    run_jobs()

    told = OutboxMail.objects.filter(kind="booking_cancelled").values_list("recipient", "state")
    assert sorted(told) == [(ADA, "sent"), (BEN, "sent"), (OWN, "sent")]


def test_a_mail_about_a_booking_that_was_owed_to_who_left_goes_to_who_is_there(
    adas_partner, ada, change, run_jobs
):
    take_in(make_order())
    booking = Booking.objects.get()
    outbox.put("booking_cancelled", subject=booking, recipient="old@example.org", at=NOON)

    change(adas_partner)
    change(adas_partner)

    told = OutboxMail.objects.filter(kind="booking_cancelled").values_list("recipient", "state")
    assert sorted(told) == [("old@example.org", "dropped"), (OWN, "waiting")]


def test_a_page_of_orders_takes_as_many_queries_for_ten_as_for_one(
    mailed, adas_partner, django_assert_max_num_queries
):
    make_member(adas_partner, "Carl", Member.Role.STAFF)
    take_in(make_order())

    with django_assert_max_num_queries(60) as one:
        take_in(make_order(make_line(21), order_id=21))
    with django_assert_max_num_queries(60) as ten:
        take_in(*(make_order(make_line(30 + n), order_id=30 + n) for n in range(10)))

    assert len(ten) == len(one)


def absent_today(partner: Partner, member: Member | None, deputy) -> Absence:
    return Absence.objects.create(
        partner=partner,
        member=member,
        deputy=Member.objects.get(user=deputy),
        first_on=NOON.date(),
        last_on=NOON.date(),
    )
