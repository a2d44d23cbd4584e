"""Everything that changes a date and its seats."""

from portal.dates.operations.locking import lock_date
from portal.dates.operations.planning import (
    call_off,
    cancel_date,
    change_date,
    create_date,
    restore_date,
    take_up_again,
)
from portal.dates.operations.seats import (
    block_seats,
    give_back,
    hold_seats,
    release_seats,
    remove_expired_holds,
    sell_elsewhere,
    set_capacity,
    take_over_shop_capacity,
)

__all__ = [
    "block_seats",
    "call_off",
    "cancel_date",
    "change_date",
    "create_date",
    "give_back",
    "hold_seats",
    "lock_date",
    "release_seats",
    "remove_expired_holds",
    "restore_date",
    "sell_elsewhere",
    "set_capacity",
    "take_over_shop_capacity",
    "take_up_again",
]
