"""The sheet of a date: who comes, what they must not eat, on a page and as a PDF."""

import pytest

from portal.bookings.date_changes import sheets
from portal.bookings.date_changes.notes import has_diet
from portal.bookings.operations import By, confirm_booking, erase_orders, expire_booking
from portal.bookings.tests.falling import MINUTE, book, fall_through
from portal.conftest import NOON
from portal.core.tests.pdf_text import pages_of
from portal.dates import operations as dates
from portal.dates.tests.factories import make_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
SIXTY_DAYS = 60 * 24 * 60 * MINUTE


@pytest.fixture
def date(adas_partner):
    return make_date(adas_partner, capacity=12, location="Küchengasse 3", notes="Wasabi kaufen")


def named(booking, first_name: str, last_name: str = "Müller"):
    booking.customer.first_name, booking.customer.last_name = first_name, last_name
    booking.customer.save()
    return booking


def text_of(date, *, at=NOON) -> str:
    return " ".join(pages_of(pdf_of(date, at=at)))


def pdf_of(date, *, at=NOON) -> bytes:
    return sheets.pdf_of(sheets.sheet_of(date, own_zone="Europe/Berlin", at=at))


def missing(text: str, *expected: str) -> list[str]:
    flat = "".join(text.split())
    return [each for each in expected if "".join(each.split()) not in flat]


def test_page_and_pdf_say_the_same(date, ada_client):
    booking = named(book(date, notes="Allergien: Nüsse\nWir kommen mit dem Rad", participants=3), "Zoë")
    confirm_booking(booking, by=By("portal"), at=NOON)
    named(book(date, shop_payment_status="open"), "Paul", "Ohnezusage")
    dates.sell_elsewhere(date, quantity=2, key="1", actor="user:1", at=NOON)
    expected = [
        "Sushi-Kurs",
        "Wed 8 May 2030",
        "12:00",
        "Küchengasse 3",
        "5 participants and 2 sold elsewhere",
    ]
    expected += ["7 of 12 taken", "Zoë Müller", "0171 39200 01", "Paid", "Not paid yet", "not confirmed yet"]
    expected += ["Please note: Nüsse", "Wir kommen mit dem Rad", booking.order_number, "Wasabi kaufen"]

    page = ada_client.get(f"/dashboard/dates/{date.pk}/sheet")
    pdf = ada_client.get(f"/dashboard/dates/{date.pk}/sheet.pdf")

    assert missing(page.text, *expected) == []
    assert missing(" ".join(pages_of(pdf.content)), *expected) == []
    assert page.text.count('class="sheet-box"') == 5
    assert {response.headers["Cache-Control"] for response in (page, pdf)} == {"no-store"}
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.headers["Content-Disposition"] == 'inline; filename="day-sheet-2030-05-08-sushi-kurs.pdf"'


def test_only_who_comes_stands_on_it(date):
    named(book(date, status="cancelled", cancelled_at=NOON), "Gone")
    named(book(date, released_at=None, asked_at=None), "Unpaid")
    named(book(date), "Coming")

    text = text_of(date)

    assert "Coming" in text
    assert [each for each in ("Gone", "Unpaid") if each in text] == []


def test_who_was_not_answered_in_time_may_come_and_still_stands_on_it(date):
    booking = named(book(date, participants=2), "Zoë")
    begun = date.starts_at + MINUTE
    expire_booking(booking, at=begun)

    text = text_of(date, at=begun)

    assert missing(text, "Zoë Müller", "not confirmed yet", "2 participants", "2 of 12 taken") == []


def test_what_people_wrote_is_text_and_never_code(date):
    strange = '#pagebreak() *fett* $x^2$ [a] <b> \\ `raw` @ref // /* #eval("1+1") "quote" = Titel {a}'
    named(book(date, notes=strange), '#image("/etc/passwd")', "</table><script>")

    text = text_of(date)

    assert missing(text, strange, '#image("/etc/passwd")', "</table><script>") == []


def test_pictures_are_named_and_letters_of_all_the_world_break_nothing(date):
    named(book(date, notes="Allergie: 🥜 und Straße\u200d \x07"), "Şirin Łukasz", "Ивано́в 中文 مرحبا")

    text = text_of(date)

    assert missing(text, "[peanuts]", "Straße", "Łukasz") == []


def test_two_hundred_participants_stand_on_several_pages_with_numbers(date):
    for number in range(67):
        named(book(date, participants=3), f"Gast{number:02}")

    pages = pages_of(pdf_of(date))

    assert len(pages) > 2
    assert [missing(page, f"Page {number} of {len(pages)}") for number, page in enumerate(pages, 1)] == [
        []
    ] * len(pages)
    found = " ".join(pages)
    assert [each for each in range(67) if f"Gast{each:02}" not in found] == []


def test_a_word_without_end_and_a_book_for_a_note_break_nothing(date):
    named(book(date, notes="Allergie: " + "ä" * 300 + "\n" + "Noch etwas. " * 900), "X" * 120)

    assert len(pages_of(pdf_of(date))) > 1


def test_long_after_the_date_it_names_nobody(date):
    booking = named(book(date, notes="Allergien: Nüsse"), "Jürgen")
    at = NOON + SIXTY_DAYS

    text = text_of(date, at=at)

    assert missing(text, "J. M.") == []
    assert [each for each in ("Jürgen", "Nüsse", booking.customer.phone) if each in text] == []


def test_an_erased_customer_is_not_named(date):
    booking = named(book(date, notes="Allergien: Nüsse"), "Jürgen")
    erase_orders([booking.magento_order_id], actor="user:1", at=NOON)

    text = text_of(date)

    assert missing(text, "(erased)") == []
    assert [each for each in ("Jürgen", "Nüsse") if each in text] == []


def test_nobody_has_booked(date, vera_client):
    page = vera_client.get(f"/dashboard/dates/{date.pk}/sheet")

    assert (page.status_code, "Nobody has booked yet." in page.text) == (200, True)
    assert missing(text_of(date), "Nobody has booked yet.") == []


def test_a_cancelled_date_says_so_and_names_nobody(date):
    named(book(date), "Jürgen")
    fall_through(date)
    date.refresh_from_db()

    text = text_of(date)

    assert missing(text, "This date is cancelled.") == []
    assert "Jürgen" not in text


def test_it_can_be_read_aloud(date):
    book(date)

    pdf = pdf_of(date)

    assert b"/StructTreeRoot" in pdf
    assert b"pdfuaid" in pdf


@pytest.mark.parametrize("number", [1, 9])
def test_it_asks_the_same_number_of_questions_for_however_many(date, number, django_assert_num_queries):
    for _ in range(number):
        book(date, notes="Allergien: Nüsse")
    date = type(date).objects.select_related("course").get(pk=date.pk)

    with django_assert_num_queries(2):
        sheets.sheet_of(date, own_zone="Europe/Berlin", at=NOON)


@pytest.mark.parametrize(
    ("notes", "is_about_food"),
    [
        ("Allergien: Nüsse", True),
        ("Allergien: keine", False),
        ("Allergien: Nein!", False),
        ("Allergies: none", False),
        ("Ich bin Vegetarierin", True),
        ("Laktoseintoleranz", True),
        ("Wir kommen mit dem Rad", False),
        ("Sitzplatz: am Fenster", False),
        ("", False),
    ],
)
def test_what_somebody_must_not_eat_is_marked(notes, is_about_food):
    assert has_diet(notes) is is_about_food
