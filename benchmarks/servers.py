"""The servers that are measured: over a database of their own, with nothing in the way of those who ask."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from portal.runtime.postgres import OWNER_ROLE, Cluster

WEB, FLOOR, STREAM = 8931, 8932, 8933
PORTAL = [sys.executable, "-m", "portal.runtime.cli"]


def set_up(cluster: Cluster) -> None:
    """The settings of all that follows, and empty tables."""
    os.environ |= {
        "DATABASE_URL": cluster.url(),
        "MIGRATION_DATABASE_URL": cluster.url(OWNER_ROLE),
        "SECRET_KEY": "b" * 40,
        "LINK_SECRET": "b" * 40,
        "RATE_LIMIT_PER_MINUTE": "0",
        "LINK_RATE_LIMIT_PER_MINUTE": "0",
        "REQUIRE_MANAGER_MFA": "off",
        "WEB_WORKERS": "2",
        "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "portal.config.settings",
    }
    subprocess.run([*PORTAL, "migrate"], check=True)


def postgres_pid(cluster: Cluster) -> int:
    return int((cluster.root / "data/postmaster.pid").read_text().split()[0])


@contextmanager
def web() -> Iterator["subprocess.Popen[bytes]"]:
    with _process([*PORTAL, "serve"], WEB) as process:
        yield process


@contextmanager
def stream() -> Iterator["subprocess.Popen[bytes]"]:
    with _process([*PORTAL, "stream"], STREAM) as process:
        yield process


@contextmanager
def floor() -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(FLOOR), "--workers", "2"]
    command += ["--blocking-threads", "2", "--no-ws", "--log-level", "warning"]
    with _process([*command, "benchmarks.floor:application"], FLOOR) as process:
        yield process


@contextmanager
def _process(command: list[str], port: int) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(command, env={**os.environ, "PORT": str(port)})
    try:
        _wait_for(port)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            time.sleep(1)  # The other workers.
            return
        time.sleep(0.1)
    raise TimeoutError(f"Nothing answers on port {port}.")
