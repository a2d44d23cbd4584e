"""The forms of a partner's pages: what narrows the list, a note with a confirmation, a decline."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.bookings import policies, queries
from portal.bookings.models import Booking, BookingStatus, DeclineReason, PaymentStatus
from portal.bookings.operations import By, Decision
from portal.core import links
from portal.core.parameters import LONGEST_SEARCH, Problems
from portal.core.refusals import NotAllowed
from portal.core.registry import FormPart
from portal.core.widgets import day_field
from portal.courses.models import Course

LONGEST_NOTES = 2000


class FilterForm(forms.Form):
    """Shows what narrows the list, as it was typed. What it means is read by `filters.read_filters`."""

    search = forms.CharField(
        label=gettext_lazy("Search"),
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "maxlength": LONGEST_SEARCH, "autocomplete": "off"}),
    )

    def __init__(
        self,
        values: Mapping[str, str],
        problems: Problems,
        *,
        courses: Sequence[Course],
        counts: dict[str, int],
    ) -> None:
        super().__init__(values, auto_id="filter-%s")
        named = [("", _("All courses")), *((str(each.magento_product_id), each.name) for each in courses)]
        # Here and not above, because "from" is a word of Python.
        self.fields["status"] = _choice(_("Status"), _status_choices(counts))
        self.fields["from"] = day_field(_("Date from"))
        self.fields["to"] = day_field(_("Date to"))
        self.fields["course_id"] = _choice(_("Course"), named)
        self.fields["payment"] = _choice(_("Payment"), [("", _("Any payment")), *PaymentStatus.choices])
        # The fields check nothing themselves: what a value means has one place.
        for name, problem in problems.items():
            if name in self.fields:
                self.add_error(name, problem)


def _choice(label: str, choices: list[Any]) -> forms.Field:
    return forms.CharField(label=label, required=False, widget=forms.Select(choices=choices))


def _status_choices(counts: dict[str, int]) -> list[tuple[str, str]]:
    everything = ("", _("All (%(count)s)") % {"count": sum(counts.values())})
    each = [(status.value, f"{status.label} ({counts.get(status, 0)})") for status in BookingStatus]
    return [everything, *each]


class ConfirmForm(forms.Form):
    notes = forms.CharField(
        label=gettext_lazy("Note for our team"),
        max_length=LONGEST_NOTES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class _PartRefusedError(Exception):
    """A part of a form has said no, and shows why."""


class DeclineForm(forms.Form):
    """:param parts: what modules above ask besides"""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        error_messages={"required": policies.DeclineFormBlocker.UNKNOWN_REASON.label},
    )
    notes = forms.CharField(
        label=gettext_lazy("Additional notes"),
        max_length=LONGEST_NOTES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    # Carried over from the link in the mail, so that the booking remembers how it was declined.
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, parts: Sequence[FormPart] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts = parts

    @property
    def leading(self) -> FormPart | None:
        """The part that somebody came for."""
        return next((part for part in self.parts if part.heading), None)

    @property
    def following(self) -> list[FormPart]:
        return [part for part in self.parts if part is not self.leading]

    def is_valid(self) -> bool:
        """All of it is looked at: what is wrong anywhere is said at once."""
        return all([super().is_valid(), *(part.is_valid() for part in self.parts)])

    def send(
        self, decline: Callable[..., Decision], booking: Booking, *, by: By, at: datetime
    ) -> Decision | None:
        """Decline, and all that the parts add, or nothing of it; None when a part refuses. Valid forms only.

        :raises NotAllowed: with what stands in the way of the decline itself
        """
        try:
            with transaction.atomic():
                for part in self.parts:
                    with _answering(part):
                        part.prepare(actor=by.actor, at=at)
                notes = self.cleaned_data["notes"]
                decision = decline(booking, reason=self.chosen_reason, notes=notes, by=by, at=at)
                for part in self.parts if decision.is_new else ():
                    with _answering(part):
                        part.apply(decision.booking, actor=by.actor, at=at)
                # Somebody was faster: what was prepared belongs to a decline that did not happen.
                transaction.set_rollback(not decision.is_new)
        except _PartRefusedError:
            return None
        return decision

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


class EmergencyDeclineForm(DeclineForm):
    """A broken promise needs a reason and a note: somebody has to explain it to the customer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        notes = self.fields["notes"]
        notes.label, notes.required = gettext_lazy("Why, in a few words"), True
        notes.error_messages["required"] = str(policies.DeclineFormBlocker.NOTES_REQUIRED.label)


@contextmanager
def _answering(part: FormPart) -> Iterator[None]:
    try:
        yield
    except NotAllowed as refusal:
        part.refuse(refusal)
        raise _PartRefusedError from refusal
