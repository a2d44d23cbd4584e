"""Who was told what, and how often: by mail, and at the help desk."""

from collections import Counter

from tests.chaos.world import CUSTOMER, PARTNER_MAIL, World

_LINKS = "miomente_partner_portal_rebooking_tokens"


def every_decline_and_every_escalation_is_one_ticket(world: World) -> None:
    rows = world.rows(
        "SELECT 'partner_portal.confirmation_' || min(id) FILTER (WHERE generation = 1), max(odoo_ticket_number), "
        "bool_or(declined_at IS NOT NULL), bool_or(escalated_at IS NOT NULL), "
        "count(DISTINCT nullif(odoo_ticket_number, '')) "
        "FROM miomente_partner_portal_booking_confirmations GROUP BY magento_order_item_id, part"
    )
    assert {count for *_, count in rows} == {0, 1}
    opened = [(ticket["row"]["id"], ticket["number"]) for ticket in world.odoo.tickets.values()]
    assert sorted(opened) == sorted((key, number) for key, number, *_ in rows if number)
    assert [key for key, number, declined, *_ in rows if declined and not number] == []
    # A confirmation may be quicker than the job that opens the ticket; then nobody needs to call.
    assert [
        key for key, number, declined, escalated, _ in rows if number and not declined and not escalated
    ] == []
    assert [key for key, number, _, escalated, _ in rows if escalated and number]
    told = world.rows(
        "SELECT subject_id, count(*) FROM miomente_partner_portal_events WHERE kind = 'booking.escalated' GROUP BY 1"
    )
    assert {count for _, count in told} == {1}
    assert len(told) == sum(escalated for *_, escalated, _ in rows)


def every_mail_has_one_message_id(world: World) -> None:
    owed = world.rows("SELECT message_id, state FROM miomente_partner_portal_outbox")
    assert {state for _, state in owed} <= {"sent", "dropped"}
    # Between the server's 250 and our commit a kill leaves the mail delivered and still owed. It then goes out again
    # with the same Message-ID, or is dropped because the partner has answered it meanwhile.
    assert {message_id for message_id, state in owed if state == "sent"} <= world.smtp.message_ids
    assert world.smtp.message_ids <= {message_id for message_id, _ in owed}


def everybody_is_told_once(world: World) -> None:
    owed = world.rows("SELECT kind, subject_id, recipient, state FROM miomente_partner_portal_outbox")
    assert [mail for mail, count in Counter((kind, pk) for kind, pk, *_ in owed).items() if count > 1] == []
    about = {kind: {pk for each, pk, *_ in owed if each == kind} for kind, *_ in owed}
    rows = world.rows(
        "SELECT id, CASE WHEN id IN (SELECT booking_id FROM miomente_partner_portal_cancelled_bookings) "
        "THEN 'fallen' WHEN status = 'rebooked' THEN 'declined' ELSE status END "
        "FROM miomente_partner_portal_booking_confirmations"
    )
    by_fate = {
        fate: {pk for pk, each in rows if each == fate} for fate in ("confirmed", "declined", "fallen")
    }
    # Some of those that fell through had been confirmed for long enough.
    confirmed = about.pop("customer_confirmed")
    assert about.pop("booking_declined") == by_fate["declined"]
    exhausted = _pks(
        world, "SELECT subject_id FROM miomente_partner_portal_events WHERE kind = 'rebooking.exhausted'"
    )
    assert about.pop("rebooking_declined", set()) == exhausted - by_fate["fallen"]
    assert by_fate["confirmed"] <= confirmed <= by_fate["confirmed"] | by_fate["fallen"]
    assert about == {
        "booking_request": {pk for pk, _ in rows},
        # Of a date that falls through another mail leads to the other dates.
        "rebooking_offer": _pks(world, f"SELECT original_confirmation_id FROM {_LINKS}") - by_fate["fallen"],
        "rebooking_confirmed": _pks(world, f"SELECT new_confirmation_id FROM {_LINKS} WHERE status = 'used'"),
        "customer_date_cancelled": by_fate["fallen"],
        # Nobody need hear that a date falls through that nobody had booked.
        "date_cancelled": _pks(
            world, "SELECT cancellation_id FROM miomente_partner_portal_cancelled_bookings"
        ),
    }
    told = [(to, state) for kind, _, to, state in owed if kind.endswith("date_cancelled")]
    assert set(told) == {(CUSTOMER.email, "sent"), (PARTNER_MAIL, "sent")}


def _pks(world: World, sql: str) -> set[int]:
    return {pk for (pk,) in world.rows(sql)}
