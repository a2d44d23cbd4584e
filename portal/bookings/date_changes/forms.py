"""The form by which a whole date falls through."""

from django.utils.translation import gettext_lazy as _

from portal.bookings.forms import EmergencyDeclineForm


class FallThroughForm(EmergencyDeclineForm):
    """As for a single promise: a reason and a note, from which our team explains it to the customers."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["notes"].label = _("What happened, in a few words")
