"""The lock that every change of seats begins with. The order is the same everywhere: dates by id, bookings by id,
mails by id, then links."""

from portal.dates.models import CourseDate


def lock_date(date: CourseDate) -> CourseDate:
    """The date as it is now, kept from changing until the transaction ends.

    What is counted after it stays true until then: orders that are being taken in refer to this row, and become known
    to others only when nobody holds it.
    """
    return CourseDate.objects.select_for_update().get(pk=date.pk)
