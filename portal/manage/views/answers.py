"""How the staff's live pages answer: whole, or only the part that fetches itself again."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from portal.core.http import is_fragment


def page_or_part(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """:param template: "page.html#part"; htmx gets the part"""
    page, _, _part = template.partition("#")
    return render(request, template if is_fragment(request) else page, dict(context))


def page_number_of(request: HttpRequest) -> str | None:
    """Of the list that the button stood on."""
    return QueryDict(request.POST.get("back", "")).get("page")
