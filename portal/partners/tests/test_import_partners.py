"""`portal import-partners FILE.csv`."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from portal.core import tenancy
from portal.core.models import Audit, Event
from portal.partners.models import Partner

HEAD = "partner_id,customer_number,company,contact,email,phone,city,postcode,language"
ADA = "10001,K1,Kochschule Ada,Ada Lindner,ada@example.org,089 1,München,80331,de"
EVE = "10002,K2,Töpferei Eva,,,,,,EN"


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def csv(tmp_path: Path):
    def write(*lines: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "partners.csv"
        path.write_text("\n".join(lines) + "\n", encoding=encoding)
        return path

    return write


def run(path: Path) -> tuple[str, str]:
    """What the command says, and what it complains about."""
    out, complaints = StringIO(), StringIO()
    try:
        call_command("import_partners", path, stdout=out, stderr=complaints)
    except CommandError as error:
        complaints.write(str(error))
    return out.getvalue().strip(), complaints.getvalue().strip()


def rows() -> list[tuple[str, ...]]:
    names = (
        "magento_partner_id", "customer_number", "company", "contact", "email", "phone", "city", "postcode", "language",
    )  # fmt: skip
    with tenancy.system("tests"):
        return list(Partner.objects.order_by("pk").values_list(*names))


def test_import_partners_takes_new_ones_in(db, csv):
    said = run(csv(HEAD, ADA, EVE))

    assert said == ("2 partners created, 0 changed, 0 unchanged, 0 problems.", "")
    assert rows() == [
        (
            "10001",
            "K1",
            "Kochschule Ada",
            "Ada Lindner",
            "ada@example.org",
            "089 1",
            "München",
            "80331",
            "de",
        ),
        ("10002", "K2", "Töpferei Eva", "", "", "", "", "", "en"),
    ]


def test_import_partners_is_repeatable(db, csv):
    path = csv(HEAD, ADA, EVE)
    run(path)

    assert run(path) == ("0 partners created, 0 changed, 2 unchanged, 0 problems.", "")
    with tenancy.system("tests"):
        assert [event.kind for event in Event.objects.all()] == ["partner.created", "partner.created"]


def test_import_partners_changes_what_differs_and_leaves_a_trail(db, csv):
    run(csv(HEAD, ADA, EVE))

    said = run(csv(HEAD, ADA.replace("Kochschule Ada", "Kochschule Lindner"), EVE))

    assert said == ("0 partners created, 1 changed, 1 unchanged, 0 problems.", "")
    with tenancy.system("tests"):
        ada = Partner.objects.get(magento_partner_id="10001")
        assert [(event.kind, event.actor) for event in Event.objects.filter(subject_id=ada.pk)] == [
            ("partner.created", "import"),
            ("partner.changed", "import"),
        ]
        trail = Audit.objects.filter(table_name="miomente_partner_portal_partners", row_id=ada.pk)
        assert [(row.actor, row.old, row.new) for row in trail.order_by("id")[1:]] == [
            ("import", {"company": "Kochschule Ada"}, {"company": "Kochschule Lindner"})
        ]


def test_import_partners_names_wrong_lines_and_takes_the_others_in(db, csv):
    path = csv(
        HEAD,
        ADA,
        "10003,K3,Ohne Adresse,,not-an-address,,,,de",
        "10004,K1,Zweite mit gleicher Nummer,,,,,,de",
        ",K5,Ohne Kennung,,,,,,de",
        "10006,K6,,,,,,,de",
        "10007,K7,Sprache,,,,,,fr",
        "10008,K8",
        EVE,
    )

    said, complaints = run(path)

    assert said == "2 partners created, 0 changed, 0 unchanged, 6 problems."
    assert [row[0] for row in rows()] == ["10001", "10002"]
    assert complaints.splitlines() == [
        "Line 3: email: Enter a valid email address.",
        "Line 4: customer_number: Partner with this Customer number already exists.",
        "Line 5: partner_id: This field cannot be blank.",
        "Line 6: company: This field cannot be blank.",
        "Line 7: language: Value 'fr' is not a valid choice.",
        "Line 8: company: This field cannot be blank.",
        "Some lines were not taken in.",
    ]


def test_import_partners_names_missing_columns(db, csv):
    assert run(csv("partner_id,name", "10001,Ada")) == (
        "0 partners created, 0 changed, 0 unchanged, 1 problems.",
        "The file has no column customer_number, company.\nSome lines were not taken in.",
    )


def test_import_partners_needs_only_the_first_three_columns(db, csv):
    assert run(csv("partner_id,customer_number,company", "10001,K1,Ada"))[1] == ""
    assert rows() == [("10001", "K1", "Ada", "", "", "", "", "", "de")]


def test_import_partners_leaves_alone_what_the_file_has_no_column_for(db, csv):
    run(csv(HEAD, ADA))

    said = run(csv("partner_id,customer_number,company", "10001,K1,Kochschule Ada"))

    assert said == ("0 partners created, 0 changed, 1 unchanged, 0 problems.", "")
    assert rows()[0][4] == "ada@example.org"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_import_partners_understands_a_byte_order_mark(db, csv, encoding):
    run(csv(HEAD, ADA, encoding=encoding))

    assert [row[0] for row in rows()] == ["10001"]


def test_import_partners_understands_the_semicolons_of_a_german_spreadsheet(db, csv):
    run(csv(HEAD.replace(",", ";"), ADA.replace(",", ";")))

    assert [row[2] for row in rows()] == ["Kochschule Ada"]


def test_import_partners_keeps_a_line_break_inside_quotes(db, csv):
    run(csv("partner_id,customer_number,company,contact", '10001,K1,"Kochschule, Ada","Ada\nLindner"'))

    assert [row[2:4] for row in rows()] == [("Kochschule, Ada", "Ada\nLindner")]


def test_import_partners_refuses_what_is_not_utf8(db, csv):
    path = csv(HEAD, ADA, encoding="latin-1")

    assert run(path) == ("", f"{path} cannot be read as UTF-8 text.")


def test_import_partners_refuses_a_file_that_is_not_there(db, tmp_path):
    path = tmp_path / "nothing.csv"

    assert run(path) == ("", f"There is no file {path}.")


def test_import_partners_refuses_what_is_no_file(db, tmp_path):
    assert run(tmp_path) == ("", f"{tmp_path} cannot be opened: Is a directory.")


def test_import_partners_refuses_zero_bytes_line_by_line(db, csv):
    said, complaints = run(csv(HEAD, "10001,K1,A\0da,,,,,,de", EVE))

    assert said == "1 partners created, 0 changed, 0 unchanged, 1 problems."
    assert complaints.splitlines()[0] == "Line 2: The line contains a zero byte."
