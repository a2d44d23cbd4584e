"""The shapes of courses and dates: parameters in, objects out."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from ninja import Field, Schema
from pydantic import AfterValidator, ConfigDict, WithJsonSchema

from portal.core.api_schemas import PAGING, ClockTime, Day, PaginationOut, PlainText, query_parameter
from portal.core.parameters import LARGEST_ID, LONGEST_SEARCH
from portal.core.widgets import only_printable, only_printable_lines
from portal.dates.plans import DEADLINE_HOURS, LONGEST, LONGEST_LOCATION, LONGEST_NOTES, MOST_CENTS
from portal.dates.seat_policies import MOST_SEATS

LONGEST_REFERENCE = 200
# What a machine may call its own zone, which is another one on the next machine, and what stands for none.
_NO_ZONES = {"localtime", "Factory"}
DATE_STATUSES = ("all", "planned", "cancelled")

COURSE_PARAMETERS = {
    "parameters": [
        query_parameter("search", "A part of the name", type="string", maxLength=LONGEST_SEARCH),
        *PAGING,
    ]
}
DATE_PARAMETERS = {
    "parameters": [
        query_parameter(
            "status", "Status of the date", type="string", enum=list(DATE_STATUSES), default="all"
        ),
        query_parameter("from", "First day, inclusive (YYYY-MM-DD)", type="string", format="date"),
        query_parameter("to", "Last day, inclusive (YYYY-MM-DD)", type="string", format="date"),
        query_parameter(
            "courseId", "The shop's id of the course product", type="integer", minimum=1, maximum=LARGEST_ID
        ),
        *PAGING,
    ]
}
CREATE_PARAMETERS = {
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "required": False,
            "description": "Instead of `reference`: the same key again returns the date of the first call.",
            "schema": {"type": "string", "maxLength": LONGEST_REFERENCE},
        }
    ]
}


def _zone(name: str) -> str:
    if name not in available_timezones() - _NO_ZONES:
        raise ValueError(_("This has to be a time zone, like Europe/Berlin."))
    return name


def _deadline(hours: int) -> int:
    if hours not in DEADLINE_HOURS:
        choices = ", ".join(map(str, DEADLINE_HOURS))
        raise ValueError(_("This has to be one of: %(choices)s.") % {"choices": choices})
    return hours


def _one_line(text: str) -> str:
    return _printable(text, only_printable)


def _lines(text: str) -> str:
    return _printable(text, only_printable_lines)


def _printable(text: str, check: Any) -> str:
    try:
        check(text)
    except ValidationError as problem:
        raise ValueError(problem.messages[0]) from problem
    return text.strip()


Count = Annotated[int, Field(strict=True, ge=0, le=MOST_SEATS)]
Minutes = Annotated[int, Field(strict=True, ge=1, le=round(LONGEST.total_seconds() / 60))]
Price = Annotated[
    Decimal,
    Field(ge=0, le=Decimal(MOST_CENTS) / 100, decimal_places=2),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": MOST_CENTS / 100, "multipleOf": 0.01}),
]
Zone = Annotated[str, AfterValidator(_zone)]
Location = Annotated[PlainText, AfterValidator(_one_line), Field(max_length=LONGEST_LOCATION)]
Notes = Annotated[PlainText, AfterValidator(_lines), Field(max_length=LONGEST_NOTES)]
Reference = Annotated[PlainText, Field(min_length=1, max_length=LONGEST_REFERENCE)]
DeadlineHours = Annotated[
    int,
    Field(strict=True),
    AfterValidator(_deadline),
    WithJsonSchema({"type": "integer", "enum": list(DEADLINE_HOURS)}),
]


def _left_out() -> Any:
    """For a field that need not be sent and cannot be null: the document shall show no default."""
    return None


class DateFields(Schema):
    # What is misspelled would otherwise be dropped in silence.
    model_config = ConfigDict(extra="forbid")

    eventDate: Day = Field(default_factory=_left_out, examples=["2030-05-25"])
    eventTime: ClockTime = Field(
        default_factory=_left_out,
        examples=["18:00"],
        description="When it begins, as clocks in timeZone show it",
    )
    eventEndTime: ClockTime | None = Field(
        None, examples=["21:30"], description="When it ends: this or durationMinutes, not both"
    )
    durationMinutes: Minutes | None = Field(None, examples=[210])
    timeZone: Zone = Field(default_factory=_left_out, examples=["Europe/Berlin"])
    capacity: Count | None = Field(None, examples=[12], description="Seats there are in all")
    minParticipants: Count = Field(default_factory=_left_out, examples=[4])
    price: Price | None = Field(None, examples=[89.0], description="Of one seat, with tax")
    location: Location = Field(default_factory=_left_out, examples=["Isartorplatz 1, München"])
    notes: Notes = Field(
        default_factory=_left_out,
        examples=["Ring at the back door"],
        description="For the partner's own people",
    )
    bookingDeadlineHours: DeadlineHours = Field(
        default_factory=_left_out, description="So many hours before the beginning bookings end"
    )


class CreateDateIn(DateFields):
    """What is left out is as the course says."""

    courseId: Annotated[int, Field(strict=True, ge=1, le=LARGEST_ID)] = Field(
        description="The shop's id of the course product"
    )
    eventDate: Day = Field(examples=["2030-05-25"])
    eventTime: ClockTime = Field(
        examples=["18:00"], description="When it begins, as clocks in timeZone show it"
    )
    reference: Reference | None = Field(
        None,
        examples=["our-system-4711"],
        description="Your own name for it: the same again returns the date of the first call, whatever else is "
        "sent. So a call whose answer was lost can be repeated. Or send it as the header Idempotency-Key.",
    )


class ChangeDateIn(DateFields):
    """Only what changes; the rest stays. A date that moves keeps its length."""


class CourseObject(Schema):
    id: int = Field(description="The shop's id of the course product")
    name: str
    sku: str
    description: str
    price: float | None = Field(description="Of one seat, with tax; null where the shop says none")
    currency: str = Field(examples=["EUR"])
    durationMinutes: int | None
    location: str
    images: list[str] = Field(description="Addresses of pictures, the main one first")
    isOnSale: bool


class CourseOfDate(Schema):
    id: int = Field(description="The shop's id of the course product")
    name: str
    sku: str


class SeatsObject(Schema):
    capacity: int | None = Field(description="Seats there are in all; null while nobody has said")
    booked: int = Field(description="By live bookings of the shop")
    held: int = Field(description="For somebody who is about to book")
    soldElsewhere: int
    blocked: int
    free: int | None = Field(description="What may be promised: never below 0, null while nobody knows")
    inShop: int | None = Field(description="What the shop still sells, as last read; null while it does not")


class DateObject(Schema):
    id: int
    magentoProductId: int | None = Field(
        description="The shop's product that sells this date; null until there is one"
    )
    course: CourseOfDate
    status: Literal["planned", "cancelled"]
    eventDate: str = Field(examples=["2030-05-25"], description="Empty while nobody knows")
    eventTime: str = Field(examples=["18:00"], description="Empty while nobody knows")
    eventEndTime: str = Field(examples=["21:30"], description="Empty while nobody knows")
    durationMinutes: int | None
    timeZone: str = Field(examples=["Europe/Berlin"])
    location: str
    price: float | None = Field(description="Of one seat, with tax")
    currency: str = Field(examples=["EUR"])
    minParticipants: int
    bookingDeadlineHours: int = Field(examples=[24])
    notes: str = Field(description="For the partner's own people")
    madeBy: Literal["shop", "portal"]
    shopState: Literal["not_read", "on_sale", "off_sale", "gone"] = Field(
        description="How the shop has it, as last read"
    )
    seats: SeatsObject
    updatedAt: str = Field(examples=["2030-05-01T10:00:00+00:00"])


class CourseListData(Schema):
    courses: list[CourseObject]
    pagination: PaginationOut


class CourseListAnswer(Schema):
    data: CourseListData
    success: bool = True


class CourseData(Schema):
    course: CourseObject


class CourseAnswer(Schema):
    data: CourseData
    success: bool = True


class DateListData(Schema):
    dates: list[DateObject]
    pagination: PaginationOut


class DateListAnswer(Schema):
    data: DateListData
    success: bool = True


class DateData(Schema):
    date: DateObject


class DateAnswer(Schema):
    data: DateData
    success: bool = True
