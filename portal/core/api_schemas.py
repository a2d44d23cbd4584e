"""Shapes that all parts of the API share."""

from ninja import Schema


class ErrorData(Schema):
    code: str
    message: str
    fields: dict[str, str] | None = None


class ErrorOut(Schema):
    success: bool = False
    error: ErrorData
