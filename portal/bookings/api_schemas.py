"""The shapes of the spec: parameters in, bookings out."""

from datetime import date
from typing import Literal

from ninja import Field, Schema

from portal.core.api_schemas import PlainText


class BookingFilters(Schema):
    """Query parameters of the list."""

    status: Literal["all", "pending", "confirmed", "declined", "cancelled", "expired", "rebooked"] = "all"
    from_: date | None = Field(None, alias="from", description="First event date, inclusive")
    to: date | None = Field(None, description="Last event date, inclusive")
    course_id: int | None = Field(None, description="The shop's id of the course product", ge=1, le=2**63 - 1)
    search: PlainText = Field("", max_length=100, description="Customer name or order number")
    page: int = Field(1, ge=1, le=100_000)
    limit: int = Field(20, ge=1, le=100)


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


class PaginationOut(Schema):
    page: int
    limit: int
    total: int
    totalPages: int


class SummaryOut(Schema):
    pending: int
    confirmed: int
    declined: int


class ListData(Schema):
    bookings: list[BookingOut]
    pagination: PaginationOut
    summary: SummaryOut


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
