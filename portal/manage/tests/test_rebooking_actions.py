"""What staff do with a link to rebook: on the page of a booking, and with the open cases of the list."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.bookings import operations as bookings
from portal.bookings.models import Booking
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh
from portal.conftest import NOON
from portal.core import links, tenancy
from portal.core.models import Event, Link, OutboxMail
from portal.manage.rebookings import rebooking_card
from portal.rebooking import operations
from portal.rebooking.models import Choice, Rebooking
from portal.rebooking.operations import Wish
from portal.rebooking.tests.factories import confirm, make_declined, make_free_date, make_rebooking, now_of

LIST = reverse("manage:rebookings")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HTMX = {"HX-Request": "true"}
STANDS = "The booking stays as it is and keeps its seats until the partner has confirmed the new date."


@pytest.fixture(autouse=True)
def _noon(time_machine, settings):
    time_machine.move_to(NOON, tick=False)
    settings.UNDO_SECONDS = 600
    settings.REBOOK_LINK_DAYS = 30


@pytest.fixture
def rebooking(adas_partner) -> Rebooking:
    """A link of yesterday, with nothing to choose: an open case."""
    return make_rebooking(adas_partner, at=NOON - DAY)


def url(name: str, about: Booking | Rebooking) -> str:
    return reverse(f"manage:{name}", args=[about.pk])


def page_of(client, booking: Booking) -> str:
    return client.get(url("booking", booking)).text


def told(kind: str) -> list[tuple[str, int]]:
    with tenancy.system("tests"):
        return list(Event.objects.filter(kind=kind).order_by("id").values_list("actor", "subject_id"))


def offers() -> list[tuple[str, int, int]]:
    """Mails with a link that are owed: to whom, about which booking, and which copy."""
    with tenancy.system("tests"):
        mails = OutboxMail.objects.filter(kind="rebooking_offer").order_by("id")
        return list(mails.values_list("recipient", "subject_id", "copy"))


# --- Links


def test_send_link_mails_the_customer_of_a_declined_booking(mona, mona_client, adas_partner):
    booking = make_declined(adas_partner)

    answer = mona_client.post(url("send_link", booking), follow=True)

    assert answer.redirect_chain == [(url("booking", booking), 302)]
    assert "The e-mail with the link is on its way to the customer." in answer.text
    assert offers() == [("juergen@example.com", booking.pk, 1)]
    assert told("rebooking.link_sent") == [(mona.actor, booking.pk)]
    made = Rebooking.objects.get()
    assert (made.cause, made.status, made.token_expires_at) == ("staff", "active", NOON + 30 * DAY)


def test_send_link_of_a_confirmed_booking_says_that_it_stays(mona_client, adas_partner):
    booking = confirm(make_booking(adas_partner))
    before = page_of(mona_client, booking)

    mona_client.post(url("send_link", booking))

    assert STANDS in before
    assert fresh(booking).status == "confirmed"
    assert offers() == [("juergen@example.com", booking.pk, 1)]


def test_a_booking_that_moves_at_once_is_said_to(mona_client, adas_partner):
    text = page_of(mona_client, make_declined(adas_partner))

    assert "As soon as the customer chooses a date, the booking moves there and the partner is asked." in text
    assert STANDS not in text


def test_send_link_again_is_the_same_link_once_more(mona_client, rebooking):
    booking = rebooking.original_booking
    with tenancy.system("tests"):
        OutboxMail.objects.update(state="sent", sent_at=NOON - DAY)

    text = page_of(mona_client, booking)
    mona_client.post(url("send_link", booking))

    assert "Send the link once more" in text
    assert offers() == [("juergen@example.com", booking.pk, 1), ("juergen@example.com", booking.pk, 2)]
    assert [row.pk for row in Rebooking.objects.all()] == [rebooking.pk]


def test_where_no_link_can_be_sent_the_button_is_off_and_says_why(mona_client, adas_partner):
    booking = make_booking(adas_partner)
    bookings.cancel_booking(booking, at=NOON)

    text = page_of(mona_client, booking)
    answer = mona_client.post(url("send_link", booking), follow=True)

    form = text[text.index(url("send_link", booking)) :]
    form = form[: form.index("</form>")]
    assert " disabled>" in form
    assert "The customer has cancelled this booking." in form
    assert "The customer has cancelled this booking." in answer.text
    assert (offers(), Rebooking.objects.count()) == ([], 0)


def test_extend_link_lets_it_work_for_the_whole_time_again(mona, mona_client, rebooking):
    answer = mona_client.post(url("extend_link", rebooking), follow=True)

    assert answer.redirect_chain == [(url("booking", rebooking.original_booking), 302)]
    assert "The link works longer now. No e-mail was sent." in answer.text
    assert now_of(rebooking).token_expires_at == NOON + 30 * DAY
    assert told("rebooking.link_extended") == [(mona.actor, rebooking.original_booking_id)]


def test_extend_link_brings_an_expired_one_back(mona_client, adas_partner):
    over = make_rebooking(adas_partner, at=NOON - 30 * DAY)
    operations.expire_link(over, at=NOON)
    before = page_of(mona_client, over.original_booking)

    mona_client.post(url("extend_link", over))

    assert "The link was not used in time." in before
    assert "Let it work for 30 more days" in before
    assert (now_of(over).status, now_of(over).token_expires_at) == ("active", NOON + 30 * DAY)


def test_revoke_link_ends_it(mona, mona_client, rebooking):
    answer = mona_client.post(url("revoke_link", rebooking), follow=True)

    gone = now_of(rebooking)
    assert "The link is withdrawn. Nothing can be chosen there any more." in answer.text
    assert "Our team has withdrawn the link." in answer.text
    assert (gone.status, gone.ended) == ("cancelled", "staff")
    assert told("rebooking.link_revoked") == [(mona.actor, rebooking.original_booking_id)]
    assert url("revoke_link", rebooking) not in answer.text
    assert url("extend_link", rebooking) not in answer.text


@pytest.mark.parametrize("name", ["extend_link", "revoke_link"])
def test_a_link_that_was_used_is_refused_in_words_for_staff(mona_client, rebooking, name):
    date = make_free_date(rebooking.original_booking.course)
    operations.rebook(rebooking, date.pk, at=NOON)

    answer = mona_client.post(url(name, rebooking), follow=True)

    assert "The customer has already chosen a new date with this link." in answer.text
    assert now_of(rebooking).status == "used"


def test_a_withdrawn_link_is_not_extended(mona, mona_client, rebooking):
    operations.revoke_link(rebooking, user=mona, at=NOON)

    answer = mona_client.post(url("extend_link", rebooking), follow=True)

    assert "This link was withdrawn. Please send a new one." in answer.text
    assert now_of(rebooking).status == "cancelled"


def test_an_action_answers_htmx_with_the_part_that_changed(mona_client, rebooking):
    booking = rebooking.original_booking

    answers = [
        mona_client.post(url("send_link", booking), headers=HTMX),
        mona_client.post(url("extend_link", rebooking), headers=HTMX),
    ]

    assert [answer.text.strip()[:21] for answer in answers] == ['<section id="booking"'] * 2


# --- The card


def test_the_card_says_that_the_customer_is_choosing_right_now(mona_client, rebooking):
    date = make_free_date(rebooking.original_booking.course)
    operations.hold_date(rebooking, date.pk, at=NOON)
    said = "The customer is choosing right now: seats on Wed 15 May are held until 12:10."

    assert said in page_of(mona_client, rebooking.original_booking)
    card = rebooking_card(fresh(rebooking.original_booking), at=NOON + timedelta(minutes=10))
    assert card.is_held is False


def test_the_card_says_when_a_person_last_looked_at_the_dates(mona_client, rebooking):
    link = Link.objects.get(purpose="customer_rebook")
    links.record_visit(link, action="rebook", is_person=False, at=NOON)
    before = page_of(mona_client, rebooking.original_booking)
    links.record_visit(link, action="rebook", is_person=True, at=NOON - HOUR)

    after = page_of(mona_client, rebooking.original_booking)

    assert "The customer has not looked at the dates yet." in before
    assert "The customer last looked at the dates Wed 1 May, 11:00." in after


def test_the_page_of_the_new_booking_says_how_it_came_about(mona_client, rebooking):
    date = make_free_date(rebooking.original_booking.course)
    new = operations.rebook(rebooking, date.pk, at=NOON).rebooking.new_booking

    for booking in (new, rebooking.original_booking):
        assert "New date: Wed 15 May, Waiting for the partner" in page_of(mona_client, booking)


def test_the_card_without_a_link_says_so(mona_client, adas_partner):
    text = page_of(mona_client, make_booking(adas_partner))

    assert "The customer has got no link to other dates." in text
    assert "Send the customer a link" in text


def test_the_card_asks_as_often_however_long_the_story_is(mona_client, mona, rebooking):
    asked = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            rebooking_card(fresh(rebooking.original_booking), at=NOON)
        asked.append(len(queries))
        for _ in range(3):
            operations.revoke_link(Rebooking.objects.latest("pk"), user=mona, at=NOON)
            operations.send_link(rebooking.original_booking, user=mona, at=NOON)

    assert asked[0] == asked[1]


# --- Cases


def test_settle_case_closes_it_and_it_can_be_opened_again_at_once(mona, mona_client, rebooking):
    back = "filter=open&sort=-value&partner=Ada"

    answer = mona_client.post(
        url("settle_case", rebooking), {"page": "rebookings", "back": back}, follow=True
    )

    assert answer.redirect_chain == [(f"{LIST}?{back}&done={rebooking.pk}", 302)]
    assert "Done. The case is closed." in answer.text
    assert [line.pk for line in answer.context["page"]] == []
    assert url("reopen_case", rebooking) in answer.text
    assert now_of(rebooking).settled_at == NOON
    assert told("rebooking.case_settled") == [(mona.actor, rebooking.original_booking_id)]

    undone = mona_client.post(
        url("reopen_case", rebooking), {"page": "rebookings", "back": back}, headers=HTMX
    )

    assert [line.pk for line in undone.context["page"]] == [rebooking.pk]
    assert (undone.context["done"], now_of(rebooking).settled_at) == (None, None)
    assert told("rebooking.case_reopened") == [(mona.actor, rebooking.original_booking_id)]


def test_a_case_is_closed_on_the_page_of_its_booking_too(mona_client, rebooking):
    booking = rebooking.original_booking
    before = page_of(mona_client, booking)

    after = mona_client.post(url("settle_case", rebooking), follow=True)

    assert "There is no date to offer." in before
    assert after.redirect_chain == [(url("booking", booking), 302)]
    assert url("reopen_case", rebooking) in after.text
    assert url("settle_case", rebooking) not in after.text


def test_a_case_that_is_closed_stays_closed_when_somebody_else_closes_it(mona, mona_client, rebooking):
    operations.settle_case(rebooking, user=mona, at=NOON - HOUR)

    mona_client.post(url("settle_case", rebooking))

    assert now_of(rebooking).settled_at == NOON - HOUR
    assert len(told("rebooking.case_settled")) == 1


def test_the_wish_of_the_customer_stands_on_the_card(mona_client, rebooking):
    operations.note_wish(rebooking, Wish(choice=Choice.REFUND, note="Wir ziehen um."), at=NOON)

    text = page_of(mona_client, rebooking.original_booking)

    assert "Wish: The money back" in text
    assert "Wir ziehen um." in text


# --- Who may


def everything(rebooking: Rebooking) -> list[str]:
    names = ("settle_case", "reopen_case", "extend_link", "revoke_link")
    return [url("send_link", rebooking.original_booking), *(url(name, rebooking) for name in names)]


def test_members_of_a_partner_find_nothing_here(ada_client, vera_client, eve_client, rebooking):
    before = Rebooking.objects.values().get()

    for client in (ada_client, vera_client, eve_client):
        assert client.get(LIST).status_code == 404
        assert [client.post(each).status_code for each in everything(rebooking)] == [404] * 5
    with tenancy.system("tests"):
        assert Rebooking.objects.values().get() == before


def test_who_is_not_signed_in_is_sent_to_the_login(client, rebooking):
    answers = [client.get(LIST), *(client.post(each) for each in everything(rebooking))]

    assert {answer.headers["Location"].split("?")[0] for answer in answers} == {"/login"}


def test_nothing_happens_by_looking(mona_client, rebooking):
    assert [mona_client.get(each).status_code for each in everything(rebooking)] == [405] * 5


def test_what_is_not_there_is_404(mona_client):
    names = ("send_link", "settle_case", "reopen_case", "extend_link", "revoke_link")

    assert [mona_client.post(reverse(f"manage:{name}", args=[4711])).status_code for name in names] == [
        404
    ] * 5
