from collections.abc import Collection, Iterable

from allauth.mfa.models import Authenticator

from portal.accounts.models import User


def active_users(user_ids: Collection[int]) -> list[User]:
    return list(User.objects.filter(pk__in=user_ids, is_active=True).order_by("pk"))


def user_by_id(user_id: int) -> User | None:
    return User.objects.filter(pk=user_id).first()


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """By actor, with one query; of those only who are people."""
    ids = {int(actor[5:]) for actor in actors if actor.startswith("user:")}
    return {user.actor: str(user) for user in User.objects.filter(pk__in=ids)} if ids else {}


def recovery_codes(user: User) -> list[str]:
    """Those that still work, to be shown once, when they are made."""
    kept = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return kept.wrap().get_unused_codes() if kept else []
