"""The command lines of the processes the portal consists of."""

import sys

from portal.runtime import configuration

PORTAL = (sys.executable, "-m", "portal.runtime.cli")

# Open event streams end at once; what is still running after this many seconds is killed.
_PATIENCE_SECONDS = "5"


def portal(*arguments: str) -> list[str]:
    return [*PORTAL, *arguments]


def pages(address: str, port: int) -> list[str]:
    """Pages and the API. The event stream is a process of its own (`stream`)."""
    return [
        *_granian("wsgi", address, port, "portal.config.wsgi:application"),
        *("--workers", str(configuration.web_workers()), "--blocking-threads", "2"),
        "--respawn-failed-workers",
    ]


def everything(address: str, port: int) -> list[str]:
    """Pages, API and event stream on one port, in one process that the supervisor restarts."""
    return _granian("asgi", address, port, "portal.config.asgi:application")


def stream(address: str, port: int) -> list[str]:
    # One process holds thousands of pages, most of them silent.
    return [
        *_granian("asgi", address, port, "portal.config.asgi:stream"),
        *("--backpressure", "20000", "--respawn-failed-workers"),
    ]


def _granian(interface: str, address: str, port: int, application: str) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", interface, "--host", address, "--port", str(port)),
        *("--backlog", "2048", "--workers-kill-timeout", _PATIENCE_SECONDS, "--no-ws", "--loop", "asyncio"),
        *("--log-level", "warning", application),
    ]
