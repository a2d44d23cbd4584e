"""Links: issued once, renewed by a higher version, found by any token they ever had."""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, make_partner
from portal.core import links, tenancy
from portal.core.models import FormerLink, Link, LinkVisit

LATER = NOON + timedelta(days=7)


@pytest.fixture
def booking(adas_partner):
    return make_booking(adas_partner)


def issue(
    booking, *, version: int = 1, recipient: str = "ada@example.org", purpose: str = "decide", at=NOON
) -> Link:
    return links.issue(
        purpose,
        subject=booking,
        recipient=recipient,
        version=version,
        expires_at=at + timedelta(days=7),
        at=at,
    )


def open_link(token: str, purpose: str = "decide") -> links.OpenedLink | None:
    """As a request does: with no scope of its own."""
    tenancy.enter()
    return links.open_link(token, purpose=purpose)


def test_issue_makes_one_link_however_often_it_runs(booking):
    first = issue(booking)

    again = issue(booking, at=NOON + timedelta(days=1))

    # Its days count anew.
    assert (again.pk, again.expires_at, again.created_at) == (first.pk, LATER + timedelta(days=1), NOON)
    assert links.token_of(again) == links.token_of(first)
    assert (Link.objects.count(), FormerLink.objects.count()) == (1, 0)


def test_every_recipient_purpose_and_subject_has_a_link_of_its_own(booking, adas_partner):
    made = [
        issue(booking),
        issue(booking, recipient="ben@example.org"),
        issue(booking, purpose="rebook"),
        issue(make_booking(adas_partner)),
    ]

    assert len({links.token_of(link) for link in made}) == 4


def test_the_token_is_64_hex_characters_and_only_its_sha256_is_kept(booking):
    link = issue(booking)

    token = links.token_of(link)

    assert re.fullmatch("[0-9a-f]{64}", token)
    assert link.token_hash == hashlib.sha256(token.encode()).hexdigest()


def test_a_higher_version_renews_the_link_and_forgets_how_the_old_one_fared(booking):
    link = issue(booking)
    links.mark_used(link, at=NOON)
    links.mark_mailed(subject_type="booking", subject_id=booking.pk, recipient="ada@example.org", at=NOON)

    renewed = issue(booking, version=2, at=NOON + timedelta(days=1))

    assert renewed.pk == link.pk
    assert (renewed.version, renewed.expires_at) == (2, LATER + timedelta(days=1))
    assert (renewed.used_at, renewed.mailed_at, renewed.seen_at) == (None, None, None)


def test_a_lower_version_that_comes_late_changes_nothing(booking):
    token = links.token_of(issue(booking, version=3))

    late = issue(booking, version=2)

    assert (late.version, links.token_of(late)) == (3, token)


def test_open_finds_the_link_and_enters_the_scope_of_its_partner(booking, adas_partner):
    link = issue(booking)

    opened = open_link(links.token_of(link))

    assert (opened.link, opened.is_outdated, opened.link.seen_at) == (link, False, None)
    assert list(type(adas_partner).objects.all()) == [adas_partner]


def test_the_tokens_of_all_older_versions_lead_to_the_link_as_outdated(booking):
    tokens = [links.token_of(issue(booking, version=version)) for version in (1, 2, 3)]

    opened = [open_link(token) for token in tokens]

    assert [each.is_outdated for each in opened] == [True, True, False]
    assert len({each.link.pk for each in opened}) == 1


def test_the_first_visit_is_kept_as_seen(booking):
    link = issue(booking)

    for at in (NOON, NOON + timedelta(hours=1)):
        links.record_visit(link, action="confirm", is_person=True, at=at)

    link.refresh_from_db()
    assert link.seen_at == NOON


def test_expired_and_used_links_are_found_since_they_still_show_the_state(booking):
    link = issue(booking)
    links.mark_used(link, at=NOON)

    assert open_link(links.token_of(link)).link.used_at == NOON


@pytest.mark.parametrize("token", ["", "0" * 64, "0" * 63, "0" * 65, "\0" * 64, "ä" * 64, "0" * 64 + "\n"])
def test_an_unknown_token_opens_nothing_and_no_scope(booking, token):
    issue(booking)

    assert open_link(token) is None
    assert Link.objects.count() == 0


def test_a_token_opens_nothing_for_another_purpose(booking):
    token = links.token_of(issue(booking))

    assert open_link(token, purpose="invitation") is None


def test_the_hash_of_a_token_is_no_token(booking):
    assert open_link(issue(booking).token_hash) is None


def test_visits_are_kept_as_of_persons_and_robots_and_asked_for_since_when(booking):
    link = issue(booking)
    links.record_visit(link, action="decline", is_person=False, at=NOON)
    links.record_visit(link, action="confirm", is_person=True, at=NOON + timedelta(seconds=1))

    found = [(visit.action, visit.visitor) for visit in LinkVisit.objects.order_by("id")]

    assert found == [("decline", "robot"), ("confirm", "person")]
    assert links.was_visited(link, action="decline", since=NOON)
    assert not links.was_visited(link, action="decline", since=NOON + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("grace", "mailed", "is_in_grace"),
    [
        (120, timedelta(seconds=-119), True),
        (120, timedelta(seconds=-120), False),
        (120, None, True),
        (0, timedelta(0), False),
        (0, None, False),
    ],
)
def test_the_grace_begins_when_the_mail_has_left(booking, settings, grace, mailed, is_in_grace):
    settings.CONFIRM_GRACE_SECONDS = grace
    link = issue(booking)
    link.mailed_at = None if mailed is None else NOON + mailed

    assert links.is_in_grace(link, at=NOON) == is_in_grace


def test_mark_used_keeps_the_first_time(booking):
    link = issue(booking)

    links.mark_used(link, at=NOON)
    links.mark_used(link, at=LATER)

    link.refresh_from_db()
    assert link.used_at == NOON


def test_find_asks_for_subject_and_purpose(booking, adas_partner):
    link = issue(booking)

    assert links.find("decide", subject=booking) == link
    assert links.find("rebook", subject=booking) is None
    assert links.find("decide", subject=make_booking(adas_partner)) is None


@pytest.mark.django_db(transaction=True)
def test_who_issues_a_link_does_not_wait_for_somebody_elses():
    with tenancy.system("tests"):
        partner = make_partner("Kochschule Ada", 1)
        first, second = make_booking(partner), make_booking(partner)

    def issue_another() -> str:
        try:
            with tenancy.scope(partner_ids=[partner.pk]), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                return issue(second).token_hash
        finally:
            connection.close()

    with tenancy.scope(partner_ids=[partner.pk]):
        mine = issue(first).token_hash
        with ThreadPoolExecutor(1) as pool:
            theirs = pool.submit(issue_another).result(timeout=10)

    assert len({mine, theirs, ""}) == 3


def test_a_link_that_is_over_works_again_with_the_token_its_owner_has(booking):
    link = issue(booking)
    before = links.token_of(link)

    again = issue(booking, at=LATER)

    assert (again.pk, again.expires_at, links.token_of(again)) == (link.pk, LATER + timedelta(days=7), before)
    assert links.open_link(before, purpose="decide").is_outdated is False


def test_whoever_is_no_recipient_of_a_subject_has_an_outdated_link(booking):
    kept, ended = issue(booking, recipient="a@example.org"), issue(booking, recipient="b@example.org")
    tokens = [links.token_of(each) for each in (kept, ended)]

    links.outdate_others("decide", {booking.pk: ["a@example.org"]}, subject_type="booking", at=NOON)

    assert [links.open_link(each, purpose="decide").is_outdated for each in tokens] == [False, True]
