"""What a customer is asked: the e-mail of the booking, and a wish when no date fits; and a partner: the terms."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.parameters import LARGEST_ID
from portal.core.widgets import DateInput, only_printable_lines
from portal.rebooking.models import Choice, PricePolicy, Rebooking, TimeOfDay
from portal.rebooking.operations import Wish
from portal.rebooking.operations.wishing import LONGEST_NOTE

LONGEST_EMAIL = 254
# The rule of the marketplace, whatever it says from now on.
_USUAL = "usual"


class EmailForm(forms.Form):
    # Whether it is an address at all does not matter: it has to be the one we know.
    email = forms.CharField(
        label=_("E-mail address of your booking"),
        max_length=LONGEST_EMAIL,
        help_text=_("The one that you booked with. So nobody else can move your booking."),
        error_messages={"required": _("Please enter the e-mail address that you booked with.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none"}),
    )
    date = forms.IntegerField(min_value=1, max_value=LARGEST_ID, widget=forms.HiddenInput)


class WishForm(forms.Form):
    """What to do instead, for whom no date fits. Days and times count with other dates only."""

    choice = forms.ChoiceField(
        label=_("What would you like instead?"),
        choices=[each for each in Choice.choices if each[0]],
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose what you would like.")},
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On which weekdays could you come?"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    time = forms.ChoiceField(label=_("At what time of the day?"), choices=TimeOfDay.choices, required=False)
    until = forms.DateField(
        label=_("Until when at the latest?"),
        required=False,
        widget=DateInput(),
    )
    note = forms.CharField(
        label=_("What else should we know?"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[only_printable_lines],
    )

    def __init__(self, *args: Any, rebooking: Rebooking, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": _said_before(rebooking), **kwargs})
        self.today = today
        self.fields["until"].widget.attrs["min"] = today.isoformat()

    def clean_until(self) -> date | None:
        until: date | None = self.cleaned_data["until"]
        if until and until < self.today:
            raise ValidationError(_("This day has passed already."))
        return until

    def wish(self) -> Wish:
        """Valid forms only."""
        typed = self.cleaned_data
        return Wish(
            choice=Choice(typed["choice"]),
            weekdays=tuple(typed["weekdays"]),
            time=TimeOfDay(typed["time"]),
            until=typed["until"],
            note=typed["note"],
        )


class TermsForm(forms.Form):
    """What a customer who rebooks may pay, as this partner wants it."""

    price_policy = forms.ChoiceField(label=_("Which dates may a customer choose?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, own: PricePolicy | None, **kwargs: Any) -> None:
        super().__init__(
            *args, **{"initial": {"price_policy": own or _USUAL}, "auto_id": "terms_%s", **kwargs}
        )
        usual = PricePolicy(settings.REBOOK_PRICE_POLICY).label
        default = gettext("As the marketplace has it: %(rule)s") % {"rule": usual}
        field = self.fields["price_policy"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(_USUAL, default), *PricePolicy.choices]

    @property
    def policy(self) -> PricePolicy | None:
        """Valid forms only."""
        said = self.cleaned_data["price_policy"]
        return None if said == _USUAL else PricePolicy(said)


def _said_before(rebooking: Rebooking) -> dict[str, Any]:
    return {
        "choice": rebooking.choice or Choice.OTHER_DATES,
        "weekdays": rebooking.wish_weekdays,
        "time": rebooking.wish_time,
        "until": rebooking.wish_until,
        "note": rebooking.wish_note,
    }
