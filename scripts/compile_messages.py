"""Compile each catalog of texts (.po) beside itself (.mo). `--check` only says which ones are not up to date.

The same bytes on every machine, and without GNU gettext.
"""

import sys
from pathlib import Path

import polib

PORTAL = Path(__file__).resolve().parent.parent / "portal"


def main() -> None:
    stale = []
    for catalog in sorted(PORTAL.rglob("locale/*/LC_MESSAGES/*.po")):
        compiled = catalog.with_suffix(".mo")
        content = polib.pofile(str(catalog)).to_binary()
        if compiled.exists() and compiled.read_bytes() == content:
            continue
        if "--check" in sys.argv[1:]:
            stale.append(str(catalog.relative_to(PORTAL.parent)))
        else:
            compiled.write_bytes(content)
    if stale:
        sys.exit("\n".join(["These texts were changed but not compiled (make messages):", *stale]))


if __name__ == "__main__":
    main()
