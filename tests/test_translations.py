"""German is complete: every text has its translation, and no page or mail falls back to English."""

import html
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import polib
import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.operations import owe_password_reset
from portal.bookings import operations, queries
from portal.bookings.date_changes import operations as date_changes
from portal.bookings.models import Customer, StaffQuestion
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking, make_unmatched_order
from portal.bookings.tests.looking import ask
from portal.conftest import NOON, client_of
from portal.core import jobs, outbox
from portal.core.models import OutboxMail
from portal.partners.operations import invite_member
from portal.rebooking import operations as rebookings
from portal.rebooking.models import Choice, Rebooking
from portal.rebooking.opening import token_of
from portal.rebooking.operations import Wish
from portal.rebooking.operations import mails as rebooking_mails
from portal.rebooking.options import options_for
from portal.rebooking.tests.factories import make_declined, make_free_date, make_rebooking, now_of

PORTAL = Path(__file__).resolve().parents[1] / "portal"
CATALOG = PORTAL / "locale" / "de" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)s|%[sd]|\{\w+\}")
# Texts never say that something went well "successfully". The API's field "success" is no such text.
BOASTS = re.compile(r"erfolgreich|successful", re.IGNORECASE)


@cache
def catalog() -> polib.POFile:
    return polib.pofile(str(CATALOG))


def originals(entry: polib.POEntry) -> list[str]:
    return [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


# --- The catalog


def test_every_text_is_translated():
    assert [entry.msgid for entry in catalog() if not entry.translated() or entry.obsolete] == []


def test_translations_keep_every_placeholder():
    wrong = [
        (original, text)
        for entry in catalog()
        for original, text in zip(originals(entry), translations(entry), strict=True)
        if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(original))
    ]

    assert wrong == []


def test_translations_keep_every_tag():
    tag = re.compile(r"</?\w+[^>]*>")
    wrong = [
        entry.msgid
        for entry in catalog()
        if any(sorted(tag.findall(text)) != sorted(tag.findall(entry.msgid)) for text in translations(entry))
    ]

    assert wrong == []


def test_the_compiled_catalog_is_what_the_catalog_says():
    assert CATALOG.with_suffix(".mo").read_bytes() == catalog().to_binary()


def test_the_catalog_has_exactly_the_texts_of_the_code(tmp_path):
    if not all(map(shutil.which, ("xgettext", "msguniq", "msgmerge"))):
        pytest.skip(
            "GNU gettext is missing: install the package gettext to compare the catalog with the code."
        )
    copy = tmp_path / "portal"
    shutil.copytree(PORTAL, copy, ignore=shutil.ignore_patterns("__pycache__", "static"))
    extract = (
        "-m",
        "django",
        "makemessages",
        "-l",
        "de",
        "--no-obsolete",
        "--settings=portal.config.settings",
    )

    # The copy is what is imported, and so its catalog what is written.
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    subprocess.run([sys.executable, *extract], cwd=copy, env=environment, check=True, capture_output=True)

    extracted = polib.pofile(str(copy / CATALOG.relative_to(PORTAL)))
    assert _keys(extracted) == _keys(catalog())


def _keys(entries: polib.POFile) -> set[tuple[str | None, str]]:
    return {(entry.msgctxt, entry.msgid) for entry in entries if not entry.obsolete}


def test_no_text_boasts():
    texts = [text for entry in catalog() for text in (entry.msgid, *translations(entry))]
    templates = [path for path in PORTAL.rglob("templates/**/*.*") if path.suffix in (".html", ".txt")]

    assert [text for text in texts if BOASTS.search(text)] == []
    assert [path.name for path in templates if BOASTS.search(path.read_text())] == []


# --- Pages and mails


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def pages(adas_partner, ada) -> dict[str, list[str]]:
    """The addresses of pages, by who opens them; something stands on each."""
    pending, token = ask(adas_partner, notes="Keine Zwiebeln bitte")
    confirmed, confirmed_token = ask(adas_partner)
    declined = make_booking(adas_partner)
    make_booking(adas_partner, starts_at=None)
    operations.confirm_booking(confirmed, by=By("email_token"), at=NOON)
    reason = queries.reason_by_code("capacity_full")
    operations.decline_booking(declined, reason=reason, notes="", by=By("portal", ada), at=NOON)
    make_booking(adas_partner, staff_question=StaffQuestion.REVIVED)
    invite_member(adas_partner, email="new@example.org", name="Neu", role="viewer", actor="test", at=NOON)
    refused = outbox.put("booking_cancelled", subject=pending, recipient="a@example.org", at=NOON)
    OutboxMail.objects.filter(pk=refused.pk).update(state="failed", problem="550")
    jobs.defer("bookings.import_hint", hints=["1"])
    choosing, *_ = _rebookings(adas_partner)
    order = make_unmatched_order(partner_value="", reason="no_partner")
    return {
        "nobody": [
            *map(reverse, ("account_login", "account_reset_password", "account_inactive", "demo:shop")),
            *map(reverse, ("demo:mailbox", "demo:tickets", "account_reset_password_done")),
            *(reverse("bookings:confirm_page", args=[each]) for each in (token, confirmed_token)),
            *(f"/confirmation-error?reason={each}" for each in ("invalid", "expired", "already_processed")),
            reverse("rebooking:error", args=["unknown"]),
            "/there-is-no-such-page",
        ],
        "ada": [
            *map(reverse, ("bookings:list", "account_change_password", "account_logout")),
            *(reverse("bookings:detail", args=[each.pk]) for each in (pending, confirmed, declined)),
            *(reverse("bookings:decline", args=[each.pk]) for each in (pending, confirmed)),
            *map(reverse, ("home:dashboard", "courses:list", "dates:create", "rebooking:list")),
            reverse("bookings:decline", args=[pending.pk]) + "?change=1",
            reverse("bookings:detail", args=[choosing.original_booking_id]),
            *(f"{reverse('dates:list')}?view={view}" for view in ("month", "week", "list")),
            *(reverse(f"dates:{name}", args=[pending.course_date_id]) for name in ("detail", "edit")),
            reverse("courses:detail", args=[pending.course_id]),
            *(
                reverse(f"date_changes:{name}", args=[pending.course_date_id])
                for name in ("emergency", "sheet")
            ),
        ],
        "mona": [
            *map(reverse, ("manage:home", "manage:waiting", "manage:questions", "manage:imports")),
            *map(reverse, ("manage:unmatched", "manage:partners", "manage:create_partner", "manage:dates")),
            reverse("manage:assign", args=[order.pk]),
            reverse("manage:partner", args=[adas_partner.pk]),
            reverse("manage:partners") + "?search=nobody",
            *(f"{reverse('manage:rebookings')}?filter={each}" for each in ("open", "waiting", "all")),
            reverse("manage:booking", args=[choosing.original_booking_id]),
        ],
    }


def _rebookings(partner) -> tuple[Rebooking, Rebooking, Rebooking]:
    """Links of customers: one still chooses, one has chosen, and one is left without a date and says so."""
    chosen, choosing = make_rebooking(partner), make_rebooking(partner)
    for each in (chosen, choosing):
        make_free_date(each.original_booking.course, 14)
    date = make_free_date(chosen.original_booking.course, 21)
    rebookings.rebook(chosen, date.pk, at=NOON)
    dateless = make_rebooking(partner)
    wish = Wish(Choice.OTHER_DATES, weekdays=(5,), time="evening", until=None, note="")
    rebookings.note_wish(dateless, wish, at=NOON)
    return now_of(choosing), now_of(chosen), now_of(dateless)


def test_pages_behind_a_customers_link_say_nothing_in_english_to_a_german(adas_partner):
    tokens = [token_of(each) for each in _rebookings(adas_partner)]
    held = _rebookings(adas_partner)[0]
    rebookings.hold_date(held, options_for(held.original_booking, at=NOON)[0].course_date.pk, at=NOON)
    paths = [reverse("rebooking:page", args=[token]) for token in (*tokens, token_of(held))]

    english, german = ([_spoken(path, language) for path in paths] for language in ("en", "de"))

    assert all(_english_left(page, page) for page in english)
    assert [_english_left(*both) for both in zip(english, german, strict=True)] == [[]] * len(paths)
    assert [(_language(page), _language(other)) for page, other in zip(english, german, strict=True)] == [
        ("en", "de")
    ] * len(paths)


def _spoken(path: str, language: str) -> str:
    """The page for a customer of this language, whatever the browser's."""
    Customer.objects.update(language=language)
    return Client().get(path, follow=True).text


@pytest.mark.parametrize("who", ["nobody", "ada", "mona"])
def test_german_pages_say_nothing_in_english(who, pages, ada, mona):
    english, german = (_client(who, language, ada, mona) for language in ("en", "de"))

    found = {path: (english.get(path).text, german.get(path).text) for path in pages[who]}

    assert [path for path, (page, _) in found.items() if not _english_left(page, page)] == []
    assert {path: left for path, both in found.items() if (left := _english_left(*both))} == {}
    assert {tuple(map(_language, both)) for both in found.values()} == {("en", "de")}


def _client(who: str, language: str, ada, mona) -> Client:
    if who == "nobody":
        return Client(headers={"Accept-Language": language})
    return client_of(ada if who == "ada" else mona, language)


def _language(page: str) -> str:
    found = re.search(r'<html lang="(\w+)"', page)
    return found[1] if found else ""


def test_the_page_after_a_confirmation_is_german(adas_partner):
    _, token = ask(adas_partner)

    page = Client(headers={"Accept-Language": "de", "Accept": "text/html"}).post(
        reverse("bookings:confirm_link", args=[token]), follow=True
    )

    assert (_language(page.text), re.findall(r"<h1[^>]*>(.*?)</h1>", page.text)) == (
        "de",
        ["Buchung bestätigt"],
    )


def test_german_mails_say_nothing_in_english(adas_partner, ada, mona):
    mails = _mails(adas_partner, ada, mona)

    english, german = (_rendered(mails, adas_partner, ada, language) for language in ("en", "de"))

    assert set(english) == {mail.kind for mail in mails} == set(outbox._renderers)
    assert all(_english_left(text, text) for text in english.values())
    assert {kind: left for kind in english if (left := _english_left(english[kind], german[kind]))} == {}
    assert {_language(text) for text in german.values()} == {"de"}


def _mails(partner, ada, mona) -> list[OutboxMail]:
    asked, _ = ask(partner, notes="Keine Zwiebeln bitte")
    confirmed, _ = ask(partner)
    operations.confirm_booking(confirmed, by=By("portal", ada), at=NOON)
    operations.settle_decision(confirmed, at=NOON)
    promised, _ = ask(partner)
    operations.confirm_booking(promised, by=By("staff", mona), at=NOON)
    declined, _ = ask(partner, decline_reason="capacity_full")
    invite_member(partner, email="new@example.org", name="Neu", role="staff", actor="test", at=NOON)
    owe_password_reset(ada, at=NOON)
    about = [
        *((f"booking_{kind}", asked) for kind in ("reminder", "reminder_final", "cancelled")),
        ("booking_confirmed_for_you", promised),
        ("booking_declined", declined),
        ("customer_confirmed", confirmed),
        *((f"second_factor_{kind}", ada) for kind in ("set_up", "removed", "reset")),
        *((kind, ada) for kind in ("password_changed", "recovery_codes_renewed")),
    ]
    for kind, subject in about:
        recipient = confirmed.customer.email if kind == "customer_confirmed" else partner.email
        outbox.put(kind, subject=subject, recipient=recipient, at=NOON)
    choosing, *_ = _rebookings(partner)
    for kind in (rebooking_mails.REMINDER, rebooking_mails.LAST_REMINDER, rebooking_mails.OFFER):
        rebooking_mails.owe(kind, choosing, at=NOON)
    rebooking_mails.owe_declined(make_declined(partner), at=NOON)
    _let_a_date_fall_through(partner, ada)
    version = confirmed.change_count
    outbox.put("booking_changed", subject=confirmed, recipient=partner.email, version=version, at=NOON)
    return [
        *OutboxMail.objects.filter(kind="booking_request", subject_id=asked.pk),
        *OutboxMail.objects.exclude(kind="booking_request"),
    ]


def _let_a_date_fall_through(partner, ada) -> None:
    fallen, _ = ask(partner)
    reason = queries.reason_by_code("capacity_full")
    by = By("portal", ada)
    date_changes.cancel_whole_date(fallen.course_date, reason=reason, notes="Krank", by=by, at=NOON)
    operations.settle_decision(fallen, at=NOON)
    fallen.refresh_from_db()
    operations.tell_declined(fallen, at=NOON)
    date_changes.tell_customer(fallen, at=NOON)


def _rendered(mails: list[OutboxMail], partner, ada, language: str) -> dict[str, str]:
    type(partner).objects.filter(pk=partner.pk).update(language=language)
    type(ada).objects.update(language=language)
    Customer.objects.update(language=language)
    found = {mail.kind: outbox._renderers[mail.kind](mail, NOON) for mail in mails}
    return {kind: f"{mail.subject}\n{mail.text}\n{mail.html}" for kind, mail in found.items() if mail}


def _english_left(english: str, german: str) -> list[str]:
    """The texts of three words or more that stand in both."""
    english, german = (re.sub(r"\s+", " ", html.unescape(text)) for text in (english, german))
    return [text for text in _tell_tales() if text in english and text in german]


@cache
def _tell_tales() -> list[str]:
    """The longest part of each text between its placeholders, as far as it can only be English."""
    parts = {
        max(PLACEHOLDER.split(text), key=len).strip()
        for entry in catalog()
        for text in filter(None, (entry.msgid, entry.msgid_plural))
    }
    return sorted(part for part in parts if len(part.split()) >= 3)
