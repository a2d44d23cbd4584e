"""Bookings as files: what German Excel opens, that no cell is a formula, and whose rows they are."""

import csv
import io
import zipfile
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings import exporting
from portal.bookings.models import Booking
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.pages import LIST, confirm, decline
from portal.conftest import NOON, client_of
from portal.core import tenancy
from portal.core.spreadsheets import FORMULA

pytestmark = pytest.mark.usefixtures("noon")
CSV, XLSX = f"{LIST}/export.csv", f"{LIST}/export.xlsx"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1+1", '=HYPERLINK("http://x")']


def content(response) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def csv_rows(response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content(response).decode("utf-8-sig"), newline=""), delimiter=";"))


def xlsx_cells(response) -> dict[str, tuple[str, str]]:
    """By address: the kind of the cell and what it holds."""
    with zipfile.ZipFile(io.BytesIO(content(response))) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert list(sheet.iter(f"{SHEET}f")) == []
    return {
        cell.attrib["r"]: (cell.attrib.get("t", "n"), "".join(cell.itertext()))
        for cell in sheet.iter(f"{SHEET}c")
    }


def test_the_csv_is_what_german_excel_expects(ada, adas_partner, booking):
    declined = make_booking(
        adas_partner,
        starts_at=NOON + timedelta(days=20),
        notes="Keine Nüsse;\nkein „Fisch“",
        shop_price_cents=5,
    )
    decline(declined, ada)
    client = client_of(ada, "de")

    response = client.get(CSV)

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="')
    assert response.headers["Content-Disposition"].endswith('-2030-05-01.csv"')
    assert response.headers["Cache-Control"] == "no-store"
    body = content(client.get(CSV))
    assert body.startswith(b"\xef\xbb\xbf")
    assert body.count(b"\r\n") == 3
    head, first, second = csv_rows(response)
    assert len(head) == len(first) == len(second) == len(exporting.COLUMNS)
    assert first[0] == declined.order_number
    assert first[2:6] == ["21.05.2030", "12:00", "Sushi-Kurs für Anfänger", "2"]
    assert first[6:12] == ["Jürgen", "Müller", "juergen@example.com", "0171 39200 01", "0,05", "EUR"]
    assert first[13:16] == ["01.05.2030 12:00", "", "01.05.2030 12:00"]
    assert first[16:] == ["Termin nicht mehr verfügbar", "Keine Nüsse;\nkein „Fisch“"]
    assert (second[0], second[10], second[16:]) == (booking.order_number, "178,00", ["", ""])


def test_the_headings_are_in_the_language_of_the_page(ada_client, booking):
    head, _ = csv_rows(ada_client.get(CSV))

    assert head[:6] == ["Order number", "Status", "Date", "Time", "Course", "Participants"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_is_ever_a_formula(ada_client, adas_partner, text):
    booking = make_booking(adas_partner, notes=text, course_name=text)
    booking.customer.last_name = text
    booking.customer.save()

    _, row = csv_rows(ada_client.get(CSV))
    cells = xlsx_cells(ada_client.get(XLSX))

    assert [row[4], row[7], row[17]] == [f"'{text}"] * 3
    assert {cells[address][0] for address in ("E2", "H2", "R2")} == {"inlineStr"}


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize(
    "text",
    [
        *DANGEROUS,
        "\t=1",
        "\r=1",
        "\n=1",
        "Muster,=HYPERLINK(0),x",
        "Muster, +1;@SUM(A1)",
        'Muster,"=1+1"',
        'Muster, ""=1+1',
        "Notiz\n=1+1",
        'Notiz\r\n "-1',
        "Notiz\t＝1+1",
    ],
)
def test_no_cell_becomes_a_formula_whatever_separates_lists(ada_client, adas_partner, text, delimiter):
    booking = make_booking(adas_partner, notes=text, course_name=text)
    booking.customer.last_name = text
    booking.customer.save()

    file = io.StringIO(content(ada_client.get(CSV)).decode("utf-8-sig"), newline="")

    cells = [cell for row in csv.reader(file, delimiter=delimiter) for cell in row]
    assert [cell for cell in cells if FORMULA.match(cell) and not cell.strip().startswith("'")] == []


def test_phone_numbers_stay_readable(ada_client, booking):
    booking.customer.phone = "+49 171 39200-01"
    booking.customer.save()

    assert csv_rows(ada_client.get(CSV))[1][9] == "'+49 171 39200-01"
    assert xlsx_cells(ada_client.get(XLSX))["J2"] == ("inlineStr", "+49 171 39200-01")


def test_harmless_texts_stay_as_they_are(ada_client, adas_partner):
    make_booking(adas_partner, notes="Müller-Lüdenscheidt; a=b, 2+2 – „so“")

    assert csv_rows(ada_client.get(CSV))[1][17] == "Müller-Lüdenscheidt; a=b, 2+2 – „so“"


def test_the_xlsx_has_days_times_and_amounts_as_such(ada_client, booking):
    response = ada_client.get(XLSX)

    assert response.headers["Content-Disposition"] == 'attachment; filename="bookings-2030-05-01.xlsx"'
    cells = xlsx_cells(response)
    assert cells["A1"] == ("inlineStr", "Order number")
    assert cells["A2"] == ("inlineStr", booking.order_number)
    # Days since 1899-12-30, and parts of a day.
    assert (cells["C2"], cells["D2"]) == (("n", "47611"), ("n", "0.5"))
    assert (cells["F2"], cells["K2"]) == (("n", "2"), ("n", "178"))


def test_a_very_long_note_is_cut_where_excel_would_refuse_it(ada_client, adas_partner):
    make_booking(adas_partner, notes="ü" * 40_000)

    assert len(xlsx_cells(ada_client.get(XLSX))["R2"][1]) == 32_767


def test_a_date_without_a_time_and_none_at_all_leave_cells_empty(ada_client, adas_partner):
    make_booking(adas_partner, starts_at=None)

    assert csv_rows(ada_client.get(CSV))[1][2:4] == ["", ""]
    assert "C2" not in xlsx_cells(ada_client.get(XLSX))


def test_all_that_is_filtered_is_in_the_file_not_only_the_page(ada, ada_client, adas_partner):
    pending = [make_booking(adas_partner) for _ in range(25)]
    confirm(make_booking(adas_partner), ada)

    rows = csv_rows(ada_client.get(f"{CSV}?status=pending&page=2"))

    assert sorted(row[0] for row in rows[1:]) == sorted(each.order_number for each in pending)


def test_a_filter_that_cannot_be_meant_leads_to_the_list_that_says_so(ada_client, booking):
    response = ada_client.get(f"{XLSX}?from=nonsense")

    assert (response.status_code, response.url) == (302, f"{LIST}?from=nonsense")


def test_30_days_after_the_date_the_file_has_initials(ada_client, adas_partner):
    make_booking(adas_partner, starts_at=NOON - timedelta(days=30), status="expired")
    make_booking(adas_partner, starts_at=NOON - timedelta(days=29), status="expired")

    rows = csv_rows(ada_client.get(CSV))

    assert [row[6:10] for row in rows[1:]] == [
        ["Jürgen", "Müller", "juergen@example.com", "0171 39200 01"],
        ["J.", "M.", "", ""],
    ]


@pytest.mark.parametrize("path", [CSV, XLSX])
def test_viewers_may_and_others_get_their_own_rows_alone(vera_client, eve_client, booking, path):
    assert len(content(vera_client.get(path))) > len(content(eve_client.get(path)))


def test_a_file_has_no_rows_of_another_partner_even_where_the_filter_is_forgotten(adas_partner, eves_partner):
    make_booking(adas_partner)
    make_booking(eves_partner, course_name="Töpfern")

    with tenancy.system("tests"):
        everything = Booking.objects.with_relations().order_by("id")
        with exporting.write_csv(adas_partner, everything, at=NOON) as file:
            body = file.read().decode()

    assert ("Sushi" in body, "Töpfern" in body) == (True, False)


@pytest.mark.parametrize("write", [exporting.write_csv, exporting.write_xlsx])
def test_a_file_costs_as_many_queries_for_one_row_as_for_many(adas_partner, write):
    def queries_of() -> int:
        with CaptureQueriesContext(connection) as captured:
            write(adas_partner, Booking.objects.of_partner(adas_partner).with_relations(), at=NOON).close()
        return len(captured)

    make_booking(adas_partner)
    few = queries_of()
    for _ in range(5):
        make_booking(adas_partner)

    assert queries_of() == few
