"""How allauth behaves here."""

from time import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest
from django.urls import reverse

from portal.accounts import sessions
from portal.accounts.models import User
from portal.accounts.operations import owe_notice
from portal.core.clock import now

# allauth's name of a notice → our kind of mail. Those about the second factor are owed by our views, in the
# transaction of the change: allauth would send them only after it.
_NOTICES = {
    "account/email/password_changed": "password_changed",
    "account/email/password_set": "password_changed",
    "account/email/password_reset": "password_changed",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by themselves: partners and managers are invited."""
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        sessions.limit(request, at=now())

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who has typed the password in the last minutes, to sign in or again, need not do it once more."""
        records = get_authentication_records(self.request, self.request.user)
        typed = [record["at"] for record in records if record["method"] == "password"]
        return not typed or time() - max(typed) >= app_settings.REAUTHENTICATION_TIMEOUT

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """By the password alone: a phone may lie beside the open computer."""
        if not user.is_authenticated or not user.has_usable_password():
            return []
        return [{"id": "reauthenticate", "description": "", "url": reverse("account_reauthenticate")}]

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any, **kwargs: Any) -> None:
        """Through the outbox, with the commit of what it tells of."""
        if kind := _NOTICES.get(template_prefix):
            owe_notice(kind, user, at=now())

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """:raises LookupError: always. A mail that does not go through the outbox is a mistake of ours"""
        raise LookupError(f"{template_prefix} does not go through the outbox.")

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """No "you have signed in" notes: the page that follows says enough."""
