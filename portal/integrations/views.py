"""Calls of the providers behind the adapters."""

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from portal.core import fates
from portal.core.clock import now
from portal.core.http import is_longer_than, json_data, json_error
from portal.integrations.email import sendgrid_events

logger = logging.getLogger(__name__)

# A thousand events, the most that come at once, stay well below.
LARGEST_BODY = 2_000_000


@csrf_exempt
@require_POST
def mail_events(request: HttpRequest) -> HttpResponse:
    """What SendGrid says became of our mails: taken in at once, worked off by jobs."""
    if not settings.SENDGRID_WEBHOOK_PUBLIC_KEY:
        return json_error("not_found", _("There is nothing here."), status=404)
    if is_longer_than(request, LARGEST_BODY):
        return json_error("too_large", _("So many events do not come at once."), status=413)
    at = now()
    if not sendgrid_events.is_authentic(
        request.body,
        signature=request.headers.get("X-Twilio-Email-Event-Webhook-Signature", ""),
        timestamp=request.headers.get("X-Twilio-Email-Event-Webhook-Timestamp", ""),
        public_key=settings.SENDGRID_WEBHOOK_PUBLIC_KEY,
        at=at,
    ):
        return json_error("unauthorized", _("The signature is missing, wrong or old."), status=401)
    try:
        reports = sendgrid_events.reports_of(request.body, at=at)
    except ValueError:
        return json_error("bad_request", _("This is no list of events."), status=400)
    fates.owe_records(reports)
    return json_data({"accepted": len(reports)})
