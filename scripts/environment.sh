#!/bin/sh
# Make .venv from the hashed lock files, once per version of them: environment.sh runtime|dev
set -eu
cd "$(dirname "$0")/.."
kind=$1
venv=.venv

say() { printf '%s\n' "$*" >&2; }

python=
for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  say "Python 3.11 or newer is missing: install it, or name it with PYTHON=/path/to/python3."
  exit 1
fi

lock=requirements.txt
[ "$kind" = dev ] && lock=requirements-dev.txt
# The version of Python counts, too: an environment does not survive its Python.
stamp=$("$python" -c '
import hashlib, sys
parts = [open(name, "rb").read() for name in sys.argv[1:]]
print(hashlib.sha256(b"".join([sys.version.encode(), *parts])).hexdigest())
' requirements.txt requirements-dev.txt pyproject.toml)

# What developers need contains what the portal needs.
installed() { [ "$(cat "$venv/installed-$1" 2>/dev/null)" = "$stamp" ]; }
if { installed "$kind" || installed dev; } && "$venv/bin/python" -c 'import portal.runtime.cli' 2>/dev/null; then
  exit 0
fi

if ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    say "Python cannot make environments here: install python3-venv (Debian, Ubuntu: apt install python3-venv)."
    exit 1
  fi
  rm -rf "$venv"
  "$python" -m venv "$venv"
fi

say "Installing what the portal needs ($lock) …"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1
rm -f "$venv"/installed-*
if ! "$venv/bin/python" -m pip install -qq --require-hashes -r "$lock" \
  || ! "$venv/bin/python" -m pip install -qq --no-deps --no-build-isolation -e .; then
  say "The packages could not be installed; see the lines above. Without a network, nothing can be downloaded."
  exit 1
fi
printf '%s\n' "$stamp" >"$venv/installed-$kind"
