"""Nobody sees another partner's rows: every table of the database and every scope is walked."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from portal.bookings.models import Booking, DateCancellation, UnmatchedOrder
from portal.bookings.tests.factories import make_booking, make_unmatched_order
from portal.conftest import NOON
from portal.core import events, links, outbox, tenancy
from portal.core.models import Audit, BouncedAddress, Event, MailFate, OutsideId
from portal.partners.models import Absence, Member, Partner
from portal.rebooking.models import Rebooking, RebookingTerms


def tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]


def protected_tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid "
            "WHERE relrowsecurity AND relforcerowsecurity AND polname = 'tenant'"
        )
        return {row[0] for row in cursor.fetchall()}


def test_every_table_is_under_a_policy_or_on_the_list_with_its_reason(db):
    unexplained = set(tables()) - protected_tables() - set(tenancy.SYSTEM_TABLES)

    assert unexplained == set()


def test_no_table_is_both_protected_and_excused(db):
    assert protected_tables() & set(tenancy.SYSTEM_TABLES) == set()


def test_the_processes_own_nothing_and_cannot_bypass_the_policies(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        is_mighty = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE tableowner = current_user AND schemaname = 'public'"
        )
        owned = cursor.fetchone()[0]

    assert (is_mighty, owned) == (False, 0)


@pytest.fixture
def two_partners(db, adas_partner, eves_partner, ada, eve):
    """Rows of both partners in every protected table that carries a partner."""
    for partner in (adas_partner, eves_partner):
        booking = make_booking(partner)
        events.record("booking.confirmed", subject=booking, actor="test", at=NOON)
        for version in (1, 2):
            link = links.issue(
                "decide", subject=booking, recipient=partner.email, version=version, expires_at=NOON, at=NOON
            )
        links.record_visit(link, action="confirm", is_person=True, at=NOON)
        mail = outbox.put("booking_request", subject=booking, recipient=partner.email, at=NOON)
        MailFate.objects.create(
            partner_id=partner.pk, mail=mail, fate="bounced", outside_id=str(partner.pk), at=NOON
        )
        BouncedAddress.objects.create(partner_id=partner.pk, address=partner.email, fate="bounced", at=NOON)
        deputy = Member.objects.filter(partner=partner).first()
        Absence.objects.create(partner=partner, deputy=deputy, first_on=NOON, last_on=NOON)
        OutsideId.objects.create(
            partner_id=partner.pk,
            system="tickets",
            type="ticket",
            outside_id=str(partner.pk),
            subject_type="booking",
            subject_id=booking.pk,
            updated_at=NOON,
        )
        cancellation = DateCancellation.objects.create(
            partner=partner, course_date=booking.course_date, settles_at=NOON, created_at=NOON
        )
        cancellation.bookings.create(partner=partner, booking=booking)
        _rebookings_of(booking)
    make_unmatched_order(assigned_partner=adas_partner)
    # A test that something stays hidden has something to hide, in every table that will ever be added.
    assert [table for table in protected_tables() if not count(table)] == []
    return adas_partner, eves_partner


def _rebookings_of(booking: Booking) -> None:
    partner, date = booking.partner, booking.course_date
    Rebooking.objects.create(
        partner=partner,
        original_booking=booking,
        original_order_id=booking.magento_order_id,
        original_order_item_id=booking.magento_order_item_id,
        course_product_id=1,
        original_participants=2,
        token=f"{partner.pk:064d}",
        token_expires_at=NOON,
        created_at=NOON,
    )
    booking.proposed_dates.create(partner=partner, course_date=date, rank=1, proposed_at=NOON)
    RebookingTerms.objects.create(partner=partner, price_policy="keep")
    booking.stock_changes.create(
        partner=partner, course_date=date, reason="rebooked", delta=2, created_at=NOON
    )


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


def test_without_a_scope_every_protected_table_looks_empty(two_partners):
    tenancy.enter()

    assert {table: count(table) for table in protected_tables()} == dict.fromkeys(protected_tables(), 0)


def test_a_partners_scope_shows_only_rows_of_that_partner(two_partners):
    ada, _eve = two_partners
    tenancy.enter(partner_ids=[ada.pk])

    for table in protected_tables():
        column = "id" if table == "miomente_partner_portal_partners" else "partner_id"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM information_schema.columns WHERE table_name = %s AND column_name = %s",
                [table, column],
            )
            if not cursor.fetchone()[0]:
                assert count(table) == 0, table
                continue
            cursor.execute(f"SELECT coalesce(array_agg(DISTINCT {column}), '{{}}') FROM {table}")
            assert set(cursor.fetchone()[0]) <= {ada.pk}, table


def test_a_foreign_row_cannot_be_written_or_changed(two_partners):
    ada, eve = two_partners
    tenancy.enter(partner_ids=[ada.pk])

    with pytest.raises(ProgrammingError), transaction.atomic():
        events.record("booking.confirmed", subject=_Foreign(eve.pk), actor="test", at=NOON)

    assert Booking.objects.filter(partner_id=eve.pk).update(notes="mine") == 0


class _Foreign:
    EVENT_SUBJECT = "booking"

    def __init__(self, partner_id: int) -> None:
        self.pk, self.partner_id = 1, partner_id


def test_orders_without_a_partner_are_for_staff_alone(two_partners):
    ada, _eve = two_partners
    assert UnmatchedOrder.objects.count() == 1

    tenancy.enter(partner_ids=[ada.pk])

    assert UnmatchedOrder.objects.count() == 0


def test_a_user_sees_its_own_memberships_before_a_partner_is_chosen(two_partners, ada, eve):
    tenancy.enter(user_id=ada.pk)

    assert list(Member.objects.values_list("user_id", flat=True)) == [ada.pk]


def test_a_scope_ends_with_its_block_and_gives_the_outer_one_back(two_partners):
    ada, eve = two_partners
    tenancy.enter(partner_ids=[ada.pk])

    with tenancy.scope(partner_ids=[eve.pk]):
        inner = list(Partner.objects.values_list("pk", flat=True))

    assert inner == [eve.pk]
    assert list(Partner.objects.values_list("pk", flat=True)) == [ada.pk]


def test_a_scope_that_fails_gives_the_outer_one_back_too(two_partners):
    ada, eve = two_partners
    tenancy.enter(partner_ids=[ada.pk])

    with pytest.raises(ZeroDivisionError), tenancy.scope(partner_ids=[eve.pk]):
        raise ZeroDivisionError

    assert list(Partner.objects.values_list("pk", flat=True)) == [ada.pk]


def test_seeing_all_partners_needs_a_registered_reason(db):
    with pytest.raises(LookupError), tenancy.system("because"):
        pass


def test_events_are_append_only(two_partners):
    with pytest.raises(ProgrammingError), transaction.atomic():
        Event.objects.update(kind="booking.declined")
    with pytest.raises(ProgrammingError), transaction.atomic():
        Event.objects.all().delete()


def test_the_audit_trail_keeps_who_changed_what_and_cannot_be_written(everything, adas_partner):
    Partner.objects.filter(pk=adas_partner.pk).update(language="en")

    row = Audit.objects.latest("id")
    assert (row.table_name, row.actor, row.old, row.new) == (
        "miomente_partner_portal_partners",
        "test",
        {"language": "de"},
        {"language": "en"},
    )
    with pytest.raises(ProgrammingError), transaction.atomic():
        Audit.objects.create(table_name="x", row_id="1", actor="me", at=NOON)


def test_the_audit_trail_keeps_no_address_of_a_person(everything, adas_partner):
    Partner.objects.filter(pk=adas_partner.pk).update(
        email="new@example.org", phone="1", contact="Neue Person"
    )

    row = Audit.objects.latest("id")
    assert sorted(row.new) == ["contact", "email", "phone"]
    assert not {"new@example.org", "1", "Neue Person"} & set(row.new.values())
    assert row.old["email"] != row.new["email"]


def test_a_second_live_row_of_an_order_item_is_impossible(everything, adas_partner):
    first = make_booking(adas_partner)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_booking(adas_partner, magento_order_item_id=first.magento_order_item_id, generation=2)
