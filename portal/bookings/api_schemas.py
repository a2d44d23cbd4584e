"""The shapes of the spec: parameters in, bookings out."""

from typing import Literal

from ninja import Field, Schema

from portal.bookings.filters import STATUSES
from portal.bookings.models import PaymentStatus
from portal.core.api_schemas import PAGING, PaginationOut, PlainText, query_parameter
from portal.core.parameters import LARGEST_ID, LONGEST_SEARCH

_STATUS = query_parameter(
    "status", "Status of the booking", type="string", enum=list(STATUSES), default="all"
)
_FILTERS = [
    query_parameter("from", "First event date, inclusive (YYYY-MM-DD)", type="string", format="date"),
    query_parameter("to", "Last event date, inclusive (YYYY-MM-DD)", type="string", format="date"),
    query_parameter(
        "course_id", "The shop's id of the course product", type="integer", minimum=1, maximum=LARGEST_ID
    ),
    query_parameter(
        "payment", "Whether it is paid, as the shop says", type="string", enum=list(PaymentStatus.values)
    ),
    query_parameter(
        "search",
        "Customer name or order number: parts of words, and one typing error in a word of four letters or more "
        "where nothing matches exactly",
        type="string",
        maxLength=LONGEST_SEARCH,
    ),
]
_SINCE = query_parameter(
    "updatedSince",
    "Follow changes: a moment to begin with (2030-12-31T00:00:00Z), then the nextCursor of each answer. Bookings come "
    "in the order of their last change, one may come again, none is left out. A page with fewer than limit is the "
    "last for now; ask again later with its nextCursor. Not together with page. Filters hide a booking that leaves "
    "them; without any you see all changes.",
    type="string",
    maxLength=64,
)
# By hand, because the filters are read by the same code as those of the pages (filters.py), not by pydantic.
LIST_PARAMETERS = {"parameters": [_STATUS, *_FILTERS, *PAGING, _SINCE]}
PENDING_PARAMETERS = {"parameters": [*_FILTERS, *PAGING]}


class ConfirmIn(Schema):
    notes: PlainText = Field("", max_length=2000)


class DeclineIn(Schema):
    reason: PlainText = Field(max_length=50)
    notes: PlainText = Field("", max_length=2000)


class CustomerOut(Schema):
    firstName: str
    lastName: str
    email: str
    phone: str


class CourseOut(Schema):
    id: int
    name: str
    sku: str


class ConfirmationStatusOut(Schema):
    confirmedAt: str | None = None
    declinedAt: str | None = None
    declineReason: str | None = None


class BookingOut(Schema):
    id: int
    magentoOrderId: int
    magentoOrderItemId: int
    orderNumber: str
    customer: CustomerOut
    course: CourseOut
    eventDate: str
    eventTime: str
    participants: int
    price: float
    currency: str
    status: str
    confirmationStatus: ConfirmationStatusOut
    orderDate: str
    paymentStatus: str


class SummaryOut(Schema):
    pending: int
    confirmed: int
    declined: int


class ListData(Schema):
    bookings: list[BookingOut]
    pagination: PaginationOut
    summary: SummaryOut
    nextCursor: str | None = Field(None, description="Only after updatedSince: its next value")


class ListOut(Schema):
    data: ListData
    success: bool = True


class OneData(Schema):
    booking: BookingOut


class OneOut(Schema):
    data: OneData
    success: bool = True


class ConfirmedData(OneData):
    message: str


class ConfirmedOut(Schema):
    data: ConfirmedData
    success: bool = True


class DeclinedData(ConfirmedData):
    odooTicketId: str | None
    ticketState: Literal["waiting", "open"]


class DeclinedOut(Schema):
    data: DeclinedData
    success: bool = True
