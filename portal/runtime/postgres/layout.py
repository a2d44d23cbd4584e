"""Where the files of one embedded PostgreSQL are, and its one-line state."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from portal.runtime.failure import Failure

PORT = 5432
READY = "ready"
FAILED = "failed: "

# The address of a socket holds 107 bytes on Linux and 103 on macOS, "/.s.PGSQL.5432.lock" included.
_LONGEST_SOCKET_FOLDER = 84


def prepare(root: Path) -> None:
    """Make the folders, private to this user.

    :raises Failure: when they belong to somebody else
    """
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = socket_folder(root)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as problem:
        raise Failure(f"The folder {root} cannot be made: {problem.strerror}.") from problem
    for path in (root, folder):
        _require_private(path)


def data_folder(root: Path) -> Path:
    return root / "data"


def log_file(root: Path) -> Path:
    return root / "postgres.log"


def users_lock(root: Path) -> Path:
    return root / "users.lock"


def keeper_lock(root: Path) -> Path:
    return root / "keeper.lock"


def socket_folder(root: Path) -> Path:
    """In `root`, or in a private folder with a short name when the path is too long for a socket."""
    inside = root / "socket"
    if len(os.fsencode(inside)) <= _LONGEST_SOCKET_FOLDER:
        return inside
    name = f"portal-{os.getuid()}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:12]}"
    for base in (os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir()):
        folder = Path(base, name)
        if base and os.access(base, os.W_OK) and len(os.fsencode(folder)) <= _LONGEST_SOCKET_FOLDER:
            return folder
    return Path("/tmp", name)  # noqa: S108 -- made with mode 0700 and checked to be ours


def read_state(root: Path) -> str:
    try:
        return keeper_lock(root).read_text()
    except FileNotFoundError:
        return ""


def write_state(root: Path, state: str) -> None:
    # In the lock file itself, in place: another file would break the lock that others hold on this one.
    with keeper_lock(root).open("r+") as file:
        file.write(state)
        file.truncate()


def _require_private(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.getuid(), _nobody_if_root()):
        raise Failure(
            f"The folder {folder} belongs to another user; choose another one or start as that user."
        )
    if found.st_uid == os.getuid():
        folder.chmod(0o700)


def _nobody_if_root() -> int:
    # Root without user namespaces runs PostgreSQL as nobody, who then owns the folders (see identity.py).
    return 65534 if os.getuid() == 0 else os.getuid()
