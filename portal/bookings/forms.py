"""The form of a decline."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.bookings import policies, queries
from portal.bookings.models import Booking, DeclineReason
from portal.core import links


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), error_messages={"required": policies.DeclineFormBlocker.UNKNOWN_REASON.label}
    )
    notes = forms.CharField(
        label=_("Additional notes"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    # Carried over from the link in the mail, so that the booking remembers how it was declined.
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def chosen_reason(self) -> DeclineReason | None:
        return queries.reason_by_code(self.cleaned_data["reason"])

    def way_of(self, booking: Booking) -> str:
        """How the member came here: only the token of this booking's mail proves that it was the mail."""
        is_from_mail = links.hash_of(self.cleaned_data["token"]) == booking.confirmation_token
        return "email_token" if is_from_mail else "portal"

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        reason = queries.reason_by_code(data.get("reason", ""))
        blocker = policies.decline_form_blocker(reason, data.get("notes", ""))
        if blocker and "reason" in data:
            is_about_notes = blocker is policies.DeclineFormBlocker.NOTES_REQUIRED
            self.add_error("notes" if is_about_notes else "reason", str(blocker.label))
        return data
