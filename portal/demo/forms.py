"""The forms of the shop page, and the same rules for what arrives as JSON."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core.wording import say_when
from portal.integrations.shop import ShopPerson
from portal.integrations.shop.writing import OrderItem, ShelfDate

MOST_PARTICIPANTS = 500
SAMPLE_CUSTOMER = {
    "first_name": "Julia",
    "last_name": "Sommer",
    "email": "julia.sommer@example.com",
    "phone": "+49 151 2345678",
}


class CustomerForm(forms.Form):
    first_name = forms.CharField(label=_("First name"), max_length=100)
    last_name = forms.CharField(label=_("Last name"), max_length=100)
    email = forms.EmailField(label=_("E-mail"), max_length=200)
    phone = forms.CharField(label=_("Phone"), max_length=50, required=False)

    def person(self) -> ShopPerson:
        values = self.cleaned_data
        return ShopPerson(values["first_name"], values["last_name"], values["email"], values["phone"])


class OrderForm(CustomerForm):
    sku = forms.ChoiceField(label=_("Course and date"))
    participants = forms.IntegerField(
        label=_("Participants"), min_value=1, max_value=MOST_PARTICIPANTS, initial=2
    )
    note = forms.CharField(
        label=_("Note for the partner"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    field_order = ["sku", "participants", "first_name", "last_name", "email", "phone", "note"]

    def __init__(self, dates: Sequence[ShelfDate], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        sku = self.fields["sku"]
        assert isinstance(sku, forms.ChoiceField)
        sku.choices = _choices(dates)

    def item(self) -> OrderItem:
        values = self.cleaned_data
        return OrderItem(values["sku"], values["participants"], note=values["note"])


class ChangeForm(forms.Form):
    """One item of an order: cancel or refund so many, or have so many in all."""

    action = forms.ChoiceField(choices=[(each, each) for each in ("cancel", "refund", "edit")])
    item = forms.IntegerField(min_value=1, max_value=2**62)
    qty = forms.IntegerField(label=_("Participants"), min_value=1, max_value=MOST_PARTICIPANTS)


def _choices(dates: Sequence[ShelfDate]) -> list[tuple[str, str]]:
    return [
        (
            day.sku,
            _("%(course)s: %(when)s, %(count)s free")
            % {"course": day.course, "when": say_when(day.starts_at), "count": day.spots_available},
        )
        for day in sorted(dates, key=lambda each: (each.course, each.starts_at))
    ]
