"""PostgreSQL refuses to run as root. As whom it runs instead, when the portal is started by root."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict, Unpack

from portal.runtime.failure import Failure
from portal.runtime.postgres import layout

NOBODY = 65534
_UNSHARE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")


class PopenOptions(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


_AS_NOBODY: PopenOptions = {"user": NOBODY, "group": NOBODY, "extra_groups": []}


@dataclass(frozen=True)
class Identity:
    """Words in front of a PostgreSQL command, or the user it is started as."""

    prefix: tuple[str, ...] = ()
    popen_options: PopenOptions = field(default_factory=PopenOptions)


def identity(root: Path, programs: Path) -> Identity:
    """How to start PostgreSQL here without being root.

    :raises Failure: when root has no way to
    """
    if os.getuid() != 0:
        return Identity()
    # In an own user namespace root looks like nobody to PostgreSQL, and all files stay as they are. But data
    # that was made by the real nobody, below, can only be read by the real one.
    if not _is_nobodys(layout.data_folder(root)) and _works(
        (*_UNSHARE, str(programs / "postgres"), "--version")
    ):
        return Identity(prefix=_UNSHARE)
    _give_to_nobody(root)
    if _works((str(programs / "postgres"), "--version"), **_AS_NOBODY) and _works(
        ("ls", str(root)), **_AS_NOBODY
    ):
        return Identity(popen_options=_AS_NOBODY)
    raise Failure(
        "PostgreSQL does not run as root, and this machine does not allow root to step aside for it: "
        "start the portal as a normal user, or set DATABASE_URL to a PostgreSQL of your own."
    )


def _is_nobodys(data: Path) -> bool:
    return data.exists() and data.stat().st_uid == NOBODY


def _works(command: tuple[str, ...], **options: Unpack[PopenOptions]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    try:
        return subprocess.run(command, capture_output=True, check=False, **options).returncode == 0
    except OSError:
        return False


def _give_to_nobody(root: Path) -> None:
    for folder in (root, layout.socket_folder(root)):
        os.chown(folder, NOBODY, NOBODY)
