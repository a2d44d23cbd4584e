"""Forms of partners and members."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from portal.partners.models import Member, Partner


class PartnerForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Partner
        fields = (
            "company",
            "magento_partner_id",
            "customer_number",
            "contact",
            "email",
            "phone",
            "postcode",
            "city",
            "language",
        )


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("E-mail"))
    name = forms.CharField(label=_("Name"), max_length=150)
    role = forms.ChoiceField(label=_("Role"), choices=Member.Role, initial=Member.Role.OWNER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # It stands on one page with the partner's form and must not repeat the ids of its fields.
        super().__init__(*args, **{**kwargs, "auto_id": "invite_%s"})


class JoinForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=150)
    password = forms.CharField(
        label=_("Choose a password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password
