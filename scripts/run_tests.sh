#!/bin/sh
# All tests in three processes side by side: those that mostly wait for real processes and a browser, and two halves of
# the others. Each has a database of its own on the shared test server. With arguments: one process, given to pytest.
set -u
cd "$(dirname "$0")/.."
python=.venv/bin/python
# Without its compiled files each process would compile every module anew.
unset PYTHONDONTWRITEBYTECODE
if [ $# -gt 0 ]; then
  exec "$python" -m pytest "$@"
fi
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
"$python" -m pytest tests/chaos tests/journeys tests/processes >"$logs/processes" 2>&1 &
processes=$!
"$python" -m pytest portal/integrations portal/runtime portal/rebooking portal/manage tests \
  --ignore=tests/chaos --ignore=tests/journeys --ignore=tests/processes >"$logs/outside" 2>&1 &
outside=$!
"$python" -m pytest portal --ignore=portal/integrations --ignore=portal/runtime \
  --ignore=portal/rebooking --ignore=portal/manage
features=$?
wait "$outside"
outside=$?
cat "$logs/outside"
wait "$processes"
processes=$?
cat "$logs/processes"
[ "$features" -eq 0 ] && [ "$outside" -eq 0 ] && [ "$processes" -eq 0 ]
