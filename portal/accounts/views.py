"""The language of the pages, and allauth's views where ours differ: signing in and the second factor."""

from typing import Any
from urllib.parse import quote

from allauth.account.views import LoginView as AllauthLoginView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.contrib.auth import update_session_auth_hash
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as keep_language_in_cookie

from portal.accounts import operations, queries, sessions
from portal.accounts.models import User
from portal.core.clock import now


class LoginView(AllauthLoginView):  # type: ignore[misc]
    def form_valid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        # allauth has just given the session a life of its own.
        sessions.limit(self.request, at=now())
        return response


class SetUpSecondFactorView(ActivateTOTPView):  # type: ignore[misc]
    """The answer to the right code shows the recovery codes: this once, and at no address of their own."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if getattr(request.user, "second_factor_at", None):
            return redirect("mfa_index")
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def form_valid(self, form: Form) -> HttpResponse:
        user = operations.lock_user(self.request.user)
        if user.second_factor_at is not None:
            # Clicked twice: the other click has set it up.
            return redirect("mfa_index")
        super().form_valid(form)
        operations.second_factor_set_up(user, at=now())
        _stay_signed_in(self.request, user)
        return _show_codes(self.request, user, is_new=True)

    def get_success_url(self) -> str:
        return str(reverse_lazy("mfa_index"))


class RemoveSecondFactorView(DeactivateTOTPView):  # type: ignore[misc]
    def form_valid(self, form: Form) -> HttpResponse:
        user = operations.lock_user(self.request.user)
        if user.second_factor_at is None:
            return redirect("mfa_index")
        response: HttpResponse = super().form_valid(form)
        operations.second_factor_removed(user, at=now())
        _stay_signed_in(self.request, user)
        return response


class NewRecoveryCodesView(GenerateRecoveryCodesView):  # type: ignore[misc]
    success_url = reverse_lazy("mfa_index")

    def form_valid(self, form: Form) -> HttpResponse:
        user = operations.lock_user(self.request.user)
        super().form_valid(form)
        operations.owe_notice("recovery_codes_renewed", user, at=now())
        return _show_codes(self.request, user, is_new=False)


def _stay_signed_in(request: HttpRequest, user: User) -> None:
    """All other sessions have ended with the change; this one goes on, under another key."""
    update_session_auth_hash(request, user)
    request.user = user
    sessions.limit(request, at=now())


def _show_codes(request: HttpRequest, user: User, *, is_new: bool) -> HttpResponse:
    codes = queries.recovery_codes(user)
    # The file is in the page: the codes have no address from which they could be fetched again.
    download = f"data:text/plain;charset=utf-8,{quote(chr(10).join([*codes, '']))}"
    context: dict[str, Any] = {"codes": codes, "download": download, "is_new": is_new}
    return render(request, "mfa/recovery_codes/shown.html", context)


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and language in dict(User._meta.get_field("language").choices or ()):
        request.user.language = language
        request.user.save(update_fields=["language"])
    return keep_language_in_cookie(request)
