"""The small shop's pictures."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portal.demo.pictures import picture


@require_safe
def media(request: HttpRequest, name: str) -> HttpResponse:
    svg = picture(name)
    if svg is None:
        raise Http404
    response = HttpResponse(svg, content_type="image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
