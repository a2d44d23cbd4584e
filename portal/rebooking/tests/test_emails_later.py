"""Reminders, the mail about the new date, and other dates in the mail about a date that falls through."""

import pytest

from portal.bookings import operations as bookings
from portal.bookings.date_changes import operations as date_changes
from portal.bookings.date_changes.emails import customer_date_cancelled
from portal.bookings.models import Booking, Customer, PaymentStatus
from portal.bookings.tests.falling import book, fall_through
from portal.bookings.tests.falling import settle as settle_fall
from portal.bookings.tests.looking import fresh
from portal.conftest import NOON
from portal.core import outbox
from portal.core.models import OutboxMail
from portal.dates.models import CourseDate
from portal.dates.tests.factories import make_date
from portal.rebooking import operations
from portal.rebooking.models import Choice, PricePolicy, Rebooking, RebookingTerms
from portal.rebooking.opening import rebook_url
from portal.rebooking.operations import Wish, mails
from portal.rebooking.tests.factories import confirm, decline, make_free_date, now_of
from portal.rebooking.tests.mailing import (
    CUSTOMER,
    DAY,
    link_for,
    missing,
    sent,
    speak,
    states,
)

pytestmark = pytest.mark.usefixtures("mail_server")


# --- Reminders


@pytest.mark.parametrize(
    ("kind", "subject", "last_words"),
    [
        (mails.REMINDER, "Reminder: a new date for your booking #{}", ""),
        (
            mails.LAST_REMINDER,
            "Last reminder: a new date for your booking #{}",
            " We do not remind you again by e-mail; our team then gets in touch with you in person.",
        ),
    ],
)
def test_a_reminder_has_fresh_dates_and_says_until_when_the_link_works(
    booking, run_jobs, time_machine, kind, subject, last_words
):
    speak(booking, "en")
    gone, later = make_free_date(booking.course, 14), make_free_date(booking.course, 21)
    rebooking = link_for(booking)
    CourseDate.objects.filter(pk=gone.pk).update(cancelled_at=NOON)
    time_machine.move_to(NOON + 3 * DAY, tick=False)

    mails.owe(kind, rebooking, at=NOON + 3 * DAY)
    run_jobs("core.send_mail")

    (mail,) = sent(kind)
    assert mail.subject == subject.format(booking.order_number)
    assert not missing(
        mail,
        "Wednesday 22 May 2030",
        "The link works until Fri 31 May 2030, 12:00." + last_words,
        rebook_url(rebooking),
    )
    assert "Wednesday 15 May 2030" not in mail.text
    assert later.pk


@pytest.mark.parametrize("kind", [mails.REMINDER, mails.LAST_REMINDER])
def test_whoever_has_told_us_a_wish_is_not_reminded(booking, run_jobs, kind):
    rebooking = link_for(booking)
    mails.owe(kind, rebooking, at=NOON)

    operations.note_wish(rebooking, Wish(Choice.VOUCHER), at=NOON)
    run_jobs("core.send_mail")

    assert (sent(kind), states(kind)) == ([], ["dropped"])


@pytest.mark.parametrize("kind", [mails.REMINDER, mails.LAST_REMINDER])
def test_whose_booking_stands_reads_in_a_reminder_that_it_does(booking, mona, run_jobs, kind):
    speak(booking, "en")
    confirm(booking)
    rebooking = operations.send_link(fresh(booking), user=mona, at=NOON)

    mails.owe(kind, now_of(rebooking), at=NOON)
    run_jobs("core.send_mail")

    (mail,) = sent(kind)
    assert not missing(mail, "you need not do anything: your booking stands.")
    assert "in person" not in mail.text


# --- Mail 2


@pytest.fixture
def choose(booking, run_jobs):
    """The customer takes a date of this price, and the mail about it is not sent yet."""

    def choose(**values: object) -> Rebooking:
        date = make_free_date(booking.course, **values)
        rebooking = link_for(booking)
        run_jobs("core.send_mail")
        return operations.rebook(rebooking, date.pk, at=NOON).rebooking

    return choose


@pytest.mark.parametrize(
    ("language", "subject", "sentences"),
    [
        (
            "en",
            "Rebooking confirmed - #{}",
            [
                "Your booking has moved to another date!",
                "Wednesday 15 May 2030, 12:00–15:00",
                "The partner confirms your date shortly. You get another e-mail as soon as that has happened.",
            ],
        ),
        ("de", "Umbuchung bestätigt - #{}", ["Mittwoch, 15. Mai 2030, 12:00–15:00"]),
    ],
)
def test_the_choice_is_confirmed_at_once(booking, choose, run_jobs, language, subject, sentences):
    speak(booking, language)
    choose(ends_time="15:00")

    run_jobs("core.send_mail")

    (mail,) = sent(mails.CONFIRMED)
    if language == "en":
        assert mail.subject == subject.format(booking.order_number)
    assert not missing(mail, f"#{booking.order_number}", "Sushi-Kurs für Anfänger", *sentences)
    assert "€" not in mail.text


@pytest.mark.parametrize(
    ("price_cents", "sentence"),
    [
        (
            9900,
            "The new date costs €20.00 more. You pay nothing extra: your price stays as it is.",
        ),
        (
            7900,
            "The new date costs €20.00 less. Our team gets in touch with you about the difference.",
        ),
    ],
)
def test_a_difference_in_price_is_said(booking, choose, run_jobs, price_cents, sentence):
    speak(booking, "en")
    choose(price_cents=price_cents)

    run_jobs("core.send_mail")

    assert not missing(sent(mails.CONFIRMED)[0], sentence)


def test_with_equal_prices_only_what_is_cheaper_says_a_difference(booking, choose, run_jobs):
    RebookingTerms.objects.create(partner=booking.partner, price_policy=PricePolicy.SAME)
    choose(price_cents=8900)

    run_jobs("core.send_mail")

    assert "€" not in sent(mails.CONFIRMED)[0].text


def test_a_date_that_is_only_asked_for_is_not_called_confirmed(booking, mona, run_jobs):
    speak(booking, "en")
    confirm(booking)
    date = make_free_date(booking.course)
    link = operations.send_link(fresh(booking), user=mona, at=NOON)
    operations.rebook(now_of(link), date.pk, at=NOON)

    run_jobs("core.send_mail")

    (mail,) = sent(mails.CONFIRMED)
    assert mail.subject == f"Your new date is asked for - #{booking.order_number}"
    assert not missing(mail, "Until it is confirmed, your current date stays booked: Wed 8 May 2030, 12:00.")


def test_a_date_that_the_partner_has_already_promised_is_told_so(booking, choose, run_jobs):
    speak(booking, "en")
    rebooking = choose()
    confirm(fresh(rebooking.new_booking))

    run_jobs("core.send_mail")

    assert not missing(sent(mails.CONFIRMED)[0], "The partner has already confirmed the new date")


@pytest.mark.parametrize(
    "happens",
    [
        lambda booking: bookings.cancel_booking(booking, at=NOON),
        lambda booking: decline(booking, at=NOON),
        lambda booking: Booking.objects.update(shop_payment_status=PaymentStatus.REFUNDED),
        lambda booking: Customer.objects.update(email="new@example.com"),
    ],
    ids=["cancelled", "declined", "refunded", "another address"],
)
def test_a_choice_that_stands_no_more_before_the_mail_left_is_not_confirmed(choose, run_jobs, happens):
    rebooking = choose()

    happens(fresh(rebooking.new_booking))
    run_jobs("core.send_mail")

    assert (sent(mails.CONFIRMED), states(mails.CONFIRMED)) == ([], ["dropped"])


def test_each_mail_leaves_once_however_often_its_job_runs(choose, run_jobs):
    choose()
    run_jobs("core.send_mail")

    for mail in OutboxMail.objects.all():
        outbox.send(mail.pk, partner_id=mail.partner_id, at=NOON)

    assert (len(sent(mails.OFFER)), len(sent(mails.CONFIRMED))) == (1, 1)


# --- A date that falls through


@pytest.fixture
def fallen(adas_partner, run_jobs, settings) -> Booking:
    settings.UNDO_SECONDS = 600
    date = make_date(adas_partner, capacity=12)
    booking = book(date)
    Customer.objects.filter(pk=booking.customer_id).update(language="en", email=CUSTOMER)
    make_free_date(date.course, 21, location="<b>Hof</b>")
    fall_through(date)
    settle_fall()
    return fresh(booking)


def test_the_mail_that_a_date_falls_through_has_other_dates_in_it_and_no_second_mail_comes(fallen, run_jobs):
    run_jobs()

    (mail,) = sent("customer_date_cancelled")
    assert not missing(
        mail, "These dates are free for you.", "Wednesday 22 May 2030", "Choose a new date", "/booking/"
    )
    assert ("<b>Hof</b>" in mail.text, "<b>Hof</b>" in mail.html) == (True, False)
    assert (sent(mails.OFFER), "/rebook/" in mail.text) == ([], False)


def test_it_makes_no_link_and_has_the_dates_even_when_it_is_faster_than_the_link(fallen):
    mail = OutboxMail(partner_id=fallen.partner_id, recipient=CUSTOMER, subject_id=fallen.pk)
    assert not Rebooking.objects.exists()

    date_changes.tell_customer(fallen, at=NOON)
    rendered = customer_date_cancelled(mail, NOON)

    assert "Wednesday 22 May 2030" in rendered.text
    assert not Rebooking.objects.exists()


def test_without_a_date_to_offer_it_reads_as_before(fallen, run_jobs):
    CourseDate.objects.exclude(pk=fallen.course_date_id).update(cancelled_at=NOON)

    run_jobs()

    (mail,) = sent("customer_date_cancelled")
    assert not missing(mail, "Our team gets in touch with you shortly", "/booking/")
    assert ("I have read this" in mail.html, "These dates" in mail.text) == (True, False)


@pytest.mark.parametrize("is_candidate", [False, True])
def test_a_customer_who_gets_no_further_link_hears_that_our_team_gets_in_touch(
    booking, run_jobs, is_candidate
):
    speak(booking, "en")
    decline(booking)
    Booking.objects.filter(pk=booking.pk).update(is_candidate=is_candidate)

    mails.owe_declined(fresh(booking), at=NOON)
    run_jobs("core.send_mail")

    (mail,) = sent(mails.DECLINED)
    news = "Your booking stays as it was before." if is_candidate else "cannot take place either:"
    assert mail.subject == f"A change of date for your booking #{booking.order_number}"
    assert not missing(
        mail, news, "Wednesday 8 May 2030", "Reason: Capacity full", "now gets in touch with you"
    )
    assert "/rebook/" not in mail.text


def test_that_mail_is_dropped_once_the_money_has_gone_back(booking, run_jobs):
    decline(booking)
    mails.owe_declined(fresh(booking), at=NOON)
    Booking.objects.filter(pk=booking.pk).update(shop_payment_status=PaymentStatus.REFUNDED)

    run_jobs("core.send_mail")

    assert states(mails.DECLINED) == ["dropped"]
