"""What the runtime itself reads from the environment, before and without Django."""

import ipaddress
import os
import socket
from pathlib import Path

from portal.runtime.failure import Failure

SETTINGS_MODULE = "portal.config.settings"


def host() -> str:
    """:raises Failure: when others could reach a demo, whose passwords everybody knows"""
    value = _text("HOST", "127.0.0.1")
    if _text("DEMO", "").lower() in ("1", "true", "yes", "on") and not _is_loopback(value):
        raise Failure(
            f"With DEMO on, HOST must be 127.0.0.1 or another address of this machine alone, not {value}."
        )
    return value


def _is_loopback(value: str) -> bool:
    try:
        return value == "localhost" or ipaddress.ip_address(value).is_loopback
    except ValueError:
        return False


def port(default: int = 8000) -> int:
    """:raises Failure: when PORT is no port"""
    value = _text("PORT", str(default))
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise Failure(f"PORT must be a number between 1 and 65535, not {value!r}.")
    return int(value)


def web_workers() -> int:
    """:raises Failure: when WEB_WORKERS is no number"""
    value = _text("WEB_WORKERS", str(os.cpu_count() or 1))
    if not value.isdigit() or int(value) < 1:
        raise Failure(f"WEB_WORKERS must be a number from 1 on, not {value!r}.")
    return int(value)


def data_folder() -> Path:
    """Where the embedded PostgreSQL of `portal serve --all` keeps its files."""
    return Path(_text("DATA_DIR", ".portal")).absolute()


def demo_folder() -> Path:
    return Path(_text("DEMO_DIR", ".demo")).absolute()


def has_own_database() -> bool:
    return bool(_text("DATABASE_URL", ""))


def require_settings() -> None:
    """Read all settings once, so that a wrong start says all that is wrong before anything is started.

    :raises Failure: with every wrong or missing setting
    """
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 -- keeps the command's start quick

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
    try:
        __import__(os.environ["DJANGO_SETTINGS_MODULE"])
    except ImproperlyConfigured as problem:
        raise Failure(str(problem)) from problem


def require_free_port(address: str, number: int) -> None:
    """:raises Failure: when another program listens there"""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, number))
        except OSError as problem:
            raise Failure(
                f"Port {number} is in use by another program or not allowed; choose another one with PORT=…"
            ) from problem


def _text(name: str, default: str) -> str:
    return os.environ.get(name, "").strip() or default
