"""Shapes that all parts of the API share."""

import re
from collections.abc import Mapping
from datetime import date, time
from math import ceil
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from portal.core.parameters import Problems, read_day, whole_number


def _storable(text: str) -> str:
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError(_("This text has characters that cannot be kept."))
    return text


# PostgreSQL keeps neither null characters nor halves of surrogate pairs, which JSON can carry; a text that goes
# there says so before the query fails.
PlainText = Annotated[str, AfterValidator(_storable)]


def _day(value: object) -> date:
    problems: Problems = {}
    day = read_day({"day": value}, "day", problems) if isinstance(value, str) else None
    if day is None:
        raise ValueError(problems.get("day") or _("This has to be a day that exists, like 2030-12-31."))
    return day


def _clock(value: object) -> time:
    if isinstance(value, str) and re.fullmatch(_CLOCK, value, re.ASCII):
        return time.fromisoformat(value)
    raise ValueError(_("This has to be a time of day, like 18:30."))


_CLOCK = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
# As JSON has them; pydantic by itself would also take seconds since 1970 for a day or a time.
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
ClockTime = Annotated[time, BeforeValidator(_clock), WithJsonSchema({"type": "string", "pattern": _CLOCK})]


_PROBLEMS = {
    "missing": gettext_lazy("This is missing."),
    "int_type": gettext_lazy("This has to be a whole number."),
    "greater_than_equal": gettext_lazy("This has to be at least %(ge)s."),
    "less_than_equal": gettext_lazy("This may be at most %(le)s."),
    "literal_error": gettext_lazy("This has to be one of: %(expected)s."),
    "extra_forbidden": gettext_lazy("Nothing of this name can be sent here."),
    "string_type": gettext_lazy("This has to be a text."),
    "string_too_long": gettext_lazy("This may be at most %(max_length)s characters long."),
}


def problem_text(problem: Mapping[str, Any]) -> str:
    """A sentence in the caller's language about one error of pydantic, which itself speaks only English."""
    about = problem.get("ctx", {})
    if problem["type"] == "value_error":
        # Our own validators have found the words.
        return str(about["error"])
    text: str = _PROBLEMS.get(problem["type"], gettext_lazy("This value is not possible here.")) % about
    return text


# Of every list.
MOST_PAGES, MOST_ROWS, USUAL_ROWS = 100_000, 100, 20


def query_parameter(name: str, text: str, **schema: Any) -> dict[str, Any]:
    """Of the document. By hand: pages read the same parameters, by `core.parameters` and not by pydantic."""
    return {"in": "query", "name": name, "required": False, "description": text, "schema": schema}


PAGING = [
    query_parameter("page", "Page number", type="integer", minimum=1, maximum=MOST_PAGES, default=1),
    query_parameter(
        "limit", "Rows per page", type="integer", minimum=1, maximum=MOST_ROWS, default=USUAL_ROWS
    ),
]


def read_paging(values: Mapping[str, str], problems: Problems) -> tuple[int, int]:
    """Page and limit."""
    page = whole_number(values, "page", problems, most=MOST_PAGES, default=1)
    limit = whole_number(values, "limit", problems, most=MOST_ROWS, default=USUAL_ROWS)
    return page or 1, limit or USUAL_ROWS


def pagination_out(*, page: int, limit: int, total: int) -> dict[str, int]:
    return {"page": page, "limit": limit, "total": total, "totalPages": ceil(total / limit)}


class PaginationOut(Schema):
    page: int
    limit: int
    total: int
    totalPages: int


class ErrorData(Schema):
    code: str
    message: str
    fields: dict[str, str] | None = None


class ErrorOut(Schema):
    success: bool = False
    error: ErrorData


# Answers of every call, and of those that change something.
NO_ACCESS: dict[int, Any] = {401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 429: ErrorOut}
REFUSALS: dict[int, Any] = {400: ErrorOut, **NO_ACCESS, 409: ErrorOut, 422: ErrorOut}
_ANSWERS = {
    400: "The body is no JSON.",
    401: "The token is missing, wrong or too old.",
    403: "Your role may not do this.",
    404: "Nothing of yours has this id.",
    409: "It stands otherwise than this call needs.",
    422: "Something that was sent cannot be meant: `fields` names it.",
    429: "Too many calls in a short time: `Retry-After` says when to go on.",
}


def described(responses: Mapping[int, Any], well: str, *, conflict: str = "") -> dict[str, Any]:
    """For the document: what each answer means.

    :param well: of the one that went well
    :param conflict: of 409, with the codes that it may have
    """
    texts = _ANSWERS | ({409: conflict} if conflict else {})
    return {"responses": {status: {"description": texts.get(status, well)} for status in responses}}
