#!/bin/sh
# All tests in two processes side by side: those that mostly wait for real processes and a browser, and the others.
# Each has a database of its own on the shared test server. With arguments: one process, given to pytest as they are.
set -u
cd "$(dirname "$0")/.."
python=.venv/bin/python
if [ $# -gt 0 ]; then
  exec "$python" -m pytest "$@"
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$python" -m pytest tests/chaos tests/journeys tests/processes >"$log" 2>&1 &
beside=$!
"$python" -m pytest --ignore=tests/chaos --ignore=tests/journeys --ignore=tests/processes
first=$?
wait "$beside"
second=$?
cat "$log"
[ "$first" -eq 0 ] && [ "$second" -eq 0 ]
