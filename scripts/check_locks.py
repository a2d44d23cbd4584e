"""No lock file names a host: `check_locks.py FILE…` ends with 1 and the lines that do."""

import sys
from pathlib import Path

HOST_WORDS = ("://", '"resolved"', "--index-url", "--extra-index-url", "--find-links")


def main() -> None:
    found = [
        f"{name}:{number}: {line.strip()}"
        for name in sys.argv[1:]
        for number, line in enumerate(Path(name).read_text().splitlines(), 1)
        if any(word in line for word in HOST_WORDS)
    ]
    if found:
        sys.exit("\n".join(["These lines of lock files name a host:", *found]))


if __name__ == "__main__":
    main()
