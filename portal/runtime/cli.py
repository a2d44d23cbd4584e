"""The `portal` command."""

import argparse
import os
import signal
import sys
from collections.abc import Callable

from portal.core.death import die_with_parent
from portal.runtime.failure import Failure

# Commands of Django's kind: (name here, name there, what it does). Their options are their own.
_DELEGATED = {
    "create-manager": ("create_manager", "make somebody a manager: EMAIL, --name NAME"),
    "reset-mfa": ("reset_mfa", "take a lost second factor away: EMAIL"),
    "import-catalog": ("import_catalog", "read courses, dates and seats from the shop: --full"),
    "import-orders": ("import_orders", "read orders from the shop: --since TIME, --full"),
    "import-partners": ("import_partners", "create or update partners from a CSV file"),
    "seed-demo": ("seed_demo", "fill the demo with sample data"),
}


def main() -> None:
    """Ends with 1 and a sentence when something is wrong, with 0 otherwise."""
    # `make` can be killed without a word to what it started (PORTAL_DIE_WITH_PARENT is set by the Makefile).
    if os.environ.pop("PORTAL_DIE_WITH_PARENT", "") == "1":
        die_with_parent(by=signal.SIGTERM)
    arguments, rest = _parser().parse_known_args()
    try:
        if arguments.command in _DELEGATED:
            _delegate(_DELEGATED[arguments.command][0], rest)
        elif rest:
            raise Failure(f"`portal {arguments.command}` does not know {' '.join(rest)}.")
        else:
            _COMMANDS[arguments.command](arguments)
    except Failure as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="portal", description="The partner portal of a marketplace of courses."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="answer pages and the API on HOST and PORT")
    serve.add_argument(
        "--all", action="store_true", help="everything in one: web, event stream, worker, database"
    )
    for name, meaning in (
        ("stream", "hold the event stream of open pages"),
        ("worker", "run jobs and the clock"),
        ("migrate", "bring the database to this version"),
        ("check", "say what is wrong with the settings and with each outside system"),
        ("demo", "try everything on this machine, with sample data"),
        ("demo-reset", "remove the data of the demo"),
    ):
        commands.add_parser(name, help=meaning)
    for name, (_, meaning) in _DELEGATED.items():
        commands.add_parser(name, help=meaning, add_help=False)
    return parser


def _serve(arguments: argparse.Namespace) -> None:
    from portal.runtime import serving  # noqa: PLC0415 -- each command loads only what it needs

    if arguments.all:
        serving.serve_all()
    else:
        serving.serve()


def _stream(_arguments: argparse.Namespace) -> None:
    from portal.runtime import serving  # noqa: PLC0415 -- as above

    serving.stream()


def _worker(_arguments: argparse.Namespace) -> None:
    from portal.runtime import serving  # noqa: PLC0415 -- as above

    serving.work()


def _migrate(_arguments: argparse.Namespace) -> None:
    from portal.runtime import migrating  # noqa: PLC0415 -- as above

    print("The database is up to date now." if migrating.migrate() else "The database was up to date.")


def _check(_arguments: argparse.Namespace) -> None:
    from portal.runtime import checking  # noqa: PLC0415 -- as above

    checking.check()


def _demo(_arguments: argparse.Namespace) -> None:
    from portal.runtime import demo  # noqa: PLC0415 -- as above

    demo.run()


def _demo_reset(_arguments: argparse.Namespace) -> None:
    from portal.runtime import demo  # noqa: PLC0415 -- as above

    demo.reset()


def _delegate(name: str, rest: list[str]) -> None:
    from portal.runtime import configuration  # noqa: PLC0415 -- as above

    configuration.require_settings()
    import django  # noqa: PLC0415 -- after the settings are right
    from django.core.management import execute_from_command_line  # noqa: PLC0415 -- as above
    from django.utils import translation  # noqa: PLC0415 -- as above

    django.setup()
    # The command speaks English; texts of features would come in the language of the pages.
    with translation.override("en"):
        execute_from_command_line(["portal", name, *rest])


_COMMANDS: dict[str, Callable[[argparse.Namespace], None]] = {
    "serve": _serve,
    "stream": _stream,
    "worker": _worker,
    "migrate": _migrate,
    "check": _check,
    "demo": _demo,
    "demo-reset": _demo_reset,
}

if __name__ == "__main__":
    main()
