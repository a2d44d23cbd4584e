"""Shapes that all parts of the API share."""

from typing import Annotated

from ninja import Schema
from pydantic import AfterValidator


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("A null character is not text.")
    return text


# PostgreSQL keeps no null characters; a text that goes there says so before the query fails.
PlainText = Annotated[str, AfterValidator(_without_nul)]


class ErrorData(Schema):
    code: str
    message: str
    fields: dict[str, str] | None = None


class ErrorOut(Schema):
    success: bool = False
    error: ErrorData
