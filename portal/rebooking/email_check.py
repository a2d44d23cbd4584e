"""Whether somebody is the customer whose booking it is: the page and the API ask alike."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.core.rate_limits import Limit, forget, hit
from portal.rebooking.models import Rebooking

# Whoever has the mail, forwarded or stolen, may not guess on until it fits.
_TRIES = Limit("rebook-email", 5, 3600.0)


class EmailBlocker(TextChoices):
    MISMATCH = (
        "email_mismatch",
        _("The booking was not made with this e-mail address. Please use the one that our e-mails go to."),
    )
    TOO_MANY_TRIES = (
        "too_many_attempts",
        _(
            "This e-mail address did not fit too often. Please try again later, or write to us: we gladly help."
        ),
    )


@dataclass(frozen=True)
class EmailCheck:
    blocker: EmailBlocker | None
    # With TOO_MANY_TRIES: until another try counts.
    retry_after_seconds: int = 0

    @property
    def is_right(self) -> bool:
        return self.blocker is None


def check_email(rebooking: Rebooking, typed: str) -> EmailCheck:
    """Whether `typed` is the address that the booking was made with. Of each link five tries an hour may be wrong.

    Call it before anything is locked, and answer a wrong one with a status below 500, so that the try stays counted.
    Tries of one link wait for each other, so that not one more is made by many at once.
    """
    key = f"rebook-email:{rebooking.pk}"
    count = hit(key, _TRIES)
    if count and not count.is_allowed:
        return EmailCheck(EmailBlocker.TOO_MANY_TRIES, count.retry_after_seconds)
    right = rebooking.original_booking.customer.email.strip().casefold()
    # An erased customer has none.
    if not right or typed.strip().casefold() != right:
        return EmailCheck(EmailBlocker.MISMATCH)
    forget(key)
    return EmailCheck(None)
