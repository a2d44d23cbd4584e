"""The shapes of the spec: what a customer's link offers and takes, and the list of a partner."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import ConfigDict

from portal.core.api_schemas import (
    PAGING,
    ErrorOut,
    PaginationOut,
    PlainText,
    described,
    query_parameter,
)
from portal.core.parameters import LARGEST_ID
from portal.rebooking.models import Rebooking
from portal.rebooking.policies import OptionBlocker, UseBlocker

LONGEST_EMAIL = 255
ALL = "all"
STATUSES = (ALL, *Rebooking.Status.values)

LIST_PARAMETERS = {
    "parameters": [
        query_parameter("status", "What became of the link", type="string", enum=list(STATUSES), default=ALL),
        *PAGING,
    ]
}

# What refusals mean to whoever has a link.
_ANSWERS = {
    403: "The booking was not made with this address.",
    404: "Nobody was sent this token.",
    409: "This date cannot be had: `data` has those that can. `code` is one of "
    f"{', '.join(OptionBlocker.values)}, or says why the booking cannot be moved now.",
    410: f"The link does not work now: `code` is one of {', '.join(UseBlocker.values)}.",
    429: "Too many calls, or too many wrong addresses: `Retry-After` says when to go on.",
}

DateId = Annotated[int, Field(strict=True, ge=1, le=LARGEST_ID)]


def link_described(responses: Mapping[int, Any], well: str) -> dict[str, Any]:
    said = described(responses, well)["responses"]
    ours = {status: {"description": text} for status, text in _ANSWERS.items() if status in responses}
    return {"responses": said | ours}


class HoldIn(Schema):
    model_config = ConfigDict(extra="forbid")

    selectedDateId: DateId = Field(description="The id of one of availableDates")


class RebookIn(HoldIn):
    customerEmail: Annotated[PlainText, Field(max_length=LONGEST_EMAIL)] = Field(
        examples=["name@example.com"], description="The address that the booking was made with"
    )


class OriginalBookingOut(Schema):
    orderNumber: str
    courseName: str
    originalDate: str = Field(examples=["2030-05-25"], description="Empty where nobody knew")
    participants: int
    customerName: str


class AvailableDateOut(Schema):
    id: int
    date: str = Field(examples=["2030-06-01"])
    time: str = Field(
        examples=["18:00"], description="When it begins, as clocks at the place show it; empty if not known"
    )
    endTime: str = Field(examples=["21:00"], description="Empty while nobody knows")
    spotsAvailable: int = Field(description="What this link holds counts as available")
    price: float | None = Field(description="Of one person, with tax; null where the shop says none")
    currency: str = Field(examples=["EUR"])
    priceDifference: float | None = Field(
        description="How much more (negative: less) it costs for all participants than was paid. Nobody pays the more."
    )
    courseName: str = Field(
        description="Another than that of the booking where the date is of a similar course"
    )
    location: str
    isProposed: bool = Field(description="By the partner, instead of the date that was declined")


class AvailableDatesData(Schema):
    availableDates: list[AvailableDateOut]


class LinkData(AvailableDatesData):
    token: str
    originalBooking: OriginalBookingOut
    expiresAt: str = Field(examples=["2030-06-01T10:00:00+00:00"])
    heldDateId: int | None = Field(description="The date whose seats this link holds")
    heldUntil: str | None = Field(description="Until then nobody else gets them")


class LinkAnswer(Schema):
    data: LinkData
    success: bool = True


class HeldData(Schema):
    selectedDateId: int
    heldUntil: str = Field(examples=["2030-05-01T10:10:00+00:00"])


class HeldAnswer(Schema):
    data: HeldData
    success: bool = True


class RebookedData(Schema):
    success: Literal[True]
    newOrderNumber: str = Field(description="The number of the order as before: it is the same order")
    newDate: str = Field(examples=["2030-06-01"])
    message: str = Field(description="For the customer, in the language of the order")


class RebookedAnswer(Schema):
    data: RebookedData
    success: bool = True


class NotPossible(ErrorOut):
    """With what is possible instead, as of now."""

    data: AvailableDatesData


class RebookingOut(Schema):
    id: int
    originalOrderNumber: str
    originalDate: str = Field(examples=["2030-05-25"], description="Empty where nobody knew")
    newOrderNumber: str | None = Field(description="That of the original order; null until the link was used")
    newDate: str | None = Field(examples=["2030-06-01"])
    customerName: str = Field(description="Initials, once the date is long over")
    status: Literal["active", "used", "expired", "cancelled"]
    rebooked_at: str | None = Field(examples=["2030-05-02T08:30:00+00:00"])


class RebookingListData(Schema):
    rebookings: list[RebookingOut]
    pagination: PaginationOut


class RebookingListAnswer(Schema):
    data: RebookingListData
    success: bool = True
