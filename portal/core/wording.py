"""Times, days and money as people say them, the same on every machine: no system locale is asked."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"

WEEKDAYS = {
    "de": ("Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
FULL_WEEKDAYS = {
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS = {
    "de": (
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}
SHORT_MONTHS = {
    "de": ("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
# In minutes: from here on nobody counts in hours.
_LONG = 48 * 60
SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}


def language() -> str:
    """The language the words below come in: German, or English for everything else."""
    return "de" if (get_language() or settings.LANGUAGE_CODE).startswith("de") else "en"


def wall_clock(at: datetime) -> datetime:
    """The time on the wall where the courses are."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE))


def say_day(on: date, now: datetime | None = None) -> str:
    """ "Sa., 25. Januar 2025"; the year is left out when `now` lies in the same one."""
    year = "" if now is not None and wall_clock(now).year == on.year else f" {on.year}"
    spoken = language()
    weekday, month = WEEKDAYS[spoken][on.weekday()], MONTHS[spoken][on.month - 1]
    if spoken == "de":
        return f"{weekday}, {on.day}. {month}{year}"
    return f"{weekday} {on.day} {month}{year}"


def say_when(at: date | datetime, now: datetime | None = None) -> str:
    """ "Sa., 25. Januar, 18:00"; a plain date is said without a time."""
    if not isinstance(at, datetime):
        return say_day(at, now)
    local = wall_clock(at)
    return f"{say_day(local.date(), now)}, {local:%H:%M}"


def say_short_day(on: date, now: datetime | None = None) -> str:
    """For tables: "Sa., 25.01.2025" or "Sat 25 Jan 2025", without the year when `now` lies in the same one."""
    has_year = now is None or wall_clock(now).year != on.year
    spoken = language()
    weekday = WEEKDAYS[spoken][on.weekday()]
    if spoken == "de":
        return f"{weekday}, {on:%d.%m.}{on.year if has_year else ''}"
    month = SHORT_MONTHS["en"][on.month - 1]
    return f"{weekday} {on.day} {month}{f' {on.year}' if has_year else ''}"


def say_full_day(on: date) -> str:
    """ "Samstag, 25. Januar 2025", where a day has all the room: customers look for the weekday first."""
    spoken = language()
    weekday, month = FULL_WEEKDAYS[spoken][on.weekday()], MONTHS[spoken][on.month - 1]
    if spoken == "de":
        return f"{weekday}, {on.day}. {month} {on.year}"
    return f"{weekday} {on.day} {month} {on.year}"


def say_money(cents: int, currency: str = "EUR") -> str:
    """ "1.089,00 €" in German, "€1,089.00" in English; currencies without a sign are named."""
    sign = "-" if cents < 0 else ""
    amount = f"{abs(cents) // 100:,}.{abs(cents) % 100:02}"
    symbol = SYMBOLS.get(currency, currency)
    if language() == "de":
        german = amount.translate(str.maketrans(",.", ".,"))
        return f"{sign}{german}{NO_BREAK_SPACE}{symbol}"
    gap = NO_BREAK_SPACE if symbol == currency else ""
    return f"{sign}{symbol}{gap}{amount}"


def say_share(share: float) -> str:
    """ "83 %" in German, "83%" in English."""
    gap = NO_BREAK_SPACE if language() == "de" else ""
    return f"{round(share * 100)}{gap}%"


def say_duration(length: timedelta) -> str:
    """ "45 min", "3 h 20 min", "2 days 4 h": no finer than anybody asks for."""
    minutes = round(length / timedelta(minutes=1))
    if minutes < 60:
        return _("%(minutes)s min") % {"minutes": minutes} if minutes else _("under a minute")
    if minutes < _LONG:
        hours, rest = divmod(minutes, 60)
        text = _("%(hours)s h %(minutes)s min") if rest else _("%(hours)s h")
        return text % {"hours": hours, "minutes": rest}
    days, hours = divmod(round(minutes / 60), 24)
    text = ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
    return text + " " + _("%(hours)s h") % {"hours": hours} if hours else text
