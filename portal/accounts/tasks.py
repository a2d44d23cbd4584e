from portal.accounts import operations
from portal.accounts.queries import active_users
from portal.core.clock import now
from portal.core.jobs import task


@task("accounts.owe_password_reset")
def owe_password_reset(user_ids: list[int]) -> None:
    """Queued by every request for a new password, with nobody for an unknown address."""
    for user in active_users(user_ids):
        operations.owe_password_reset(user, at=now())
