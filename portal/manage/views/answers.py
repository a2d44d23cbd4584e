"""How the staff's live pages answer: whole, or only the part that fetches itself again."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.core.http import is_fragment


def page_or_part(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """:param template: "page.html#part"; htmx gets the part"""
    page, _, _part = template.partition("#")
    return render(request, template if is_fragment(request) else page, dict(context))
