"""The one place that gives a request its scope."""

from collections.abc import Callable

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from portal.partners.access import enter_scope

# The first two say whether the process lives and must not need the database for it. The clock takes a
# transaction for each thing that is due, so that one that fails takes no other back; so do several confirmations.
_WITHOUT_SCOPE = ("/healthz", "/readyz", "/api/cron/booking-reminders", "/dashboard/bookings/confirm")


class PartnerScopeMiddleware:
    """One transaction per request, in the scope of its partner; an answer of 500 and above rolls it back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in _WITHOUT_SCOPE:
            return self.get_response(request)
        is_new = not connection.in_atomic_block
        with transaction.atomic():
            enter_scope(request, is_new=is_new)
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response
