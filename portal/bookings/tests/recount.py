"""The seats of bookings counted anew from the bookings alone, by other words than the trigger's."""

from django.db import connection

from portal.bookings.models import Booking
from portal.core import tenancy
from portal.dates.models import SeatEntry

_LIVE = """
    SELECT id::text AS key, partner_id, course_date_id,
        participants * (
            status NOT IN ('declined', 'cancelled', 'rebooked') OR status = 'declined' AND settled_at IS NULL
        )::int AS taken,
        shop_participants * (is_sold_here AND status <> 'cancelled')::int AS sold
    FROM miomente_partner_portal_booking_confirmations WHERE course_date_id IS NOT NULL
"""
_LEDGER = """
    SELECT source_key AS key, partner_id, course_date_id, quantity AS taken, shop_quantity AS sold
    FROM miomente_partner_portal_seats WHERE source = 'booking'
"""
_ENTRIES = """
    (SELECT * FROM ({0}) AS one WHERE taken + sold > 0 EXCEPT ALL SELECT * FROM ({1}) AS other)
"""


def differences() -> list[tuple[object, ...]]:
    """Entries that only the bookings or only the ledger would have; entries that take nothing count for nothing."""
    one, other = _ENTRIES.format(_LIVE, _LEDGER), _ENTRIES.format(_LEDGER, _LIVE)
    with tenancy.system("tests"), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 'missing', * FROM {one} AS a UNION ALL SELECT 'too many', * FROM {other} AS b"
        )
        return cursor.fetchall()


def entry_of(booking: Booking) -> tuple[int, int]:
    """The seats it takes, and those the shop counts as sold."""
    rows = SeatEntry.objects.filter(source="booking", source_key=str(booking.pk))
    (entry,) = rows.values_list("quantity", "shop_quantity")
    return entry
