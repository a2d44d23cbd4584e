"""A partner's address changes: what waits is asked for there, and nothing that went elsewhere answers any more."""

from datetime import timedelta

import pytest

from portal.bookings import operations
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.tests.shop_orders import LATER, confirm, make_line, make_order, take_in
from portal.conftest import NOON
from portal.core import links
from portal.core.models import Link, OutboxMail
from portal.partners.operations import save_partner

OLD, NEW = "partner1@example.org", "new@example.org"


@pytest.fixture
def move(adas_partner, run_jobs):
    def move_to(address: str, at=LATER) -> None:
        adas_partner.email = address
        save_partner(adas_partner, actor="test", at=at)
        run_jobs("core.run_subscriber")

    return move_to


def answering() -> list[str]:
    """Who could answer by link now."""
    booking = Booking.objects.get()
    soon = LATER + timedelta(minutes=9)
    live = Link.objects.filter(expires_at__gt=soon, version=booking.version).order_by(
        "created_at", "recipient"
    )
    return [each.recipient for each in live if operations.is_recipient(booking, each.recipient, at=soon)]


def requests() -> list[tuple[str, int, str]]:
    return list(OutboxMail.objects.order_by("id").values_list("recipient", "version", "state"))


def test_there_and_back_again_each_address_has_a_mail_whose_link_works_while_it_is_the_address(
    adas_partner, run_jobs, move
):
    take_in(make_order())
    run_jobs()

    move(NEW)
    run_jobs()
    move(OLD, at=LATER + timedelta(minutes=1))
    run_jobs()

    assert requests() == [(OLD, 1, "sent"), (NEW, 1, "sent")]
    assert answering() == [OLD]


def test_an_address_that_is_taken_away_ends_its_links(adas_partner, run_jobs, move):
    take_in(make_order())
    run_jobs()

    move("")

    assert answering() == []


def test_the_column_of_the_token_names_a_link_that_answers(adas_partner, run_jobs, move):
    take_in(make_order())
    move(NEW)

    link = Link.objects.get(recipient=NEW)
    assert Booking.objects.get().confirmation_token == link.token_hash == links.hash_of(links.token_of(link))


def test_a_mail_that_had_not_left_goes_to_the_new_address_alone(adas_partner, run_jobs, move):
    take_in(make_order())

    move(NEW)
    run_jobs()

    assert [row for row in requests() if row[2] == "sent"] == [(NEW, 1, "sent")]
    assert {row[2] for row in requests()} == {"sent", "dropped"}


def test_an_undo_after_the_address_changed_asks_at_the_new_one(adas_partner, run_jobs, move, settings):
    settings.UNDO_SECONDS = 600
    take_in(make_order())
    run_jobs()
    booking = Booking.objects.get()
    confirm(booking)
    move(NEW, at=NOON + timedelta(minutes=1))

    operations.undo_decision(booking, by=By("portal"), at=NOON + timedelta(minutes=2))
    run_jobs()

    assert requests() == [(OLD, 1, "sent"), (NEW, 1, "sent")]
    assert answering() == [NEW]


def test_another_change_of_the_partner_asks_for_nothing_anew(adas_partner, run_jobs, move):
    take_in(make_order())
    run_jobs()

    adas_partner.phone = "030 1"
    move(OLD)
    run_jobs()

    assert requests() == [(OLD, 1, "sent")]


def test_a_shop_change_after_the_move_reaches_the_new_address_with_a_link_that_works(
    adas_partner, run_jobs, move
):
    take_in(make_order())
    run_jobs()
    move(NEW)
    run_jobs()

    take_in(make_order(make_line(participants=4, ordered=4)), at=LATER)
    run_jobs()

    assert requests() == [(OLD, 1, "sent"), (NEW, 1, "sent"), (NEW, 2, "sent")]
    assert answering() == [NEW]
