"""The staff's search over bookings."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.bookings.models import BookingStatus
from portal.core.parameters import LONGEST_SEARCH, Problems
from portal.core.widgets import day_field
from portal.manage.metrics import COLUMNS, MetricsQuery
from portal.manage.wording import status_text

_STATUSES = [(status.value, status_text(status)) for status in BookingStatus]


class BookingSearchForm(forms.Form):
    """Shows what narrows the list, as it was typed. What it means is read by `bookings.filters.read_filters`."""

    search = forms.CharField(
        label=_("Customer or order number"),
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "maxlength": LONGEST_SEARCH}),
    )
    partner = forms.CharField(
        label=_("Partner"), required=False, widget=forms.TextInput(attrs={"type": "search"})
    )
    status = forms.CharField(
        label=_("Status"),
        required=False,
        widget=forms.Select(choices=[("", _("Any status")), *_STATUSES]),
    )

    def __init__(self, values: Mapping[str, str], problems: Problems) -> None:
        super().__init__(values, auto_id="filter-%s")
        # Here and not above, because "from" is a word of Python.
        self.fields["from"] = day_field(_("From"))
        self.fields["to"] = day_field(_("Until"))
        for name, problem in problems.items():
            if name in self.fields:
                self.add_error(name, problem)


class MetricsForm(forms.Form):
    """What the metrics are of. A value that cannot be meant is shown as it was typed, with what is wrong with it."""

    partner = forms.CharField(
        label=_("Partner"),
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "maxlength": LONGEST_SEARCH}),
    )
    sort = forms.CharField(label=_("Sort by"), required=False)

    def __init__(self, query: MetricsQuery, values: Mapping[str, str], problems: Problems) -> None:
        meant = {
            "from": query.period.first_on.isoformat(),
            "to": query.period.last_on.isoformat(),
            "partner": query.search,
            "sort": query.sort,
        }
        typed = {
            name: values[name] for name in ("from", "to", "partner") if name in problems and name in values
        }
        super().__init__(meant | typed, auto_id="filter-%s")
        self.fields["from"] = day_field(_("Asked from"))
        self.fields["to"] = day_field(_("Until"))
        self.fields["sort"].widget = forms.Select(choices=_sorts(query.sort))
        for name, problem in problems.items():
            if name in self.fields:
                self.add_error(name, problem)


def _sorts(current: str) -> list[tuple[str, Any]]:
    """Each column the way people look at it first; and the one that is shown, should it be the other way round."""
    sorts = [f"{number.sorts_first}{key}" for key, number in COLUMNS.items()]
    if current not in sorts:
        sorts.append(current)
    return [(sort, _sort_text(sort)) for sort in sorts]


def _sort_text(sort: str) -> str:
    key = sort.lstrip("-")
    rises, falls = (
        (_("from A to Z"), _("from Z to A")) if key == "company" else (_("lowest first"), _("highest first"))
    )
    return f"{COLUMNS[key].heading}, {falls if sort.startswith('-') else rises}"
