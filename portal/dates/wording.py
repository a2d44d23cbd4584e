"""Sentences about a date that several edges say."""

from collections.abc import Callable
from datetime import UTC, date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.core.wording import MONTHS, language, say_day, say_duration, say_money
from portal.dates import clockwork
from portal.dates.calendars import Look, days_of, week_number
from portal.dates.models import CourseDate
from portal.dates.seats import Seats


def hours(course_date: CourseDate) -> str:
    """ "18:00–21:00", "from 18:00", or that nobody knows."""
    if course_date.starts_time is None:
        return _("time not known yet")
    starts, ends = f"{course_date.starts_time:%H:%M}", course_date.ends_time
    if ends is None:
        return _("from %(time)s") % {"time": starts}
    return f"{starts}–{ends:%H:%M}"


def zone(course_date: CourseDate, own_zone: str) -> str:
    """ "time in London", where that is not the partner's own."""
    if course_date.time_zone == own_zone:
        return ""
    city = course_date.time_zone.rpartition("/")[2].replace("_", " ")
    return _("time in %(city)s") % {"city": city}


def taken(seats: Seats) -> str:
    """ "6 of 12 taken"."""
    if seats.capacity is None:
        text = ngettext("%(count)s seat taken", "%(count)s seats taken", seats.taken)
        return text % {"count": seats.taken}
    return _("%(taken)s of %(capacity)s taken") % {"taken": seats.taken, "capacity": seats.capacity}


def free(seats: Seats) -> str:
    """ "6 free", "full", "1 too many", or that nobody has said how many there are."""
    if seats.is_oversold:
        return _("%(count)s too many") % {"count": -(seats.free or 0)}
    if seats.shown_free is None:
        return _("number of seats not known")
    return _("full") if seats.is_full else _("%(count)s free") % {"count": seats.shown_free}


def drift(seats: Seats) -> str:
    """That the shop has another number of seats, as a sentence; empty when it agrees or is not known."""
    if not seats.drift:
        return ""
    values = {"shop": seats.shop_total, "here": seats.capacity}
    if seats.drift > 0:
        more = ngettext(
            "The shop sells %(shop)s seat in all, here there are %(here)s.",
            "The shop sells %(shop)s seats in all, here there are %(here)s.",
            seats.shop_total or 0,
        )
        return more % values
    fewer = ngettext(
        "The shop has only %(shop)s seat in all, here there are %(here)s.",
        "The shop has only %(shop)s seats in all, here there are %(here)s.",
        seats.shop_total or 0,
    )
    return fewer % values


def clock_note(course_date: CourseDate) -> str:
    """That the clocks of that night show its start or its end twice, and which is meant."""
    zone, starts_at = course_date.time_zone, course_date.starts_at
    if starts_at is None:
        return ""
    starts = starts_at.astimezone(ZoneInfo(zone))
    if clockwork.is_repeated(starts.date(), starts.time(), zone):
        text = _("In this night the clocks go back and show %(time)s twice. The first one is meant.")
        return text % {"time": f"{starts:%H:%M}"}
    length = timedelta(minutes=course_date.duration_minutes or 0)
    ends = (starts_at.astimezone(UTC) + length).astimezone(ZoneInfo(zone))
    if not clockwork.is_repeated(ends.date(), ends.time(), zone):
        return ""
    text = _("In this night the clocks go back and show %(time)s twice. This date takes %(length)s.")
    return text % {"time": f"{ends:%H:%M}", "length": say_duration(length)}


def period(look: Look, on: date) -> str:
    """What a calendar shows, as its heading: "May 2030", "Week 21, 20 May to 26 May 2030", "From Sat 25 May 2030"."""
    if look == Look.MONTH:
        return f"{MONTHS[language()][on.month - 1]} {on.year}"
    if look == Look.LIST:
        return _("From %(day)s") % {"day": say_day(on)}
    first, last = days_of(look, on)
    values = {"number": week_number(on), "first": _short(first), "last": _short(last, with_year=True)}
    return _("Week %(number)s, %(first)s to %(last)s") % values


def differences(course_date: CourseDate) -> list[str]:
    """What the shop still says otherwise, of a date that was changed here: "Beginning: 18:00"."""
    found = []
    for name, (label, say) in _SHOP_FIELDS().items():
        fact = course_date.shop_facts.get(name)
        if fact in (None, ""):
            continue
        shop, here = say(fact, course_date), say(getattr(course_date, name), course_date)
        if shop != here:
            found.append(f"{label}: {shop}")
    return found


def _SHOP_FIELDS() -> dict[str, tuple[str, Callable[[Any, CourseDate], str]]]:  # noqa: N802 -- a table of texts
    return {
        "starts_on": (_("Day"), _say_fact_day),
        "starts_time": (_("Beginning"), _say_fact_time),
        "ends_time": (_("End"), _say_fact_time),
        "duration_minutes": (_("Duration"), _say_fact_length),
        "price_cents": (_("Price"), lambda fact, on: "" if fact is None else say_money(fact, on.currency)),
        "location": (_("Place"), lambda fact, _date: fact or ""),
    }


def _say_fact_day(fact: str | date | None, _course_date: CourseDate) -> str:
    day = date.fromisoformat(fact) if isinstance(fact, str) else fact
    return say_day(day) if day else ""


def _say_fact_length(fact: int | None, _course_date: CourseDate) -> str:
    return say_duration(timedelta(minutes=fact)) if fact else ""


def _say_fact_time(fact: str | time | None, _course_date: CourseDate) -> str:
    clock = time.fromisoformat(fact) if isinstance(fact, str) else fact
    return f"{clock:%H:%M}" if clock else ""


def _short(day: date, *, with_year: bool = False) -> str:
    year = str(day.year) if with_year else ""
    if language() == "de":
        return f"{day:%d.%m.}{year}"
    return f"{day.day} {MONTHS['en'][day.month - 1]} {year}".strip()
