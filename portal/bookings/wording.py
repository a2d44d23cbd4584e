"""Sentences about a booking that several edges say: pages, mails, API and messages."""

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from portal.bookings.models import Booking, BookingStatus
from portal.bookings.policies import DecideBlocker
from portal.core.wording import say_short_day, say_when, wall_clock


def refusal(booking: Booking, blocker: TextChoices) -> str:
    """What stands in the way and, where somebody was faster, who and when."""
    sentence = str(blocker.label)
    return f"{sentence} {decided_by(booking)}".strip() if blocker.value.startswith("already_") else sentence


def decided_by(booking: Booking) -> str:
    """Who decided and when, as a sentence; empty while nobody has."""
    moment = booking.confirmed_at if booking.status == BookingStatus.CONFIRMED else booking.declined_at
    if moment is None:
        return ""
    local = wall_clock(moment)
    values = {"who": decider(booking), "day": say_short_day(local.date()), "time": f"{local:%H:%M}"}
    return _("That was %(who)s on %(day)s at %(time)s.") % values


def decider(booking: Booking) -> str:
    way = booking.confirmed_by if booking.status == BookingStatus.CONFIRMED else booking.declined_by
    if booking.decided_by_user and way != "staff":
        return str(booking.decided_by_user)
    return {
        "email_token": _("somebody with the link in the e-mail"),
        "staff": _("our team"),
        "rule": _("an automatic rule"),
        "import": _("the import from the shop"),
    }.get(way, _("somebody else"))


def confirmed(booking: Booking, *, is_new: bool) -> str:
    """The answer to whoever confirms: done, or who was faster."""
    if is_new:
        return _("The booking is confirmed.")
    return f"{DecideBlocker.ALREADY_CONFIRMED.label} {decided_by(booking)}"


def declined(booking: Booking, *, is_new: bool) -> str:
    if is_new:
        return _("The booking is declined. We help the customer to find another date.")
    return f"{DecideBlocker.ALREADY_DECLINED.label} {decided_by(booking)}"


def moved_from(booking: Booking) -> str:
    """The date before, should it be a rebooking; and its course, should that be another one."""
    before = booking.moved_from
    if before is None:
        return ""
    moment = before.starts_at or before.starts_on
    when = say_when(moment) if moment else _("not known yet")
    is_same_course = before.course_name == booking.course_name
    return when if is_same_course else f"{before.course_name}, {when}"
