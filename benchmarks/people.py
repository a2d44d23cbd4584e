"""Members of some partners and one manager, with the session and the token that each would sign in to."""

from dataclasses import dataclass
from typing import Any

import django


@dataclass(frozen=True)
class Visitor:
    user_id: int
    cookie: str
    bearer: str


def make_visitors(count: int, *, of: int) -> tuple[list[int], list[Visitor], Visitor]:
    """An owner for `count` of the `of` partners, large and small; the manager comes last. Safe to repeat."""
    django.setup()
    from portal.accounts.models import User  # noqa: PLC0415 -- needs Django set up
    from portal.core.clock import now  # noqa: PLC0415
    from portal.core.tenancy import register_system_reason, system  # noqa: PLC0415
    from portal.partners.models import Member  # noqa: PLC0415

    partners = [1 + number * of // count for number in range(count)]
    with system(register_system_reason("benchmark")):
        users = []
        for partner in partners:
            email = f"owner{partner}@example.org"
            user = User.objects.filter(email=email).first() or User.objects.create_user(
                email, "secret-benchmark"
            )
            Member.objects.get_or_create(
                partner_id=partner, user=user, defaults={"role": "owner", "joined_at": now()}
            )
            users.append(user)
        manager = User.objects.filter(email="manager@example.org").first() or User.objects.create_user(
            "manager@example.org", "secret-benchmark", is_manager=True
        )
        visitors = [_sign_in(each) for each in [*users, manager]]
    return partners, visitors[:-1], visitors[-1]


def _sign_in(user: Any) -> Visitor:
    from django.test import Client  # noqa: PLC0415

    from portal.accounts.tokens import issue_pair  # noqa: PLC0415
    from portal.core.clock import now  # noqa: PLC0415

    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    token = issue_pair(user, at=now()).access
    return Visitor(user.pk, f"Cookie: sessionid={session}", f"Authorization: Bearer {token}")
