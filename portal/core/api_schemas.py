"""Shapes that all parts of the API share."""

from collections.abc import Mapping
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Schema
from pydantic import AfterValidator


def _storable(text: str) -> str:
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError(_("This text has characters that cannot be kept."))
    return text


# PostgreSQL keeps neither null characters nor halves of surrogate pairs, which JSON can carry; a text that goes
# there says so before the query fails.
PlainText = Annotated[str, AfterValidator(_storable)]


_PROBLEMS = {
    "missing": gettext_lazy("This is missing."),
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


class ErrorData(Schema):
    code: str
    message: str
    fields: dict[str, str] | None = None


class ErrorOut(Schema):
    success: bool = False
    error: ErrorData
