"""What pages of members and of staff do alike with a date that falls through, and say about it."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from portal.bookings.date_changes import operations, queries
from portal.bookings.date_changes.forms import FallThroughForm
from portal.bookings.models import CancelledBooking
from portal.bookings.operations import By
from portal.core.refusals import NotAllowed
from portal.dates.models import CourseDate


def entry_or_404(course_date: CourseDate, entry_pk: int) -> CancelledBooking:
    """Of what stands; an undone cancellation is history."""
    entry = CancelledBooking.objects.filter(
        cancellation__course_date=course_date, cancellation__undone_at=None, pk=entry_pk
    ).first()
    if entry is None:
        raise Http404
    return entry


def cancel(
    request: HttpRequest, course_date: CourseDate, form: FallThroughForm, *, by: By, at: datetime
) -> bool:
    """Cancel the date and say so; False when it cannot be, which the form says then."""
    try:
        made = operations.cancel_whole_date(
            course_date, reason=form.chosen_reason, notes=form.cleaned_data["notes"], by=by, at=at
        )
    except NotAllowed as refusal:
        form.add_error(None, refusal.message)
        return False
    if made.created_at == at:
        # Calm, not cheerful: many evenings have just been called off.
        messages.info(request, _("The date is cancelled. Below you see who has heard of it."))
    else:
        messages.info(request, _("Somebody was faster: this date is cancelled already."))
    return True


def take_back(request: HttpRequest, course_date: CourseDate, *, by: By, at: datetime) -> bool:
    """Undo the cancellation and say so; False when that is over."""
    cancellation = queries.standing_cancellation(course_date)
    try:
        if cancellation is not None:
            operations.undo_date_cancellation(cancellation, by=by, at=at)
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
        return False
    messages.success(
        request, _("Undone: the date takes place, all bookings are back. Nobody outside has been told.")
    )
    return True
