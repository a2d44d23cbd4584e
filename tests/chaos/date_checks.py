"""What must be true of dates and seats afterwards, asked of the tables."""

from collections import Counter

from portal.bookings.tests.recount import differences
from portal.core.tenancy import register_system_reason
from tests.chaos.desk import REASON, Desk
from tests.chaos.world import World

register_system_reason("tests")


def every_form_was_answered_twice(desk: Desk) -> None:
    assert desk.wanted == []
    assert [each for each in desk.sent if len(each.answers) < 2] == []
    assert [each for each in desk.plans + desk.falls if not each.is_done] == []


def every_key_made_one_date(desk: Desk) -> None:
    made = desk.world.rows(
        "SELECT notes, id FROM miomente_partner_portal_course_dates WHERE made_by = 'portal'"
    )
    assert sorted(made) == sorted((each.form["key"], each.date) for each in desk.plans)
    # Both answers showed the same one.
    assert [each for each in desk.plans if len(set(each.answers)) > 1] == []
    created = _events(desk.world, "date.created")
    assert {created[each.date] for each in desk.plans} == {1}


def every_seat_key_counts_once(desk: Desk) -> None:
    entries = desk.world.rows(
        "SELECT source_key, course_date_id, quantity::text FROM miomente_partner_portal_seats "
        "WHERE source = 'elsewhere'"
    )
    assert len(entries) == len(set(entries))
    taps = {(each.form["key"], each.date, each.form["quantity"]): each for each in desk.taps}
    assert taps.keys() >= set(entries)
    certain = {entry for entry, each in taps.items() if each.is_certain}
    assert certain
    assert certain <= set(entries)
    refused = {entry for entry, each in taps.items() if not each.is_done}
    assert refused.isdisjoint(entries)
    # Customers who are about to rebook hold seats, too.
    by_hand = "date.seats_changed' AND data ->> 'source' = 'elsewhere"
    assert _events(desk.world, by_hand) == Counter(date for _, date, _ in entries)


def no_seat_was_given_away_twice(world: World) -> None:
    """What the shop has sold stands; but nobody here takes a seat that is not free."""
    assert (
        world.rows(
            "SELECT entry.id, date.id, capacity FROM miomente_partner_portal_seats AS entry "
            "JOIN miomente_partner_portal_course_dates AS date ON date.id = course_date_id "
            "WHERE source <> 'booking' AND capacity < (SELECT sum(quantity) FROM miomente_partner_portal_seats "
            "AS earlier WHERE earlier.course_date_id = date.id AND earlier.id <= entry.id)"
        )
        == []
    )


def the_ledger_is_what_the_bookings_say(world: World) -> None:
    assert world.rows("SELECT 1 FROM miomente_partner_portal_seats WHERE source = 'booking' AND quantity > 0")
    with world.as_django():
        assert differences() == []


def every_fallen_date_fell_once_with_all_its_bookings(desk: Desk) -> None:
    world = desk.world
    cancelled = world.rows(
        "SELECT id FROM miomente_partner_portal_course_dates WHERE cancelled_at IS NOT NULL"
    )
    assert {pk for (pk,) in cancelled} == desk.fallen
    standing = world.rows("SELECT course_date_id, undone_at FROM miomente_partner_portal_date_cancellations")
    assert sorted(standing) == sorted((pk, None) for pk in desk.fallen)
    assert _events(world, "date.cancelled") == Counter(desk.fallen)

    alive = world.rows(
        "SELECT booking.id, status FROM miomente_partner_portal_booking_confirmations AS booking "
        "JOIN miomente_partner_portal_course_dates AS date ON date.id = course_date_id "
        "WHERE date.cancelled_at IS NOT NULL AND status NOT IN ('declined', 'rebooked')"
    )
    assert alive == []
    went_along = world.rows(
        "SELECT id FROM miomente_partner_portal_booking_confirmations "
        f"WHERE status IN ('declined', 'rebooked') AND decline_reason = '{REASON}'"
    )
    assert sorted(went_along) == world.rows(
        "SELECT booking_id FROM miomente_partner_portal_cancelled_bookings ORDER BY 1"
    )
    assert went_along


def _events(world: World, kind: str) -> Counter[int]:
    rows = world.rows(f"SELECT subject_id FROM miomente_partner_portal_events WHERE kind = '{kind}'")
    return Counter(pk for (pk,) in rows)
