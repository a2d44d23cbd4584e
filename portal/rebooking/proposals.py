"""What the form that declines a booking asks of dates to propose: dates that there are, and one typed on the spot."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.bookings.models import Booking
from portal.core.refusals import NotAllowed
from portal.core.registry import Text
from portal.core.widgets import DateInput, TimeInput
from portal.core.wording import say_day
from portal.dates import operations as dates
from portal.dates.models import CourseDate
from portal.dates.plans import DatePlan, plan_for_new, plan_of
from portal.dates.policies import FIELDS, create_blocker
from portal.dates.seat_policies import MOST_SEATS
from portal.dates.seats import Seats, seats_of
from portal.dates.wording import hours
from portal.rebooking.operations.proposing import lock_dates, propose_dates
from portal.rebooking.prices import policy_of
from portal.rebooking.proposal_policies import ProposalBlocker, Proposing, proposal_blocker
from portal.rebooking.queries import refused_date_ids
from portal.rebooking.queries_partner import dates_to_propose

RANKS = ("first", "second", "third")
_NEW = ("starts_on", "starts_time", "ends_time", "capacity")
_SAID = {
    ProposalBlocker.TOO_FEW: gettext_lazy("%(count)s free, %(needed)s needed"),
    ProposalBlocker.SEATS_UNKNOWN: gettext_lazy("number of seats not known"),
    ProposalBlocker.TOO_EXPENSIVE: gettext_lazy("costs more than was paid"),
    ProposalBlocker.NOT_ON_SALE: gettext_lazy("not on sale in the shop"),
}
# Stands in the address of whoever came to propose another date.
CHANGE = "change"


@dataclass(frozen=True)
class Choice:
    """A date that could be proposed, as a line to choose."""

    course_date: CourseDate
    text: str
    blocker: ProposalBlocker | None


class _DateSelect(forms.Select):
    """What has too few seats can be read, but not chosen."""

    off: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.off:
            option["attrs"]["disabled"] = True
        return option


class ProposalForm(forms.Form):
    """A part of the form that declines: see `registry.FormPart`.

    A new date comes after those that are chosen. Sent twice, it makes one date.
    """

    first = forms.ChoiceField(label=gettext_lazy("1st proposal"), required=False, widget=_DateSelect)
    second = forms.ChoiceField(label=gettext_lazy("2nd proposal"), required=False, widget=_DateSelect)
    third = forms.ChoiceField(label=gettext_lazy("3rd proposal"), required=False, widget=_DateSelect)
    starts_on = forms.DateField(label=gettext_lazy("Day"), required=False, widget=DateInput())
    starts_time = forms.TimeField(label=gettext_lazy("Beginning"), required=False, widget=TimeInput())
    ends_time = forms.TimeField(label=gettext_lazy("End"), required=False, widget=TimeInput())
    capacity = forms.IntegerField(
        label=gettext_lazy("Seats"), required=False, min_value=1, max_value=MOST_SEATS
    )
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    change = forms.BooleanField(required=False, widget=forms.HiddenInput)

    prefix = "proposal"
    heading: Text = ""
    button: Text = ""

    def __init__(self, data: Any, *, booking: Booking, at: datetime, is_change: bool) -> None:
        self.booking, self.at = booking, at
        self.chosen: list[CourseDate] = []
        self.made: CourseDate | None = None
        self.plan_before = _plan_for(booking)
        initial = {"starts_time": self.plan_before.starts_time, "capacity": self.plan_before.capacity}
        super().__init__(data, initial={**initial, "key": uuid4(), "change": is_change or None})
        if is_change:
            self.heading, self.button = _("Propose another date"), _("Decline and propose")
        self.proposing = Proposing(booking, policy_of(booking.partner_id), refused_date_ids(booking), at)
        self.choices = _choices(self.proposing)
        self._offer_choices()
        if len(self.selects) == 1:
            self.fields["first"].label = _("Proposal")

    # --- A part of a form

    @property
    def html(self) -> str:
        return render_to_string("rebooking/_proposals.html", {"form": self, "is_change": bool(self.heading)})

    def prepare(self, *, actor: str, at: datetime) -> None:
        # The course is locked for it: before the dates, as whoever reads the catalog does.
        self.made = self._create_date(actor=actor, at=at) if self.wants_new else None
        self.chosen = lock_dates(self.booking, self._chosen_ids)

    def apply(self, about: Booking, *, actor: str, at: datetime) -> None:
        if proposed := [*self.chosen, *([self.made] if self.made else [])]:
            propose_dates(about, proposed, actor=actor, at=at)

    def refuse(self, refusal: NotAllowed) -> None:
        self.add_error(FIELDS.get(refusal.blocker), refusal.message)

    # --- What is asked

    @property
    def selects(self) -> list[forms.BoundField]:
        """No more than there are dates to choose."""
        most = sum(each.blocker is None for each in self.choices)
        return [self[name] for name in RANKS[: max(most, 1 if self.choices else 0)]]

    @property
    def is_open(self) -> bool:
        """Whether something stands in it that nobody should have to look for."""
        return self.is_bound and (bool(self.errors) or bool(self._chosen_ids) or self.wants_new)

    @property
    def wants_new(self) -> bool:
        """Whether anything was typed of a new date, beside what stood there."""
        typed = {name: self.cleaned_data.get(name) for name in _NEW}
        return any(value not in (None, self.initial.get(name)) for name, value in typed.items())

    @property
    def usual_minutes(self) -> int | None:
        return self.plan_before.duration_minutes

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        by_id = {str(each.course_date.pk): each for each in self.choices}
        seen: set[str] = set()
        for name in RANKS:
            value = data.get(name, "")
            if value in seen:
                self.add_error(name, str(ProposalBlocker.TWICE.label))
            elif value and (blocker := by_id[value].blocker):
                self.add_error(name, str(blocker.label))
            seen |= {value} - {""}
        if self.wants_new:
            self._check_new()
        elif self.heading and not seen and not self.errors:
            field = "first" if self.selects else "starts_on"
            self.add_error(field, _("Please choose at least one date, or enter a new one."))
        return data

    def _offer_choices(self) -> None:
        lines = [("", _("Please choose")), *((str(each.course_date.pk), each.text) for each in self.choices)]
        off = frozenset(str(each.course_date.pk) for each in self.choices if each.blocker)
        for name in RANKS:
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = lines
            field.error_messages["invalid_choice"] = _(
                "This date cannot be proposed (any more). Please choose one from the list."
            )
            field.widget.off = off

    def _check_new(self) -> None:
        if any(name in self.errors for name in _NEW):
            return
        plan = self._plan()
        if blocker := create_blocker(plan, at=self.at):
            self.add_error(FIELDS.get(blocker), str(blocker.label))
        elif not_chosen := proposal_blocker(self.proposing, self._as_date(plan), Seats(plan.capacity)):
            is_about_seats = not_chosen == ProposalBlocker.TOO_FEW
            self.add_error("capacity" if is_about_seats else "starts_on", str(not_chosen.label))

    def _create_date(self, *, actor: str, at: datetime) -> CourseDate:
        key = self.cleaned_data["key"]
        booking = self.booking
        return dates.create_date(booking.partner, booking.course, self._plan(), actor=actor, at=at, key=key)

    def _plan(self) -> DatePlan:
        """As the declined one, but for what was typed."""
        typed, before = self.cleaned_data, self.plan_before
        ends_time = _to_the_minute(typed["ends_time"])
        capacity = typed["capacity"] or before.capacity
        return replace(
            before,
            starts_on=typed["starts_on"],
            starts_time=_to_the_minute(typed["starts_time"]),
            ends_time=ends_time,
            duration_minutes=None if ends_time else before.duration_minutes,
            capacity=capacity,
            min_participants=min(before.min_participants, capacity or 0),
        )

    def _as_date(self, plan: DatePlan) -> CourseDate:
        """As it would be, to be asked about."""
        return CourseDate(
            partner_id=self.booking.partner_id,
            course=self.booking.course,
            starts_on=plan.starts_on,
            starts_at=plan.starts_at,
            price_cents=plan.price_cents,
            currency=self.booking.course.currency,
            booking_deadline_hours=plan.booking_deadline_hours,
        )

    @property
    def _chosen_ids(self) -> list[int]:
        return [int(self.cleaned_data[name]) for name in RANKS if self.cleaned_data.get(name)]


def make_part(request: HttpRequest, about: Mapping[str, Any]) -> ProposalForm:
    """For `registry.add_form_part("decline_booking", …)`."""
    values = request.POST if request.method == "POST" else None
    is_change = bool(request.GET.get(CHANGE)) if values is None else bool(values.get("proposal-change"))
    return ProposalForm(values, booking=about["booking"], at=about["now"], is_change=is_change)


def _choices(proposing: Proposing) -> list[Choice]:
    """What nobody could choose is left out, unless a number of the partner's stands in the way."""
    booking, at = proposing.booking, proposing.at
    found = list(dates_to_propose(booking, at=at))
    seats = seats_of(found, at=at)
    blockers = {each.pk: proposal_blocker(proposing, each, seats[each.pk]) for each in found}
    return [
        Choice(each, _line(each, seats[each.pk], blockers[each.pk], proposing), blockers[each.pk])
        for each in found
        if blockers[each.pk] in (None, *_SAID)
    ]


def _line(
    course_date: CourseDate, seats: Seats, blocker: ProposalBlocker | None, proposing: Proposing
) -> str:
    """ "Sa., 8. Februar, 18:00–21:00 · 5 freie Plätze", or why it cannot be chosen."""
    assert course_date.starts_on is not None
    free = ngettext("%(count)s free seat", "%(count)s free seats", seats.shown_free or 0)
    text = str(_SAID[blocker]) if blocker else free
    values = {"count": seats.shown_free, "needed": proposing.booking.participants}
    return f"{say_day(course_date.starts_on, proposing.at)}, {hours(course_date)} · {text % values}"


def _plan_for(booking: Booking) -> DatePlan:
    """What a new date begins with: as the one that is declined, and enough seats for this booking."""
    course, declined = booking.course, booking.course_date
    plan = plan_for_new(course, own_zone=booking.zone)
    if declined is None:
        return replace(plan, capacity=booking.participants)
    was = plan_of(declined)
    return replace(
        was,
        starts_on=None,
        ends_time=None,
        duration_minutes=was.duration_minutes or plan.duration_minutes,
        capacity=max(booking.participants, was.capacity or 0),
        price_cents=plan.price_cents if was.price_cents is None else was.price_cents,
        location=was.location or plan.location,
        notes="",
    )


def _to_the_minute(clock: time | None) -> time | None:
    """Nobody plans seconds."""
    return clock and clock.replace(second=0, microsecond=0)
