"""A throwaway MariaDB server for tests and benchmarks: own folder and socket, no network, gone afterwards."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pymysql
import pytest

START_SECONDS = 60
_PROGRAMS = ("mariadbd", "mysqld")
# Debian keeps servers where a normal user's PATH does not look.
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
# Nobody reads the data after a crash, and waiting for the disk at every table took longer than the tests.
_HASTE = (
    "--innodb-flush-method=nosync",
    "--innodb-flush-log-at-trx-commit=0",
    "--skip-innodb-doublewrite",
    "--innodb-log-file-size=8M",
    "--debug-no-sync",
)


def server_program() -> str | None:
    """The path of the server, or None when it is not installed."""
    return next((found for name in _PROGRAMS if (found := shutil.which(name, path=_PATH))), None)


class MariaDB:
    """A running server. Its administrator is `root` without a password, over the socket only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def url(self, database: str, user: str = "root", password: str = "") -> str:
        secret = f":{password}" if password else ""
        return f"mysql://{user}{secret}@localhost/{database}?unix_socket={self.path}"

    @contextmanager
    def connection(self, database: str | None = None) -> Iterator[Any]:
        connection = pymysql.connect(
            unix_socket=str(self.path),
            user="root",
            database=database,
            charset="utf8mb4",
            autocommit=True,
            # Setting up TLS takes longer than most tests.
            ssl_disabled=True,
        )
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET time_zone = '+00:00'")
                yield cursor
        finally:
            connection.close()

    def create_database(self, name: str) -> None:
        with self.connection() as cursor:
            cursor.execute(
                f"CREATE OR REPLACE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
            )

    def create_user(self, name: str, password: str, grants: Sequence[str]) -> None:
        """`grants` like "SELECT ON shop.*"."""
        with self.connection() as cursor:
            cursor.execute(f"CREATE OR REPLACE USER '{name}'@'localhost' IDENTIFIED BY '{password}'")
            for grant in grants:
                cursor.execute(f"GRANT {grant} TO '{name}'@'localhost'")


@contextmanager
def throwaway_server() -> Iterator[MariaDB]:
    """Install and start a server, and leave nothing behind. As root it runs as root, in its own folder."""
    program = server_program()
    assert program, "MariaDB is not installed"
    # Short: the path of a socket may have 107 letters at most.
    folder = Path(mkdtemp(prefix="portal-db-"))
    data, path = folder / "data", folder / "s"
    as_root = ["--user=root"] if os.geteuid() == 0 else []
    try:
        _install(data, as_root)
        command = [program, "--no-defaults", f"--datadir={data}", f"--socket={path}", *as_root]
        small = ["--skip-networking", "--performance-schema=OFF"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*command, *small, *_HASTE], stdout=log, stderr=log, preexec_fn=_end_with_parent
            )
            try:
                _wait_until_it_listens(path, process, folder / "log")
                yield MariaDB(path)
            finally:
                process.terminate()
                process.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDB]:
    with throwaway_server() as server:
        yield server


def _end_with_parent() -> None:
    # Also when the tests are killed, and cannot clean up.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _install(data: Path, as_root: Sequence[str]) -> None:
    program = shutil.which("mariadb-install-db", path=_PATH) or shutil.which("mysql_install_db", path=_PATH)
    assert program, "mariadb-install-db is not installed"
    options = [
        "--no-defaults",
        f"--datadir={data}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
    ]
    subprocess.run([program, *options, *_HASTE, *as_root], check=True, capture_output=True)


def _wait_until_it_listens(path: Path, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while not _listens(path):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(log.read_text(errors="replace")[-2000:])
        time.sleep(0.05)


def _listens(path: Path) -> bool:
    # Not by the driver: it forgets to close the socket of a connection that fails.
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0
