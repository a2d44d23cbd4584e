"""What keeps a user out."""

from django.conf import settings

from portal.accounts.models import User


def lacks_second_factor(user: User) -> bool:
    """Whether this user has to set up the second factor before seeing anything of other people."""
    return bool(settings.REQUIRE_MANAGER_MFA) and user.is_manager and user.second_factor_at is None
