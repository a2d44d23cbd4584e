"""Shapes that all parts of the API share."""

from typing import Annotated

from ninja import Schema
from pydantic import AfterValidator


def _storable(text: str) -> str:
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("This text has characters that cannot be kept.")
    return text


# PostgreSQL keeps neither null characters nor halves of surrogate pairs, which JSON can carry; a text that goes
# there says so before the query fails.
PlainText = Annotated[str, AfterValidator(_storable)]


class ErrorData(Schema):
    code: str
    message: str
    fields: dict[str, str] | None = None


class ErrorOut(Schema):
    success: bool = False
    error: ErrorData
