"""Fields of forms that several features show."""

import re
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from portal.core.registry import Text
from portal.core.wording import language

_CONTINENTS = {
    "Europe": _("Europe"),
    "Africa": _("Africa"),
    "America": _("America"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic Ocean"),
    "Australia": _("Australia"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific Ocean"),
}
# Of one line, and of several.
only_printable = RegexValidator(
    r"[\x00-\x1f\x7f]", _("This text has characters that cannot be kept."), inverse_match=True
)
only_printable_lines = RegexValidator(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]",
    _("This text has characters that cannot be kept."),
    inverse_match=True,
)


class DayInput(forms.TextInput):
    """Shows a day that there is. Browsers complain about anything else, and show nothing either."""

    input_type = "date"

    def format_value(self, value: Any) -> str:
        try:
            return date.fromisoformat(str(value or "")).isoformat()
        except ValueError:
            return ""


def day_field(label: Text) -> forms.Field:
    """A day as it stands in the URL; what it means is read elsewhere."""
    return forms.CharField(label=str(label), required=False, widget=DayInput())


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        # The only form in which browsers take and send it.
        super().__init__(format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


@lru_cache(maxsize=1)  # Reads a folder of files.
def time_zones() -> list[tuple[Any, list[tuple[str, str]]]]:
    """By continent, the partners' own first."""
    cities: dict[str, list[tuple[str, str]]] = {continent: [] for continent in _CONTINENTS}
    for name in sorted(available_timezones()):
        continent, _slash, city = name.partition("/")
        if city and continent in cities:
            cities[continent].append((name, city.replace("_", " ")))
    return [(text, cities[continent]) for continent, text in _CONTINENTS.items()]


class MoneyField(forms.CharField):
    """An amount as people of either language write it, "1.089,00 €" or "1,089.00"; its value are cents."""

    def __init__(self, *, most_cents: int, **values: Any) -> None:
        values.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**values)
        self.most_cents = most_cents

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            # What somebody typed stays as it was typed.
            return value
        separator = "," if language() == "de" else "."
        return f"{value // 100}{separator}{value % 100:02}"

    def clean(self, value: Any) -> int | None:
        if isinstance(value, int):
            # A field that is off has the value it began with.
            return value
        text = super().clean(value)
        if not text:
            return None
        cents = cents_of(text)
        if cents is None or cents > self.most_cents:
            raise ValidationError(_("This has to be an amount, like 89.00."))
        return cents


def cents_of(text: str) -> int | None:
    """None for what is no amount. A sign before one or two last digits separates the cents, any other thousands."""
    digits = re.sub(r"[\s€]", "", text)
    match = re.fullmatch(
        r"([0-9]{1,9}|[0-9]{1,3}(?:([.,])[0-9]{3})(?:\2[0-9]{3})*)(?:([.,])([0-9]{1,2}))?", digits
    )
    if match is None or (match[2] and match[2] == match[3]):
        return None
    whole = re.sub("[.,]", "", match[1])
    return int(whole) * 100 + int((match[4] or "0").ljust(2, "0")) if len(whole) <= 9 else None
