"""Forms of dates: the plan of one, and what its seats panel asks."""

from dataclasses import replace
from datetime import time
from typing import Any, cast
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.refusals import NotAllowed
from portal.core.widgets import (
    DateInput,
    MoneyField,
    TimeInput,
    only_printable,
    only_printable_lines,
    time_zones,
)
from portal.courses.models import Course
from portal.dates.models import CourseDate, SeatEntry
from portal.dates.plans import DEADLINE_HOURS, LONGEST, LONGEST_LOCATION, LONGEST_NOTES, MOST_CENTS, DatePlan
from portal.dates.policies import FIELDS
from portal.dates.seat_policies import MOST_AT_ONCE, MOST_SEATS

WHEN = ("starts_on", "starts_time", "ends_time", "duration_minutes", "time_zone")
# All that stands behind "more": it opens by itself when something is wrong there.
MORE = ("min_participants", "booking_deadline_hours", "time_zone")
_LONGEST_MINUTES = round(LONGEST.total_seconds() / 60)


def _deadlines() -> list[tuple[int, Any]]:
    before = gettext("%(hours)s hours before it begins")
    return [
        (hours, before % {"hours": hours} if hours else gettext("when it begins")) for hours in DEADLINE_HOURS
    ]


class _ClockField(forms.TimeField):
    """Hours and minutes: nobody plans seconds."""

    widget = TimeInput

    def to_python(self, value: Any) -> time | None:
        clock: time | None = super().to_python(value)
        return clock and clock.replace(second=0, microsecond=0)


class PlanForm(forms.Form):
    """The plan of a date. End and duration say the same: whichever was changed counts.

    :param locked: day, times and zone stay as they are, since somebody has booked
    """

    starts_on = forms.DateField(
        label=_("Day"),
        widget=DateInput(),
        error_messages={"required": _("Please say on which day it takes place.")},
    )
    starts_time = _ClockField(
        label=_("Beginning"), error_messages={"required": _("Please say when it begins.")}
    )
    ends_time = _ClockField(label=_("End"), required=False)
    duration_minutes = forms.IntegerField(
        label=_("Duration in minutes"), required=False, min_value=1, max_value=_LONGEST_MINUTES
    )
    capacity = forms.IntegerField(label=_("Seats"), required=False, min_value=0, max_value=MOST_SEATS)
    price_cents = MoneyField(label=_("Price per seat in euros"), required=False, most_cents=MOST_CENTS)
    location = forms.CharField(
        label=_("Place"), required=False, max_length=LONGEST_LOCATION, validators=[only_printable]
    )
    notes = forms.CharField(
        label=_("Notes for your team"),
        required=False,
        max_length=LONGEST_NOTES,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[only_printable_lines],
    )
    min_participants = forms.IntegerField(
        label=_("Minimum number of participants"), required=False, min_value=0, max_value=MOST_SEATS
    )
    booking_deadline_hours = forms.TypedChoiceField(
        label=_("Bookings end"), coerce=int, required=False, choices=_deadlines
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)
    # What stood in the two fields when the form was shown: it tells which of them somebody has changed.
    ends_was = _ClockField(required=False, widget=forms.HiddenInput)
    duration_was = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, plan: DatePlan, locked: bool = False, **kwargs: Any) -> None:
        self.before = plan.laid_out()
        super().__init__(
            *args, **{**kwargs, "initial": {**_initial(self.before), **kwargs.get("initial", {})}}
        )
        zone = cast("forms.ChoiceField", self.fields["time_zone"])
        if not any(plan.time_zone == name for _group, names in time_zones() for name, _city in names):
            zone.choices = [(plan.time_zone, plan.time_zone), *time_zones()]
        for name in WHEN if locked else ():
            # What was sent all the same was typed before somebody booked: the operation refuses it by name.
            if not self.is_bound or name not in self.data:
                self.fields[name].disabled, self.fields[name].required = True, False

    def plan(self) -> DatePlan:
        """What was typed; valid forms only."""
        values = {name: self._said(name) for name in _initial(self.before) if not name.endswith("_was")}
        for name in ("min_participants", "booking_deadline_hours"):
            values[name] = values[name] or 0
        plan = DatePlan(**values)
        return plan if plan.when == self.before.when else self._with_one_length(plan)

    def refuse(self, refusal: NotAllowed) -> None:
        """Say it where it belongs."""
        self.add_error(FIELDS.get(refusal.blocker), refusal.message)

    @property
    def has_more_to_say(self) -> bool:
        return any(name in self.errors for name in MORE)

    def _said(self, name: str) -> Any:
        return self.cleaned_data[name]

    def _with_one_length(self, plan: DatePlan) -> DatePlan:
        typed = self.cleaned_data
        if plan.ends_time is None or plan.duration_minutes is None:
            return plan
        if typed["ends_time"] == typed["ends_was"]:
            # Neither was touched, or the duration was: a date that moves keeps its length.
            return replace(plan, ends_time=None)
        is_as_it_was = typed["duration_minutes"] == typed["duration_was"]
        return replace(plan, duration_minutes=None) if is_as_it_was else plan


class ChangeDateForm(PlanForm):
    """The plan of a date that is there. What others change while somebody types stays, field by field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = not isinstance(field.widget, forms.HiddenInput)

    def as_shown(self) -> list[Any]:
        """Beside each field what it was shown with: it tells whether somebody has changed it."""
        fields = [self[name] for name, field in self.fields.items() if field.show_hidden_initial]
        return [each.as_hidden(only_initial=True) for each in fields if not each.field.disabled]

    def _said(self, name: str) -> Any:
        # Who does not say what the field was shown with means what was sent.
        is_known = self.add_initial_prefix(name) in self.data
        is_untouched = is_known and name not in self.changed_data
        return getattr(self.before, name) if is_untouched else super()._said(name)


class NewDateForm(PlanForm):
    """A date of one of the partner's courses. Sent twice, it makes one date."""

    course = forms.ModelChoiceField(
        label=_("Course"),
        queryset=Course.objects.none(),
        empty_label=_("Please choose"),
        error_messages={
            "required": _("Please choose the course."),
            "invalid_choice": _("Please choose one of your courses."),
        },
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ("course",)

    def __init__(self, *args: Any, courses: Any, course: Course | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": {"course": course, "key": uuid4()}})
        cast("Any", self.fields["course"]).queryset = courses

    def clean_course(self) -> Course:
        course: Course = self.cleaned_data["course"]
        return course

    @property
    def once(self) -> UUID:
        key: UUID = self.cleaned_data["key"]
        return key

    def plan(self) -> DatePlan:
        """What was left empty is as the course says."""
        plan, course = super().plan(), self.cleaned_data["course"]
        if plan.ends_time is None and plan.duration_minutes is None:
            plan = replace(plan, duration_minutes=course.duration_minutes)
        price = course.price_cents if plan.price_cents is None else plan.price_cents
        return replace(plan, price_cents=price, location=plan.location or course.location)


def _initial(plan: DatePlan) -> dict[str, Any]:
    names = PlanForm.base_fields.keys() - {"ends_was", "duration_was"}
    values = {name: getattr(plan, name) for name in names}
    return {**values, "ends_was": plan.ends_time, "duration_was": plan.duration_minutes}


class TakeForm(forms.Form):
    """Seats sold elsewhere or blocked. Its key makes that a second tap takes nothing."""

    quantity = forms.IntegerField(
        label=_("Seats"),
        min_value=1,
        max_value=MOST_AT_ONCE,
        error_messages={"required": _("Please say how many seats.")},
    )
    note = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=SeatEntry._meta.get_field("note").max_length,
        validators=[only_printable],
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": {"key": uuid4()}})


class CapacityForm(forms.Form):
    capacity = forms.IntegerField(
        label=_("Seats in all"),
        min_value=0,
        max_value=MOST_SEATS,
        error_messages={"required": _("Please say how many seats there are.")},
    )

    def __init__(self, *args: Any, course_date: CourseDate, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": {"capacity": course_date.capacity}})
