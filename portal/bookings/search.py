"""Bookings by a customer's name or an order number: parts of words, umlauts as one likes, one typing error.

PostgreSQL looks at no index for such a search below a policy, so a function of the owner does it
(migration 0006). It takes whose bookings it may look at from the scope, never from its caller.
"""

from datetime import datetime

from django.db import connection

from portal.bookings.people import fades_before

# A partner hardly has that many bookings; staff get the newest of them and narrow their search.
MOST_FOUND = 5_000
MOST_FOUND_BY_STAFF = 500


def booking_ids(text: str, *, at: datetime) -> list[int]:
    """Of the bookings in scope that match every word of `text`.

    Whoever acts for a partner does not find faded bookings by a name: the search would tell what the page hides.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT portal_search_bookings(%s, %s, %s, %s)",
            [text, fades_before(at), MOST_FOUND, MOST_FOUND_BY_STAFF],
        )
        return [row[0] for row in cursor.fetchall()]
