"""docs/spec-coverage.md names a test for every requirement, and every test it names exists."""

import re
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
TABLE = PROJECT / "docs/spec-coverage.md"
ROW = re.compile(r"^\| (?P<id>[A-Z][A-Z0-9]*-[A-Z]+-[0-9.]+) \| (?P<what>[^|]+) \|(?P<proof>[^|]*)\|$")
TEST = re.compile(r"`(?P<path>[^`:]+\.py)::(?P<name>\w+)`")


def problems(text: str) -> list[str]:
    found, seen = [], set()
    for line in text.splitlines():
        if not re.match(r"^\| [A-Z][A-Z0-9]*-", line):
            continue
        row = ROW.match(line)
        if row is None:
            found.append(f"not a row of the table: {line}")
            continue
        if row["id"] in seen:
            found.append(f"{row['id']} stands there twice")
        seen.add(row["id"])
        found += _problems_of(row["id"], row["proof"])
    return found if seen else [*found, "the table is empty"]


def _problems_of(requirement: str, proof: str) -> list[str]:
    tests = list(TEST.finditer(proof))
    if not tests:
        return [f"{requirement} names no test"]
    return [
        f"{requirement}: there is no {test['path']}::{test['name']}"
        for test in tests
        if not _exists(PROJECT / test["path"], test["name"])
    ]


def _exists(path: Path, name: str) -> bool:
    return path.is_file() and re.search(rf"^def {name}\(", path.read_text(), re.MULTILINE) is not None


def main() -> None:
    if found := problems(TABLE.read_text()):
        sys.exit("\n".join(["docs/spec-coverage.md has gaps:", *found]))


if __name__ == "__main__":
    main()
