"""The app on somebody's phone, and its owner at the browser."""

import base64
import hashlib
import hmac
import struct
import time

from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.core import tenancy
from portal.core.models import Audit, OutboxMail

LOGIN, CODE, SECURITY = reverse("account_login"), reverse("mfa_authenticate"), reverse("mfa_index")
SET_UP, REMOVE = reverse("mfa_activate_totp"), reverse("mfa_deactivate_totp")
NEW_CODES, PASSWORD = reverse("mfa_generate_recovery_codes"), reverse("account_reauthenticate")


def code_of(secret: str, *, later_seconds: int = 0) -> str:
    """What an app shows (RFC 6238), worked out without the code under test."""
    step = int(time.time() + later_seconds) // 30
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def sign_in(client: Client, email: str, password: str = "secret", **more: str):
    return client.post(LOGIN, {"login": email, "password": password, **more})


def set_up(client: Client) -> tuple[str, list[str]]:
    """By the pages, as somebody who has just signed in. :returns: the app's secret and the recovery codes"""
    secret = client.get(SET_UP).context["form"].secret
    answer = client.post(SET_UP, {"code": code_of(secret)})
    assert answer.status_code == 200, answer.headers
    return secret, answer.context["codes"]


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def owed() -> list[tuple[str, str, str]]:
    with tenancy.system("tests"):
        return list(OutboxMail.objects.order_by("pk").values_list("kind", "recipient", "audience"))


def trail_of(user: User) -> list[tuple[str, dict, dict]]:
    with tenancy.system("tests"):
        rows = Audit.objects.filter(table_name="miomente_partner_portal_users", row_id=str(user.pk))
        return [(row.actor, row.old, row.new) for row in rows.exclude(old=None).order_by("id")]
