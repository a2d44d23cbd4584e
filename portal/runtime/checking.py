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
    ask_every_part()


def ask_every_part() -> None:
    """:raises Failure: as `check`, with Django set up"""
    from django.utils import translation  # noqa: PLC0415 -- needs Django set up

    from portal.integrations import email, tickets  # noqa: PLC0415 -- as above
    from portal.integrations.shop import rest  # noqa: PLC0415 -- as above

    print(f"settings   {_settings_warning() or 'fine'}")
    parts: list[tuple[str, Callable[[], Iterable[str]]]] = [
        ("database", _database_problems),
        ("shop", _shop_problems),
        ("comments", _comment_problems),
        *([("stock", _stock_problems)] if rest.writes_stock() else []),
        ("tickets", lambda: tickets.ticket_desk().check()),
        ("email", lambda: email.email_sender().check()),
    ]
    # What is asked would answer in the language of the pages; the command speaks English.
    with translation.override("en"):
        has_problems = [
            _report(name, ask, instead_of_fine=_left_out().get(name, "fine")) for name, ask in parts
        ]
    if any(has_problems):
        raise Failure("Something needs attention; see above.")


def _settings_warning() -> str:
    from django.conf import settings  # noqa: PLC0415 -- needs Django set up

    if settings.PORTAL_URL.startswith("https://") and settings.ALLAUTH_TRUSTED_PROXY_COUNT == 0:
        return (
            "warning: TRUSTED_PROXY_COUNT is 0, but with https there is a proxy in front: all visitors count as one, "
            "and who guesses passwords locks all others out"
        )
    return ""


def _left_out() -> dict[str, str]:
    """What a real installation does without, by part. Somebody may want it so, so it is no failure."""
    from django.conf import settings  # noqa: PLC0415 -- needs Django set up

    if settings.DEMO or settings.TESTING:
        return {}
    sentences = {
        "shop": "" if settings.HAS_SHOP else "not configured: no orders come in without MAGENTO_DATABASE_URL",
        "comments": ""
        if settings.MAGENTO_API_URL
        else "not configured: the shop's orders get no comments without MAGENTO_API_URL",
        "tickets": ""
        if settings.ODOO_URL
        else "warning: ODOO_URL is not set, so tickets stay in a table of the portal that nobody reads",
        "email": ""
        if settings.SENDGRID_API_KEY or settings.SMTP_HOST
        else "warning: neither SENDGRID_API_KEY nor SMTP_HOST is set, so mails stay in a table of the portal that "
        "nobody reads",
    }
    return {part: sentence for part, sentence in sentences.items() if sentence}


def _report(name: str, ask: Callable[[], Iterable[str]], *, instead_of_fine: str) -> bool:
    """True when there is a problem."""
    try:
        problems = list(ask())
    except Exception as problem:
        # Whatever a system answers, the other systems are asked, too.
        problems = [f"it could not be asked: {type(problem).__name__}: {problem}".strip()]
    if not problems:
        print(f"{name:10} {instead_of_fine}")
    for sentence in problems:
        print(f"{name:10} {sentence}")
    return bool(problems)


def _shop_problems() -> Iterable[str]:
    from django.conf import settings  # noqa: PLC0415 -- needs Django set up

    from portal.integrations.shop import order_source  # noqa: PLC0415 -- as above

    return order_source().check() if settings.HAS_SHOP else []


def _comment_problems() -> Iterable[str]:
    from portal.integrations.shop import rest  # noqa: PLC0415 -- needs Django set up

    return rest.order_writer().check() if rest.is_configured() else []


def _stock_problems() -> Iterable[str]:
    from portal.integrations.shop import rest  # noqa: PLC0415 -- needs Django set up

    return rest.stock_writer().check()


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
