"""What must be true of links to rebook and of what came of them, asked of the tables, the mail server and the desk."""

from collections import Counter

from tests.chaos.customers import OVERSOLD, Customers, hash_of
from tests.chaos.world import World

_BOOKINGS = "miomente_partner_portal_booking_confirmations"
_LINKS = "miomente_partner_portal_rebooking_tokens"
_OFFERS = {"rebooking.offered", "rebooking.exhausted"}


def every_order_item_has_one_live_booking(world: World) -> None:
    assert (
        world.rows(
            f"SELECT magento_order_item_id, part FROM {_BOOKINGS} GROUP BY 1, 2 "
            "HAVING count(*) FILTER (WHERE NOT is_candidate AND status <> 'rebooked') <> 1"
        )
        == []
    )


def every_used_link_is_one_new_booking(world: World) -> None:
    used = world.rows(
        f"SELECT new_confirmation_id, original_confirmation_id FROM {_LINKS} WHERE status = 'used' ORDER BY 1"
    )
    made = world.rows(f"SELECT id, previous_id FROM {_BOOKINGS} WHERE generation > 1 ORDER BY 1")
    moved = world.rows(f"SELECT id FROM {_BOOKINGS} WHERE status = 'rebooked'")
    assert used == made
    assert sorted(before for _, before in used) == sorted(pk for (pk,) in moved)
    assert _events(world, "booking.rebooked") == _events(world, "rebooking.used") == Counter(_pks(moved))


def what_customers_were_told_holds(customers: Customers) -> None:
    """A 200 that we have seen holds, said twice it was the same; and nobody was moved without one."""
    world = customers.world
    rows = world.rows(
        f"SELECT link.token, course_date_id, new_date::text FROM {_LINKS} AS link "
        f"JOIN {_BOOKINGS} AS booking ON booking.id = new_confirmation_id WHERE link.status = 'used'"
    )
    told = {hash_of(token): told for token, told in customers.rebooked.items()}
    assert {token: (date, day) for token, date, day in rows} == told
    assert [each for each in customers.all.values() if len(set(each.told)) > 1] == []
    wishes = world.rows(f"SELECT token FROM {_LINKS} WHERE choice = 'refund'")
    assert {token for (token,) in wishes} == {hash_of(token) for token in customers.wishes}
    # That a chaos without customers is not taken for a good one.
    assert told
    assert wishes


def no_seat_was_promised_twice(customers: Customers) -> None:
    """At no moment that we have looked at; and what the ledger holds is what customers were promised."""
    world = customers.world
    assert customers.oversold == world.rows(OVERSOLD) == []
    held = world.rows(
        "SELECT source_key, course_date_id, quantity FROM miomente_partner_portal_seats "
        "WHERE source = 'hold' AND expires_at > now() ORDER BY 1"
    )
    assert held == world.rows(
        "SELECT 'rebooking:' || id, held_date_id, original_participants::bigint "
        f"FROM {_LINKS} WHERE held_until > now() ORDER BY 1"
    )


def every_decline_is_answered_once(world: World) -> None:
    """By a link, or after three of them by our team."""
    declined = world.rows(f"SELECT id FROM {_BOOKINGS} WHERE declined_at IS NOT NULL")
    answered = sum((_events(world, kind) for kind in _OFFERS), Counter())
    assert answered == Counter(_pks(declined))
    links = world.rows(f"SELECT original_confirmation_id FROM {_LINKS}")
    assert Counter(_pks(links)) == _events(world, "rebooking.offered")


def every_thread_is_one_ticket_with_each_note_once(world: World) -> None:
    keys = Counter(note["message_id"] for note in world.odoo.notes)
    assert [key for key, count in keys.items() if count > 1] == []
    rows = world.rows(
        f"SELECT event.id, root.id, event.kind FROM miomente_partner_portal_events AS event "
        f"JOIN {_BOOKINGS} AS booking ON booking.id = subject_id "
        f"JOIN {_BOOKINGS} AS root ON root.magento_order_item_id = booking.magento_order_item_id "
        "WHERE event.kind IN ('booking.rebooked', 'rebooking.wish_noted', 'rebooking.exhausted') "
        "AND subject_type = 'booking' AND root.generation = 1"
    )
    of_note = {
        note["message_id"].partition("@")[0]: world.odoo.tickets[note["ticket"]] for note in world.odoo.notes
    }
    noted = {key: of_note[key]["row"]["id"] for key in (f"<event-{pk}" for pk, *_ in rows) if key in of_note}
    assert noted == {f"<event-{pk}": f"partner_portal.confirmation_{root}" for pk, root, _ in rows}
    moved = {f"partner_portal.confirmation_{root}" for _, root, kind in rows if kind == "booking.rebooked"}
    stage = world.odoo.references["partner_portal.stage_rebooked"][1]
    at_stage = {ticket["row"]["id"] for ticket in world.odoo.tickets.values() if ticket["stage_id"] == stage}
    assert at_stage == moved
    # Only we write to customers.
    assert world.odoo.mailed == []


def _events(world: World, kind: str) -> Counter[int]:
    rows = world.rows(f"SELECT subject_id FROM miomente_partner_portal_events WHERE kind = '{kind}'")
    return Counter(_pks(rows))


def _pks(rows: list[tuple[int]]) -> list[int]:
    return [pk for (pk,) in rows]
