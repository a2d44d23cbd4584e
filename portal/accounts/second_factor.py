"""The second factor as allauth is to do it here: how its secrets are kept and shown, and that a code works once."""

import base64
from functools import lru_cache
from typing import Any, ClassVar

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User

# As long as a code can be right: its own half minute and those before and after.
_CODE_SECONDS = 30 * (2 * settings.MFA_TOTP_TOLERANCE + 1)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is wrong or was used already. Please enter the one shown now."),
    }

    def get_totp_issuer(self) -> str:
        return f"{settings.BRAND_NAME} Partner Portal"

    def encrypt(self, text: str) -> str:
        return _fernet(settings.SECRET_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """:raises InvalidToken: when SECRET_KEY has changed"""
        return _fernet(settings.SECRET_KEY).decrypt(encrypted_text.encode()).decode()


@lru_cache(maxsize=2)
def _fernet(secret: str) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"partner portal: second factor").derive(
        secret.encode()
    )
    return Fernet(base64.urlsafe_b64encode(derived))


def use_up(user: User, code: str) -> bool:
    """Take a right code out of use. False when somebody, at whichever process, was first."""
    key = f"second-factor:{user.pk}:{normalize_user_code(code)}"
    return bool(cache.add(key, True, timeout=_CODE_SECONDS))
