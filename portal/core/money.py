"""Money is integer cents and a currency; decimals only at the edges the spec fixes."""

from decimal import ROUND_HALF_UP, Decimal


def to_cents(amount: Decimal | float | int | None) -> int:
    if amount is None:
        return 0
    return int((Decimal(str(amount)) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_number(cents: int) -> float:
    """For JSON, where the spec wants a number such as 89.0."""
    return cents / 100
