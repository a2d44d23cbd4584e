"""What must not stand in logs."""

import logging
import re

# Of links; of what Django's page for a new password is called with; e-mail addresses, whatever they were typed into.
_SECRETS = re.compile(r"[0-9a-f]{64}|(?<=/reset/key/)[^/\s]+|[\w.+-]+(?:@|%40)[\w-]+\.[\w.-]*\w")
# PostgreSQL names the row it refuses, and with it people. Where the description ends is seen by what Python writes
# after an exception: a value may have lines of its own.
_ROWS = re.compile(
    r"(?:DETAIL:|Failing row contains|\bKey \([^\n]*?\)=\().*?"
    r"(?=\n\nThe above exception|\n\nDuring handling|\nTraceback \(most recent|\n  File \"|\Z)",
    re.DOTALL,
)


class CutSecrets(logging.Formatter):
    """Cuts tokens and the values of refused rows out of all that is written, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return _SECRETS.sub("…", _ROWS.sub("…", super().format(record)))
