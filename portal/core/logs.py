"""What must not stand in logs."""

import logging
import re

_TOKEN = re.compile(r"[0-9a-f]{64}")


class CutTokens(logging.Filter):
    """Cuts the tokens of links out of every line: Django logs the address of each refused request."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if _TOKEN.search(message):
            record.msg, record.args = _TOKEN.sub("…", message), ()
        return True
