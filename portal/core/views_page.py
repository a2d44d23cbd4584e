"""The small addresses that the frame of every page needs: the colour of the brand and the theme."""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from portal.core.context import THEME_COOKIE, THEMES

YEAR_SECONDS = 365 * 24 * 3600
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@require_safe
def brand_css(request: HttpRequest) -> HttpResponse:
    """BRAND_ACCENT as a style sheet: the policy of the pages allows no style inside them."""
    accent = settings.BRAND_ACCENT
    # Only a plain colour: the setting ends up in a style sheet that every page loads.
    css = f":root{{--brand:{accent}}}\n" if COLOUR.fullmatch(accent) else ""
    response = HttpResponse(css, content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """The toggle without JavaScript; with it, the page writes the same cookie itself."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    response = redirect(target)
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            THEME_COOKIE, chosen, max_age=YEAR_SECONDS, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    return response
