"""The pages of bookings: addresses, fragments, and decisions made elsewhere."""

from portal.bookings import operations, queries
from portal.bookings.operations import By
from portal.conftest import NOON

HTMX = {"HX-Request": "true"}
ACTIONS = ("confirm", "decline", "undo")
LIST = "/dashboard/bookings"
SECRETS = ("Jürgen", "Müller", "juergen@example.com", "0171 39200 01")


def url(booking, action: str = "") -> str:
    return f"{LIST}/{booking.pk}" + (f"/{action}" if action else "")


def is_fragment(response) -> bool:
    return "<html" not in response.text


def confirm(booking, user, **values):
    return operations.confirm_booking(booking, by=By("portal", user), at=NOON, **values)


def decline(booking, user):
    reason = queries.reason_by_code("date_unavailable")
    return operations.decline_booking(booking, reason=reason, by=By("portal", user), at=NOON)
