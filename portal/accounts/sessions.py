"""Sessions, with a look at the key before the database is asked for it, and their length."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.http import HttpRequest


class SessionStore(DatabaseSessionStore):
    """A cookie may carry anything, a null byte too, which PostgreSQL refuses: such a key is no session."""

    @staticmethod
    def _validate_session_key(key: str | None) -> bool:
        return key is not None and len(key) >= 8 and key.isascii() and key.isalnum()


def limit(request: HttpRequest, *, at: datetime) -> None:
    """The staff, who see everybody's data, sign in every day; a session of theirs is never prolonged."""
    if getattr(request.user, "is_manager", False):
        request.session.set_expiry(at + timedelta(hours=settings.MANAGER_SESSION_HOURS))
