"""PostgreSQL without an installation: one server per folder, started by whoever needs it first.

Every user of a folder holds a shared lock on it. A small keeper process starts the server, restarts it
should it die, and stops it as soon as nobody holds the lock any more: a killed parent cannot leave a server
behind, and several processes share one server. The server listens on a socket in a private folder, never on
the network.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from portal.runtime.failure import Failure
from portal.runtime.locks import FileLock
from portal.runtime.postgres import layout

ADMIN_ROLE = "portal_admin"
OWNER_ROLE = "portal_ddl"
APP_ROLE = "portal_app"
DATABASE = "portal"
START_SECONDS = 60
STOP_SECONDS = 15


@dataclass
class Cluster:
    """The PostgreSQL in `root`. `fast` gives up durability for speed: for tests only."""

    root: Path
    fast: bool = False
    _users: FileLock = field(init=False, repr=False)
    _keeper: "subprocess.Popen[bytes] | None" = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        self.root = Path(self.root).absolute()
        self._users = FileLock(layout.users_lock(self.root))

    def url(self, role: str = APP_ROLE, database: str = DATABASE) -> str:
        folder = quote(str(layout.socket_folder(self.root)), safe="")
        return f"postgresql://{role}@:{layout.PORT}/{database}?host={folder}"

    def start(self) -> None:
        """Return when the server answers and the roles and the database exist. Safe to repeat.

        :raises Failure: with the reason, for example that root may not run PostgreSQL here
        """
        layout.prepare(self.root)
        if not self._users.acquire(shared=True, timeout_seconds=START_SECONDS):
            raise Failure(f"The PostgreSQL in {self.root} is still stopping. Try again in a minute.")
        self.ensure_running()

    def ensure_running(self) -> None:
        """Start the keeper again if it is gone, and wait until the server is ready.

        :raises Failure: when the server does not come up
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not FileLock(layout.keeper_lock(self.root)).is_held_elsewhere():
                self._spawn_keeper_unless_starting()
            elif layout.read_state(self.root) == layout.READY:
                return
            time.sleep(0.02)
        raise Failure(
            f"PostgreSQL did not start in {START_SECONDS} seconds; see {layout.log_file(self.root)}."
        )

    def stop(self, *, wait: bool = True) -> None:
        """Let go of the server; it stops when nobody else uses it."""
        self._users.release()
        deadline = time.monotonic() + STOP_SECONDS
        while wait and time.monotonic() < deadline and self._is_ours_to_wait_for():
            time.sleep(0.02)
        if self._keeper is not None:
            self._keeper.poll()  # No zombie, and no warning about a child that still runs for others.
            self._keeper.returncode = self._keeper.returncode or 0

    def _is_ours_to_wait_for(self) -> bool:
        """The keeper still runs, and nobody else uses the server: it is about to stop."""
        if not FileLock(layout.keeper_lock(self.root)).is_held_elsewhere():
            return False
        return not _has_shared_holders(self._users)

    def _spawn_keeper_unless_starting(self) -> None:
        if self._keeper is not None and self._keeper.poll() is None:
            return
        if self._keeper is not None and layout.read_state(self.root).startswith(layout.FAILED):
            self._keeper = None
            raise Failure(layout.read_state(self.root).removeprefix(layout.FAILED))
        package_folder = str(Path(__file__).resolve().parents[3])
        command = [sys.executable, "-m", "portal.runtime.postgres.keeper", str(self.root)]
        self._keeper = subprocess.Popen(
            [*command, "fast"] if self.fast else command,
            env={**os.environ, "PYTHONPATH": package_folder},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # A terminal's Ctrl-C goes to the whole group; the server must outlive the processes that use it.
            start_new_session=True,
        )


def _has_shared_holders(lock: FileLock) -> bool:
    probe = FileLock(lock.path)
    if probe.acquire():
        probe.release()
        return False
    # Held: by other users, or exclusively by the keeper that is stopping right now.
    return not lock.is_held_elsewhere()
