"""How allauth behaves here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from portal.accounts.models import User
from portal.accounts.operations import owe_password_reset
from portal.core.clock import now


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by themselves: partners and managers are invited."""
        return False

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Through the outbox: a mail server that is away must neither break the page nor tell who is known."""
        owe_password_reset(user, at=now())

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """No "you have signed in" notes: the page that follows says enough."""
