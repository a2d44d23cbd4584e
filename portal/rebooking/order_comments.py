"""What the shop's staff read at an order whose customer moves to another date. No person is named."""

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.bookings.models import Booking, BookingStatus
from portal.bookings.order_comments import SHOP_LANGUAGE, reference_of
from portal.core.models import Event
from portal.core.wording import say_when
from portal.integrations.shop.rest import OrderComment


def comment_for(event: Event, old: Booking, new: Booking) -> OrderComment | None:
    """None when the order is gone meanwhile, or somebody asks no more.

    :param event: `booking.rebooked` or `booking.move_asked`
    """
    is_asked = event.kind == "booking.move_asked"
    if new.status == BookingStatus.CANCELLED or (is_asked and not new.is_open_candidate):
        return None
    with translation.override(SHOP_LANGUAGE):
        return OrderComment(new.magento_order_id, _text(old, new, is_asked=is_asked), reference_of(event))


def _text(old: Booking, new: Booking, *, is_asked: bool) -> str:
    seats = ngettext("%(count)s participant", "%(count)s participants", new.participants)
    about = {
        "company": new.partner.company,
        "old": _course_and_date(old),
        "new": _course_and_date(new),
        "seats": seats % {"count": new.participants},
    }
    if is_asked:
        text = _(
            "The customer would like another date (%(company)s): %(new)s instead of %(old)s, %(seats)s. Until the "
            "partner confirms it, the previous date stands."
        )
    else:
        text = _("Moved to another date (%(company)s): %(new)s instead of %(old)s, %(seats)s.")
    return text % about


def _course_and_date(booking: Booking) -> str:
    moment = booking.starts_at or booking.starts_on
    return f"{booking.course_name}, {say_when(moment) if moment else '–'}"
