"""Tests reach nothing outside this machine. What tries to is stopped with its name."""

import socket
import sys
from typing import Any

_LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0", "", None)
_CONNECTING = {"socket.connect", "socket.sendto"}


class NetworkBlocked(RuntimeError):
    """Not an OSError: code that treats an outside system as down must not hide it."""


def block() -> None:
    """Stop every connection except loopback and sockets of this machine. It lasts until the process ends."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _CONNECTING:
        connection, address = arguments
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            _require_loopback(address[0])
    elif event == "socket.getaddrinfo":
        _require_loopback(arguments[0])


def _require_loopback(host: Any) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name not in _LOOPBACK and not str(name).startswith("127.") and not str(name).endswith(".localhost"):
        raise NetworkBlocked(f"A test tried to reach {name}.")
