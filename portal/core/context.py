"""What every page knows: whose brand it carries, whether it is the demo, the menu, the theme, the time."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal.core import registry
from portal.core.clock import now

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"


def page(request: HttpRequest) -> dict[str, Any]:
    """`now` is when the page was made: filters leave the year out of days in the same one."""
    return {
        "brand": {
            "name": settings.BRAND_NAME,
            "support_email": settings.BRAND_SUPPORT_EMAIL,
            "support_phone": settings.BRAND_SUPPORT_PHONE,
            "accent": settings.BRAND_ACCENT,
            "url": settings.BRAND_URL,
        },
        "demo": settings.DEMO,
        # Asked once and only by pages that show it: fragments and mailed links have no menu.
        "menu": SimpleLazyObject(lambda: registry.menu_for(request)),
        "theme": theme(request),
        "now": now(),
    }


def theme(request: HttpRequest) -> str:
    """What the cookie says; without one, what the device prefers ("auto")."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "auto"
