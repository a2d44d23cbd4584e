"""Forms of partners and members."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.core.widgets import DateInput, TimeInput, time_zones
from portal.partners.models import Absence, Member, Partner
from portal.partners.operations import MailSettings
from portal.partners.policies import may_be_mailed


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
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=150)
    role = forms.ChoiceField(label=_("Role"), choices=Member.Role, initial=Member.Role.OWNER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # It stands on one page with the partner's form and must not repeat the ids of its fields.
        super().__init__(*args, **{**kwargs, "auto_id": "invite_%s"})


class MailSettingsForm(forms.Form):
    """Who is mailed, in which language, and when not."""

    email = forms.EmailField(
        label=_("E-mail for bookings"),
        required=False,
        max_length=254,
        help_text=_("Requests to confirm and reminders go there."),
    )
    is_mailed = forms.BooleanField(label=_("Booking mails go to this address"), required=False)
    member_ids = forms.TypedMultipleChoiceField(
        label=_("Members who get the booking mails too"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each gets a mail of their own with links to answer. One answer is enough."),
    )
    language = forms.ChoiceField(label=_("Language of mails"), choices=Partner.Language)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)
    quiet_from = forms.TimeField(label=_("Quiet from"), widget=TimeInput())
    quiet_until = forms.TimeField(label=_("Quiet until"), widget=TimeInput())

    def __init__(self, *args: Any, partner: Partner, members: Iterable[Member], **kwargs: Any) -> None:
        names = ("email", "is_mailed", "language", "time_zone", "quiet_from", "quiet_until")
        members = [member for member in members if may_be_mailed(member)]
        initial: dict[str, Any] = {name: getattr(partner, name) for name in names}
        initial["member_ids"] = [member.pk for member in members if member.gets_booking_mails]
        super().__init__(*args, **{**kwargs, "initial": initial, "auto_id": "mails_%s"})
        chosen = cast("forms.ChoiceField", self.fields["member_ids"])
        chosen.choices = [(member.pk, _called(member)) for member in members]

    @property
    def wanted(self) -> MailSettings:
        values = self.cleaned_data
        return MailSettings(**{**values, "member_ids": frozenset(values["member_ids"])})


class AbsenceForm(forms.Form):
    """Who is away, who stands in, from when to when."""

    OWN_ADDRESS = "address"

    who = forms.ChoiceField(label=_("Who is away"))
    deputy = forms.TypedChoiceField(label=_("Who gets the mails instead"), coerce=int)
    first_on = forms.DateField(label=_("First day"), widget=DateInput())
    last_on = forms.DateField(label=_("Last day"), widget=DateInput())

    def __init__(self, *args: Any, partner: Partner, members: Iterable[Member], **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": "absence_%s"})
        people: list[tuple[Any, str]] = [
            (member.pk, _called(member)) for member in members if may_be_mailed(member)
        ]
        own = [(self.OWN_ADDRESS, partner.email)] if partner.email else []
        cast("forms.ChoiceField", self.fields["who"]).choices = own + people
        cast("forms.ChoiceField", self.fields["deputy"]).choices = people

    @property
    def absence(self) -> Absence:
        values = self.cleaned_data
        who = values["who"]
        return Absence(
            member_id=None if who == self.OWN_ADDRESS else int(who),
            deputy_id=values["deputy"],
            first_on=values["first_on"],
            last_on=values["last_on"],
        )


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("name", "language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": "profile_%s"})
        self.fields["name"].required = True
        self.fields["language"].label = _("Language")


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Member.Role)


def _called(member: Member) -> str:
    name, email = member.user.name, member.user.email
    return f"{name} ({email})" if name else email


class JoinForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=150)
    password = forms.CharField(
        label=_("Choose a password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password
