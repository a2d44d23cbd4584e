"""Sessions, with a look at the key before the database is asked for it."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore


class SessionStore(DatabaseSessionStore):
    """A cookie may carry anything, a null byte too, which PostgreSQL refuses: such a key is no session."""

    @staticmethod
    def _validate_session_key(key: str | None) -> bool:
        return key is not None and len(key) >= 8 and key.isascii() and key.isalnum()
