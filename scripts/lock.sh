#!/bin/sh
# Renew the lock files. They name packages, versions and hashes, and no host: whoever installs chooses where from.
set -eu
cd "$(dirname "$0")/.."
week_ago=$(python3 -c 'import datetime as d; print((d.date.today() - d.timedelta(days=7)).isoformat())')
for name in requirements requirements-dev; do
  uv pip compile --quiet --universal --python-version 3.11 --exclude-newer "$week_ago" --generate-hashes \
    --no-header --no-emit-index-url --no-annotate -o "$name.txt" "$name.in"
done
cd assets
npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund
# npm keeps the addresses where packages ask for money.
python3 - <<'END'
import json, pathlib
path = pathlib.Path("package-lock.json")
lock = json.loads(path.read_text())
for package in lock["packages"].values():
    package.pop("funding", None)
path.write_text(json.dumps(lock, indent=2) + "\n")
END
cd ..
python3 scripts/check_locks.py requirements.txt requirements-dev.txt assets/package-lock.json
