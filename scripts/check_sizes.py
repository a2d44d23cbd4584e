"""No file of the portal is longer than 400 lines: ends with 1 and the names of those that are."""

import sys
from pathlib import Path

LONGEST = 400
PORTAL = Path(__file__).resolve().parent.parent / "portal"
# Migrations are history, what is built or vendored is not read by people.
EXCEPT = {"migrations", "dist", "vendor", "locale"}


def main() -> None:
    found = [
        f"{path.relative_to(PORTAL.parent)}: {lines} lines"
        for path in sorted(PORTAL.rglob("*"))
        if path.suffix in {".py", ".html"} and not EXCEPT & set(path.parts)
        if (lines := len(path.read_text().splitlines())) > LONGEST
    ]
    if found:
        sys.exit(
            "\n".join(
                [f"These files are longer than {LONGEST} lines; split them by noun or by page:", *found]
            )
        )


if __name__ == "__main__":
    main()
