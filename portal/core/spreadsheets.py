"""Tables as files for a spreadsheet: CSV as German Excel expects it, and XLSX.

Written to a temporary file and only then sent: a file that breaks off in the middle looks whole, and the database
does not wait for a slow download.
"""

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any, Generic, TypeVar

import xlsxwriter
from django.http import FileResponse
from django.utils.functional import Promise

Value = str | int | Decimal | date | datetime | time | None
# Of Excel; a longer text would be left out as a whole.
LONGEST_CELL = 32_767
# What a spreadsheet takes for the beginning of a formula, also in full width.
FORMULA = re.compile(r"[\t\r\n]|\s*[=+\-@＝＋－＠]")
# The same inside of a text: where lists are separated by commas, a spreadsheet makes several cells of one of ours.
_FORMULA_INSIDE = re.compile(r"([;,\t\r\n][\s\"]*)(?=[=+\-@＝＋－＠])")
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


Row = TypeVar("Row")


@dataclass(frozen=True)
class Column(Generic[Row]):
    heading: str | Promise
    width: int
    value: Callable[[Row], Value]


def write_csv(columns: Sequence[Column[Row]], rows: Iterable[Row]) -> IO[bytes]:
    """UTF-8 with its mark, semicolons, decimal commas, days as in German: German Excel opens it with a double click.

    :returns: a temporary file at its beginning, gone once it is closed
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- whoever sends it closes it
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow([str(column.heading) for column in columns])
    for row in rows:
        writer.writerow([_csv_text(column.value(row)) for column in columns])
    text.flush()
    text.detach()
    file.seek(0)
    return file


def write_xlsx(title: str, columns: Sequence[Column[Row]], rows: Iterable[Row]) -> IO[bytes]:
    """:returns: as `write_csv`"""
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- whoever sends it closes it
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        _fill(book, title, columns, rows)
    file.seek(0)
    return file


def file_response(file: IO[bytes], *, name: str, ending: str) -> FileResponse:
    """To download. :param ending: csv or xlsx"""
    response = FileResponse(
        file, as_attachment=True, filename=f"{name}.{ending}", content_type=CONTENT_TYPES[ending]
    )
    response.headers["Cache-Control"] = "no-store"
    return response


# --- CSV


def _csv_text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        # The apostrophe makes it a text. A phone number keeps its plus and is not added up.
        harmless = _FORMULA_INSIDE.sub(r"\1'", value)
        return f"'{harmless}" if FORMULA.match(value) else harmless
    if isinstance(value, Decimal):
        return f"{value:.2f}".replace(".", ",")
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)


# --- XLSX


def _fill(book: Any, title: str, columns: Sequence[Column[Row]], rows: Iterable[Row]) -> None:
    sheet = book.add_worksheet(title)
    head = book.add_format({"bold": True, "bottom": 1})
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, str(column.heading), head)
    sheet.freeze_panes(1, 0)
    write = _cell_writer(book, sheet)
    count = 0
    for count, row in enumerate(rows, start=1):
        for number, column in enumerate(columns):
            write(count, number, column.value(row))
    sheet.autofilter(0, 0, count, len(columns) - 1)


def _cell_writer(book: Any, sheet: Any) -> Callable[[int, int, Value], None]:
    """Each value as what it is. A text is never read as a formula or an address, also when somebody edits it."""
    formats = {
        datetime: book.add_format({"num_format": "dd.mm.yyyy hh:mm"}),
        date: book.add_format({"num_format": "dd.mm.yyyy"}),
        time: book.add_format({"num_format": "hh:mm"}),
        Decimal: book.add_format({"num_format": "#,##0.00"}),
    }
    quoted = book.add_format({"quote_prefix": True})

    def write(row: int, column: int, value: Value) -> None:
        if isinstance(value, str):
            sheet.write_string(row, column, value[:LONGEST_CELL], quoted if FORMULA.match(value) else None)
        elif isinstance(value, int | Decimal):
            sheet.write_number(row, column, value, formats.get(type(value)))
        elif value is not None:
            sheet.write_datetime(row, column, value, formats[type(value)])

    return write
