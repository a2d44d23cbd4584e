"""`portal check`: all that is wrong with the settings, then one question to every outside system."""

from collections.abc import Callable, Iterable

from portal.runtime import configuration
from portal.runtime.failure import Failure


def check() -> None:
    """Print one line per part.

    :raises Failure: when anything is wrong, after everything was asked
    """
    configuration.require_settings()
    import django  # noqa: PLC0415 -- after the settings were found to be right

    django.setup()
    from django.db import connection  # noqa: PLC0415 -- needs Django set up

    # A pool would keep trying for a while before it says why.
    connection.settings_dict["OPTIONS"]["pool"] = False
    from portal.integrations import email, tickets  # noqa: PLC0415 -- needs Django set up

    print("settings   fine")
    parts: list[tuple[str, Callable[[], Iterable[str]]]] = [
        ("database", _database_problems),
        ("shop", _shop_problems),
        ("tickets", lambda: tickets.ticket_desk().check()),
        ("email", lambda: email.email_sender().check()),
    ]
    if sum([_report(name, ask) for name, ask in parts]):
        raise Failure("Something needs attention; see above.")


def _report(name: str, ask: Callable[[], Iterable[str]]) -> bool:
    """True when there is a problem."""
    try:
        problems = list(ask())
    except Exception as problem:
        # Whatever a system answers, the other systems are asked, too.
        problems = [f"it could not be asked: {type(problem).__name__}: {problem}".strip()]
    if not problems:
        print(f"{name:10} fine")
    for sentence in problems:
        print(f"{name:10} {sentence}")
    return bool(problems)


def _shop_problems() -> Iterable[str]:
    from django.conf import settings  # noqa: PLC0415 -- needs Django set up

    from portal.integrations.shop import order_source  # noqa: PLC0415 -- as above

    return order_source().check() if settings.HAS_SHOP else []


def _database_problems() -> Iterable[str]:
    from django.db import DatabaseError, connection  # noqa: PLC0415 -- needs Django set up

    from portal.runtime.health import pending_migrations  # noqa: PLC0415 -- as above

    try:
        with connection.cursor() as cursor:
            cursor.execute(_ROLE)
            role, is_superuser, bypasses, owned = cursor.fetchone()
        missing = pending_migrations()
    except DatabaseError as problem:
        yield f"DATABASE_URL does not answer: {str(problem).strip().splitlines()[0]}"
        return
    if is_superuser or bypasses:
        yield f"The role {role} is above row level security; use one without SUPERUSER and BYPASSRLS."
    if owned:
        yield f"The role {role} owns {owned} tables; use one that owns nothing, and migrate as the owner."
    if missing:
        yield f"{len(missing)} migrations are missing, the first is {missing[0]}; run `portal migrate`."


_ROLE = """
SELECT current_user, rolsuper, rolbypassrls,
  (SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relowner = r.oid)
FROM pg_roles r WHERE rolname = current_user
"""
