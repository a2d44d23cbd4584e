"""What customers are mailed about rebooking: in both languages, once each, and nothing that is true no more."""

import pytest

from portal.bookings import operations as bookings
from portal.bookings import queries as booking_queries
from portal.bookings.models import Booking, Customer, PaymentStatus
from portal.bookings.operations import By
from portal.bookings.tests.looking import fresh
from portal.conftest import NOON
from portal.core.models import OutboxMail
from portal.core.tests import mail_servers
from portal.dates.models import CourseDate
from portal.dates.tests.factories import make_date
from portal.rebooking import operations
from portal.rebooking.models import Rebooking
from portal.rebooking.opening import rebook_url
from portal.rebooking.operations import mails
from portal.rebooking.tests.factories import confirm, decline, make_free_date, now_of
from portal.rebooking.tests.mailing import (
    CUSTOMER,
    DAY,
    HOUR,
    first_mail,
    link_for,
    missing,
    sent,
    speak,
    states,
)

pytestmark = pytest.mark.usefixtures("mail_server")


# --- Mail 1


def test_a_decline_is_told_with_its_reason_the_best_dates_and_the_link(booking, run_jobs):
    speak(booking, "en")
    for days in (14, 15, 16, 17):
        make_free_date(booking.course, days)

    mail = first_mail(run_jobs, booking)

    rebooking = Rebooking.objects.get()
    assert mail.subject == f"A change of date for your booking #{booking.order_number}"
    assert not missing(
        mail,
        "Hello Jürgen Müller,",
        f"#{booking.order_number}",
        "Sushi-Kurs für Anfänger",
        "Wed 8 May 2030, 12:00",
        "Reason: Capacity full",
        "Wednesday 15 May 2030",
        "from 12:00 · €89.00 per person",
        "CHOOSE A NEW DATE",
        rebook_url(rebooking),
        "This link works for 30 days. You can use it until Fri 31 May 2030, 12:00.",
    )
    # The three best; all others stand behind the link.
    assert "Saturday 18 May 2030" not in mail.text
    assert OutboxMail.objects.get(kind=mails.OFFER).audience == "customer"


def test_a_german_shop_writes_german(booking, run_jobs):
    make_free_date(booking.course)

    mail = first_mail(run_jobs, booking)

    assert not missing(mail, f"#{booking.order_number}", "Mi., 8. Mai 2030, 12:00", "Mittwoch, 15. Mai 2030")
    assert ('lang="de"' in mail.html, "89,00" in mail.text) == (True, True)


def test_what_the_partner_wrote_for_our_team_is_not_passed_on(booking, run_jobs):
    make_free_date(booking.course)
    reason = booking_queries.reason_by_code("other")
    bookings.decline_booking(
        booking, reason=reason, notes="Der Kunde <b>nervt</b>", by=By("portal"), at=NOON - HOUR
    )
    bookings.settle_decision(booking, at=NOON)
    operations.offer_rebooking(fresh(booking), at=NOON)
    run_jobs()

    (mail,) = sent(mails.OFFER)
    assert [each for each in ("nervt", booking.partner.email) if each in mail.text + mail.html] == []


def test_without_any_date_the_customer_is_asked_for_a_wish(booking, run_jobs):
    speak(booking, "en")

    mail = first_mail(run_jobs, booking)

    assert not missing(
        mail, "At the moment there is no other date of this course.", "TELL US YOUR WISH", "/rebook/"
    )
    assert "CHOOSE A NEW DATE" not in mail.text


def test_names_in_a_mail_never_become_markup(booking, run_jobs):
    Booking.objects.filter(pk=booking.pk).update(course_name="<b>Sushi</b>")
    Customer.objects.filter(pk=booking.customer_id).update(first_name="<i>Jürgen")
    make_free_date(booking.course, location="<u>Hof")

    mail = first_mail(run_jobs, fresh(booking))

    assert [each for each in ("<b>Sushi", "<i>Jürgen", "<u>Hof") if each in mail.html] == []
    assert [each for each in ("<b>Sushi", "<i>Jürgen", "<u>Hof") if each not in mail.text] == []


@pytest.mark.parametrize(
    ("price_cents", "words"),
    [
        (8900, "€89.00 per person"),
        (9900, "€99.00 per person · no extra charge for you"),
        (7900, "€79.00 per person · €20.00 less in all"),
    ],
)
def test_a_date_says_what_it_costs_and_that_nobody_pays_more(booking, run_jobs, price_cents, words):
    speak(booking, "en")
    make_free_date(booking.course, price_cents=price_cents)

    mail = first_mail(run_jobs, booking)

    assert f"from 12:00 · {words}\n" in mail.text


def test_another_course_and_another_place_are_named(booking, run_jobs):
    date = make_date(booking.partner, starts_at=NOON + 14 * DAY, capacity=8, location="Hofgasse 1")
    date.course.name, date.course.is_on_sale = "Ramen-Kurs", True
    date.course.save()

    mail = first_mail(run_jobs, booking)

    assert not missing(mail, "Ramen-Kurs · Hofgasse 1")


def test_staff_send_the_link_for_a_booking_that_stands_and_it_says_so(booking, mona, run_jobs):
    speak(booking, "en")
    confirm(booking)
    make_free_date(booking.course)

    operations.send_link(fresh(booking), user=mona, at=NOON)
    run_jobs()

    (mail,) = sent(mails.OFFER)
    assert not missing(mail, "Until the new date is confirmed, your booking stays as it is.", "/rebook/")
    assert [each for each in ("cannot take place", "Reason") if each in mail.text] == []


def test_a_candidate_that_is_declined_leaves_the_booking_and_the_mail_says_so(booking, mona, run_jobs):
    speak(booking, "en")
    confirm(booking)
    wanted, _other = make_free_date(booking.course), make_free_date(booking.course, 21)
    link = operations.send_link(fresh(booking), user=mona, at=NOON)
    candidate = operations.rebook(link, wanted.pk, at=NOON).rebooking.new_booking
    decline(fresh(candidate), at=NOON + DAY)
    operations.offer_rebooking(fresh(candidate), at=NOON + DAY)
    mail_servers.taken_mails.clear()

    run_jobs("core.send_mail")

    offer = sent(mails.OFFER)[-1]
    assert not missing(
        offer,
        "Unfortunately the date that you had asked for is not possible: Wednesday 15 May 2030, from 12:00.",
        "Your booking stays as it is:",
        "Reason: Capacity full",
        "Wed 8 May 2030, 12:00",
        "Wednesday 22 May 2030",
    )


# --- Dropped


@pytest.mark.parametrize(
    "happens",
    [
        lambda rebooking, _: operations.rebook(rebooking, CourseDate.objects.latest("pk").pk, at=NOON),
        lambda rebooking, user: operations.revoke_link(rebooking, user=user, at=NOON),
        lambda rebooking, _: bookings.cancel_booking(rebooking.original_booking, at=NOON),
        lambda rebooking, _: Booking.objects.update(shop_payment_status=PaymentStatus.REFUNDED),
        lambda rebooking, _: Customer.objects.update(email="new@example.com"),
        lambda rebooking, _: Rebooking.objects.update(token_expires_at=NOON),
    ],
    ids=["used", "withdrawn", "cancelled", "refunded", "another address", "expired"],
)
@pytest.mark.parametrize("kind", mails.WITH_LINK)
def test_a_mail_whose_link_leads_nowhere_is_not_sent(booking, mona, run_jobs, happens, kind):
    make_free_date(booking.course)
    rebooking = link_for(booking)
    mails.owe(kind, rebooking, at=NOON)

    happens(rebooking, mona)
    run_jobs("core.send_mail")

    assert (sent(kind), states(kind)) == ([], ["dropped"])


def test_an_erased_customer_is_not_written_to(booking, run_jobs):
    link_for(booking)

    bookings.erase_orders([booking.magento_order_id], actor="user:1", at=NOON)
    run_jobs()

    assert [mail for mail in mail_servers.taken_mails if mail.to == CUSTOMER] == []


def test_of_two_links_the_older_ones_mail_is_dropped(booking, mona, run_jobs):
    make_free_date(booking.course)
    older = link_for(booking)
    operations.revoke_link(older, user=mona, at=NOON)
    newer = operations.send_link(fresh(booking), user=mona, at=NOON)

    run_jobs("core.send_mail")

    assert states(mails.OFFER) == ["dropped", "sent"]
    (mail,) = sent(mails.OFFER)
    assert not missing(mail, rebook_url(now_of(newer)))


def test_staff_send_a_link_once_more_and_it_is_the_same_one(booking, mona, run_jobs):
    make_free_date(booking.course)
    link_for(booking)
    run_jobs()

    operations.send_link(fresh(booking), user=mona, at=NOON + HOUR)
    run_jobs()

    first, second = sent(mails.OFFER)
    assert (first.text, first.message_id == second.message_id) == (second.text, False)
