"""What bookings announce to the pages around them: a menu entry, problems for staff."""

from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.bookings import event_texts, queries, queries_seats
from portal.bookings.models import Booking, ImportRun
from portal.core import registry
from portal.core.registry import Problem
from portal.core.wording import say_short_day
from portal.dates.models import CourseDate
from portal.dates.seats import oversold_dates, seats_of


def pending_badge(request: HttpRequest) -> int:
    partner = getattr(request, "partner", None)
    return queries.count_pending(partner) if partner else 0


def _questions(at: datetime) -> list[Problem]:
    return [
        Problem(
            title=_("Order %(number)s needs a decision") % {"number": booking.order_number},
            text=booking.get_staff_question_display(),
            url=reverse("manage:questions"),
            since=booking.updated_at,
        )
        for booking in queries.open_questions()[:50]
    ]


def _unmatched(at: datetime) -> list[Problem]:
    rows = queries.unmatched_orders()
    if not rows:
        return []
    text = ngettext(
        "%(count)s order item belongs to no partner yet.",
        "%(count)s order items belong to no partner yet.",
        len(rows),
    )
    return [
        Problem(
            title=_("Orders without a partner"),
            text=text % {"count": len(rows)},
            url=reverse("manage:unmatched"),
            since=rows[-1].created_at,
        )
    ]


def _shop_unreadable(at: datetime) -> list[Problem]:
    newest = ImportRun.objects.filter(way__in=["poll", "full"]).order_by("-started_at").first()
    if newest is None or not newest.problem:
        return []
    return [
        Problem(
            title=_("The shop cannot be read"),
            text=newest.problem,
            url=reverse("manage:imports"),
            since=newest.started_at,
            tone="bad",
        )
    ]


def _failed_orders(at: datetime) -> list[Problem]:
    failed = queries.failed_orders()
    if not failed:
        return []
    return [
        Problem(
            title=_("Orders that cannot be taken in"),
            text=", ".join(order.number for order in failed[:20]),
            url=reverse("manage:imports"),
            since=failed[0].failed_at,
            tone="bad",
        )
    ]


def _late_tickets(at: datetime) -> list[Problem]:
    late = queries.declined_without_ticket(settled_before=at - timedelta(minutes=15))
    count = late.count()
    since = late.aggregate(since=Min("settled_at"))["since"]
    if not count or since is None:
        return []
    text = ngettext(
        "%(count)s declined booking waits for its ticket.",
        "%(count)s declined bookings wait for their ticket.",
        count,
    )
    return [
        Problem(
            title=_("Tickets are late"),
            text=text % {"count": count},
            url=reverse("manage:waiting"),
            since=since,
            tone="bad",
        )
    ]


def _late_escalations(at: datetime) -> list[Problem]:
    late = queries.escalated_without_ticket(escalated_before=at - timedelta(minutes=15))
    found = late.aggregate(count=Count("pk"), since=Min("escalated_at"))
    if not found["count"]:
        return []
    text = ngettext(
        "%(count)s booking that nobody answers waits for its ticket.",
        "%(count)s bookings that nobody answers wait for their ticket.",
        found["count"],
    )
    return [
        Problem(
            title=_("Escalation tickets are late"),
            text=text % found,
            url=reverse("manage:waiting"),
            since=found["since"],
            tone="bad",
        )
    ]


def _oversold(at: datetime) -> list[Problem]:
    dates = list(oversold_dates(at=at).select_related("course").order_by("starts_on", "pk")[:50])
    seats = seats_of(dates, at=at)
    newest = queries_seats.newest_bookings(list(seats))
    return [_oversale(date, seats[date.pk].taken, newest.get(date.pk), at=at) for date in dates]


def _oversale(date: CourseDate, taken: int, booking: Booking | None, *, at: datetime) -> Problem:
    text = ngettext(
        "%(taken)s seat is taken, but there are only %(capacity)s.",
        "%(taken)s seats are taken, but there are only %(capacity)s.",
        taken,
    ) % {"taken": taken, "capacity": date.capacity}
    if booking is not None:
        text += " " + _("The newest booking is order %(number)s.") % {"number": booking.order_number}
    values = {
        "course": date.course.name,
        "day": say_short_day(date.starts_on) if date.starts_on else _("a day not known yet"),
    }
    all_oversold = f"{reverse('manage:dates')}?filter=oversold"
    return Problem(
        title=_("Oversold: %(course)s on %(day)s") % values,
        text=text,
        url=reverse("manage:booking", args=[booking.pk]) if booking else all_oversold,
        since=booking.created_at if booking else at,
        tone="bad",
    )


def announce() -> None:
    registry.add_menu_entry(
        registry.MenuEntry(
            gettext_lazy("Bookings"), "bookings:list", "calendar-check", "partner", 10, pending_badge
        )
    )
    event_texts.announce()
    for source in (
        _questions,
        _unmatched,
        _shop_unreadable,
        _failed_orders,
        _late_tickets,
        _late_escalations,
        _oversold,
    ):
        registry.add_problem_source(source)


announce()
