"""What the clock does with held seats."""

from datetime import datetime

from portal.core.sweeps import sweep
from portal.core.tenancy import register_system_reason, system
from portal.dates import operations

EXPIRED = register_system_reason("removing holds that have expired")
AT_ONCE = 500


@sweep("expired holds")
def remove_expired_holds(at: datetime) -> int:
    """Their seats are free since the moment they expired; now the pages that still show them hear of it."""
    with system(EXPIRED, actor="clock"):
        return operations.remove_expired_holds(at=at, at_most=AT_ONCE)
