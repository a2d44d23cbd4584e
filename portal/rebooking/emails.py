"""Mails about rebooking, all to customers. They never carry what the partner wrote for our team."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from portal.bookings import queries as booking_queries
from portal.bookings.models import Booking, BookingStatus
from portal.core import outbox, registry
from portal.core.mailing import RenderedMail, render_mail
from portal.core.models import OutboxMail
from portal.core.wording import say_full_day, say_money, say_when
from portal.dates import wording as dates_wording
from portal.dates.models import CourseDate
from portal.rebooking import policies, queries
from portal.rebooking.cards import DateCard, cards_of, is_standing
from portal.rebooking.models import Choice, PricePolicy, Rebooking
from portal.rebooking.opening import rebook_url
from portal.rebooking.operations import mails
from portal.rebooking.operations.linking import MOST_BY_ITSELF
from portal.rebooking.options import options_for

TEMPLATES = "rebooking/emails"
# The page behind the button has them all.
MOST_DATES = 3
_A_DAY = timedelta(days=1)


@outbox.mail(mails.OFFER, audience=OutboxMail.Audience.CUSTOMER)
def rebooking_offer(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    """Mail 1: the date cannot be, or staff have sent the link. Dropped once the link leads to no choice."""
    rebooking = _usable(mail, at=at)
    if rebooking is None:
        return None
    with translation.override(_language(rebooking.original_booking)):
        context = {**_with_link(rebooking, at=at), **_why(rebooking)}
    return _render("rebooking_offer", rebooking.original_booking, context)


@outbox.mail(mails.REMINDER, audience=OutboxMail.Audience.CUSTOMER)
def rebooking_reminder(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    """Dropped as mail 1 is, and once the customer has told us what they want."""
    return _reminder(mail, is_last=False, at=at)


@outbox.mail(mails.LAST_REMINDER, audience=OutboxMail.Audience.CUSTOMER)
def rebooking_reminder_last(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    return _reminder(mail, is_last=True, at=at)


@outbox.mail(mails.CONFIRMED, audience=OutboxMail.Audience.CUSTOMER)
def rebooking_confirmed(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    """Mail 2: the date is chosen. Dropped once it does not stand any more: that is another mail's news."""
    assert mail.partner_id is not None
    booking = booking_queries.booking_of(mail.partner_id, mail.subject_id)
    rebooking = Rebooking.objects.filter(new_booking=booking).select_related("original_booking").first()
    is_theirs = _is_same(mail.recipient, booking.customer.email)
    if rebooking is None or not is_theirs or not _may_still_come(booking):
        return None
    before = rebooking.original_booking
    is_promised = booking.status == BookingStatus.CONFIRMED and booking.settled_at is not None
    with translation.override(_language(booking)):
        context = {
            **_facts(booking, _("New date"), _when_of(booking)),
            "is_asked_for": booking.is_candidate and not is_promised,
            "is_promised": is_promised,
            "is_lost": policies.was_declined_since(rebooking, before) and not booking.is_candidate,
            "old_when": _when_it_was(before),
            "price": _price_sentence(rebooking),
        }
    return _render("rebooking_confirmed", booking, context)


@outbox.mail(mails.DECLINED, audience=OutboxMail.Audience.CUSTOMER)
def rebooking_declined(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    """Declined once too often: somebody gets in touch. Dropped once staff have found another way."""
    assert mail.partner_id is not None
    booking = booking_queries.booking_of(mail.partner_id, mail.subject_id)
    is_refused = booking.status == BookingStatus.DECLINED and booking.settled_at is not None
    if (
        not is_refused
        or not _is_same(mail.recipient, booking.customer.email)
        or policies.is_refunded(booking)
    ):
        return None
    with translation.override(_language(booking)):
        context = {
            **_facts(booking, _("Date"), _when_of(booking)),
            "is_candidate": booking.is_candidate,
            "reason": booking_queries.reason_label(booking.decline_reason),
        }
    return _render("rebooking_declined", booking, context)


def dates_for_cancelled(booking: Booking, at: datetime) -> list[tuple[str, str]]:
    """The best dates for the mail that a date falls through; none where the page behind its link offers none."""
    if not _may_choose(booking, at=at):
        return []
    options = options_for(booking, at=at, most=MOST_DATES)
    return [_offered(DateCard(option, booking)) for option in options]


def _reminder(mail: OutboxMail, *, is_last: bool, at: datetime) -> RenderedMail | None:
    rebooking = _usable(mail, at=at)
    if rebooking is None or rebooking.choice != Choice.NONE:
        return None
    with translation.override(_language(rebooking.original_booking)):
        context = {**_with_link(rebooking, at=at), "is_last": is_last}
    return _render("rebooking_reminder", rebooking.original_booking, context)


def _usable(mail: OutboxMail, *, at: datetime) -> Rebooking | None:
    """The link that the mail is to carry; None when it leads to no choice, or not for whoever would get it."""
    rebooking = queries.rebooking_of_mail(mail.subject_id, mail.version)
    if rebooking is None or policies.use_blocker(rebooking, at=at):
        return None
    addresses = (rebooking.original_booking.customer.email, rebooking.customer_email or "")
    return rebooking if all(_is_same(mail.recipient, each) for each in addresses) else None


def _is_same(address: str, other: str) -> bool:
    return address.lower() == other.lower()


def _may_choose(booking: Booking, *, at: datetime) -> bool:
    """Whether there is a link, or will be in a moment: it is made by a job beside the one that sends the mail."""
    if rebooking := queries.active_rebooking(booking):
        return policies.use_blocker(rebooking, at=at) is None
    made = queries.rebookings_of_thread(booking).filter(cause=Rebooking.Cause.DECLINED)
    return policies.link_blocker(booking, at=at) is None and made.count() < MOST_BY_ITSELF


def _may_still_come(booking: Booking) -> bool:
    is_refused = booking.status == BookingStatus.DECLINED and booking.settled_at is not None
    gone = (BookingStatus.CANCELLED, BookingStatus.EXPIRED, BookingStatus.REBOOKED)
    return not is_refused and booking.status not in gone and not policies.is_refunded(booking)


def _with_link(rebooking: Rebooking, *, at: datetime) -> dict[str, Any]:
    booking, until = rebooking.original_booking, rebooking.token_expires_at
    return {
        **_facts(booking, _("Booked date"), _when_it_was(booking)),
        "is_standing": is_standing(booking),
        "dates": [_offered(card) for card in cards_of(rebooking, at=at, most=MOST_DATES).all],
        "rebook_url": rebook_url(rebooking),
        "days": ceil((until - at) / _A_DAY),
        "until": say_when(until),
    }


def _why(rebooking: Rebooking) -> dict[str, Any]:
    """What became of the date: the booking's own, or the one that was asked for beside it."""
    booking = rebooking.original_booking
    refused = booking
    if is_standing(booking):
        candidates = [each for each in booking_queries.thread_of(booking) if _is_refused_candidate(each)]
        is_answer = rebooking.cause == Rebooking.Cause.DECLINED and candidates
        refused = candidates[-1] if is_answer else booking
    reason = refused.decline_reason if refused.status == BookingStatus.DECLINED else ""
    return {
        "refused_when": _when_of(refused) if refused is not booking else "",
        "reason": booking_queries.reason_label(reason) if reason else "",
    }


def _is_refused_candidate(booking: Booking) -> bool:
    return booking.is_candidate and booking.status == BookingStatus.DECLINED


def _facts(booking: Booking, word: str, when: str) -> dict[str, Any]:
    rows = [
        (_("Order"), f"#{booking.order_number}"),
        (_("Course"), booking.course_name),
        (word, when),
        (_("Participants"), str(booking.participants)),
        (_("Place"), booking.course_date.location if booking.course_date else ""),
    ]
    return {"course_name": booking.course_name, "rows": [(word, value) for word, value in rows if value]}


def _offered(card: DateCard) -> tuple[str, str]:
    """When a date is, and what is worth saying of it: its hours, what differs, its price."""
    parts = [dates_wording.hours(card.date), card.other_course, card.place]
    if card.per_seat_cents is not None:
        price = say_money(card.per_seat_cents, card.currency)
        parts.append(_("%(price)s per person") % {"price": price})
    if card.is_dearer:
        parts.append(_("no extra charge for you"))
    if card.saved_cents:
        saved = say_money(card.saved_cents, card.currency)
        parts.append(_("%(saved)s less in all") % {"saved": saved})
    return _day_of(card.date), " · ".join(part for part in parts if part)


def _price_sentence(rebooking: Rebooking) -> str:
    difference, currency = rebooking.difference_cents or 0, rebooking.original_booking.currency
    amount = {"amount": say_money(abs(difference), currency)}
    if difference > 0 and rebooking.price_policy == PricePolicy.KEEP:
        return (
            _("The new date costs %(amount)s more. You pay nothing extra: your price stays as it is.")
            % amount
        )
    if difference < 0:
        text = _("The new date costs %(amount)s less. Our team gets in touch with you about the difference.")
        return text % amount
    return ""


def _when_it_was(booking: Booking) -> str:
    moment = booking.starts_at or booking.starts_on
    return say_when(moment) if moment else _("not known yet")


def _when_of(booking: Booking) -> str:
    """With the hours, by the clock on the wall there."""
    course_date = booking.course_date
    if course_date is None or course_date.starts_on is None:
        return _when_it_was(booking)
    return f"{_day_of(course_date)}, {dates_wording.hours(course_date)}"


def _day_of(course_date: CourseDate) -> str:
    return say_full_day(course_date.starts_on) if course_date.starts_on else _("not known yet")


def _language(booking: Booking) -> str:
    return booking.customer.language


def _render(template: str, booking: Booking, context: Mapping[str, Any]) -> RenderedMail:
    person = booking.customer
    about = {
        "name": f"{person.first_name} {person.last_name}".strip(),
        "order_number": booking.order_number,
    }
    return render_mail(f"{TEMPLATES}/{template}", language=_language(booking), context={**about, **context})


registry.add_mail_dates("customer_date_cancelled", dates_for_cancelled)
