"""allauth's forms, with our words and what we ask beyond them."""

import logging
from typing import Any

from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from cryptography.fernet import InvalidToken
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.accounts import second_factor
from portal.core import jobs

logger = logging.getLogger(__name__)


class ResetPasswordForm(AllauthResetPasswordForm):  # type: ignore[misc]
    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """The same work whether the address is known or not: how long it takes must not tell."""
        jobs.defer("accounts.owe_password_reset", user_ids=[user.pk for user in self.users])
        return str(self.cleaned_data["email"])


class _OnceMixin:
    """A code works once, for as long as it could be right; allauth itself forgets it after half a minute."""

    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except InvalidToken as error:
            logger.error("The second factor of user %s was made under another SECRET_KEY", self.user.pk)  # type: ignore[attr-defined]
            raise get_adapter().validation_error("incorrect_code") from error
        authenticator = getattr(self, "authenticator", None)
        is_recovery = authenticator and authenticator.type == Authenticator.Type.RECOVERY_CODES
        if not is_recovery and not second_factor.use_up(self.user, code):  # type: ignore[attr-defined]
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(_OnceMixin, AuthenticateForm):  # type: ignore[misc]
    """At the sign-in: a code from the app, or a recovery code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )


class ActivateForm(_OnceMixin, ActivateTOTPForm):  # type: ignore[misc]
    code = forms.CharField(
        label=_("Six digits from the app"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
