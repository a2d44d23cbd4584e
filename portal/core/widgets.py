"""Fields of forms that several features show."""

from datetime import date
from typing import Any

from django import forms

from portal.core.registry import Text


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
