"""No file that people read is too long: ends with 1 and the names of those that are."""

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
# Lines at most, by folder and ending.
LONGEST = {
    ("portal", ".py"): 400,
    ("portal", ".html"): 400,
    ("tests", ".py"): 400,
    ("benchmarks", ".py"): 400,
    ("scripts", ".py"): 400,
    ("assets/css", ".css"): 600,
}
# Migrations are history, what is built or vendored is not read by people.
EXCEPT = {"migrations", "dist", "vendor", "locale"}
# A script that stands alone on purpose: it makes a shop of any size, wherever it is copied to.
ALONE = PROJECT / "benchmarks/shop/generate.py"


def main() -> None:
    found = [
        f"{path.relative_to(PROJECT)}: {lines} lines, at most {longest}"
        for (folder, ending), longest in LONGEST.items()
        for path in sorted((PROJECT / folder).rglob(f"*{ending}"))
        if path != ALONE and not EXCEPT & set(path.parts)
        if (lines := len(path.read_text().splitlines())) > longest
    ]
    if found:
        sys.exit("\n".join(["These files are too long; split them by noun or by page:", *found]))


if __name__ == "__main__":
    main()
