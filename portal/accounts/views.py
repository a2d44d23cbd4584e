"""The language of the pages; signing in itself is allauth's."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as keep_language_in_cookie

from portal.accounts.models import User


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and language in dict(User._meta.get_field("language").choices or ()):
        request.user.language = language
        request.user.save(update_fields=["language"])
    return keep_language_in_cookie(request)
