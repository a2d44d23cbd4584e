"""The mailbox: every mail as it was sent."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.core.http import is_fragment
from portal.demo import queries
from portal.integrations.models import DemoMail

PAGE = 30
# Nothing in a mail runs or loads, as in a careful mail program; links open in a tab of their own.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: https:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox "
    "allow-top-navigation-by-user-activation"
)
NEW_TAB = '<base target="_blank">'


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    to = request.GET.get("to", "").strip()
    page = Paginator(queries.mails(to), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "to": to, "recipients": queries.recipients()}
    template = "demo/mailbox.html#mails" if is_fragment(request) else "demo/mailbox.html"
    return render(request, template, context)


@require_safe
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "demo/mail.html", {"mail": _mail(pk)})


@require_safe
def mail_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML part alone, for the frame of the page: it is a stranger's document and gets no rights here."""
    response = HttpResponse(_opening_new_tabs(_mail(pk).html))
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _mail(pk: int) -> DemoMail:
    # Larger numbers are no ids; PostgreSQL would refuse them.
    found = queries.mail_by_id(pk) if pk < 2**63 else None
    if found is None:
        raise Http404
    return found


def _opening_new_tabs(html: str) -> str:
    start = html.lower().find("<head")
    end = html.find(">", start) + 1 if start >= 0 else 0
    return f"{html[:end]}{NEW_TAB}{html[end:]}"
