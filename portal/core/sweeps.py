"""What is due stands in columns, and `tick(at)` sweeps it.

The worker calls it every few seconds, an outside scheduler may call it too: every sweep takes row locks and
skips what another one holds, so running twice or on two machines does nothing twice.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import close_old_connections

logger = logging.getLogger(__name__)

Sweep = Callable[[datetime], int]
_sweeps: dict[str, Sweep] = {}


def sweep(name: str) -> Callable[[Sweep], Sweep]:
    """Register a function that does what is due at the given moment and says how many things it did."""

    def register(function: Sweep) -> Sweep:
        _sweeps[name] = function
        return function

    return register


def tick(at: datetime) -> dict[str, int]:
    """Do everything that is due at `at`; returns how much each sweep did. One that fails stops no other."""
    done = {}
    for name, run in _sweeps.items():
        try:
            done[name] = run(at)
        except Exception:
            logger.exception("The sweep %s failed and runs again with the next tick", name)
            close_old_connections()
    return done
