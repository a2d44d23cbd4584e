"""The process that keeps one server: `python -m portal.runtime.postgres.keeper ROOT [fast]`.

It holds the keeper's lock for its whole life and ends by itself when nobody uses the server any more.
"""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from portal.runtime.failure import Failure
from portal.runtime.locks import FileLock
from portal.runtime.postgres import layout
from portal.runtime.postgres.provision import provision
from portal.runtime.postgres.server import Server

_LOOK_SECONDS = 0.1
_RESTARTS_IN_A_ROW = 5
_SETTLED_SECONDS = 30


def main(root: Path, *, fast: bool) -> None:
    lock = FileLock(layout.keeper_lock(root))
    if not lock.acquire():
        return  # Another keeper was quicker.
    layout.write_state(root, "starting")
    signal.signal(signal.SIGTERM, _leave)
    # Whoever holds this lock alone knows that nobody uses the server, and that nobody can begin to.
    users = FileLock(layout.users_lock(root))
    try:
        server = Server(root, fast=fast)
        try:
            _keep(server, users)
        finally:
            server.stop()
    except Failure as failure:
        layout.write_state(root, f"{layout.FAILED}{failure}")
        sys.exit(1)
    layout.write_state(root, "stopped")


def _keep(server: Server, users: FileLock) -> None:
    restarts = 0
    started = 0.0
    while not users.acquire():
        if server.process is None or server.has_died():
            layout.write_state(server.root, "starting")
            restarts = 0 if time.monotonic() - started > _SETTLED_SECONDS else restarts + 1
            if restarts > _RESTARTS_IN_A_ROW:
                raise Failure(f"PostgreSQL keeps dying; see {layout.log_file(server.root)}.")
            started = time.monotonic()
            server.start()
            provision(server.root)
            layout.write_state(server.root, layout.READY)
        time.sleep(_LOOK_SECONDS)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    os.umask(0o077)
    main(Path(sys.argv[1]), fast=sys.argv[2:] == ["fast"])
