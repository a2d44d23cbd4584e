"""What the shop's staff read at an order about the partner's answer. No person is named."""

from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.bookings import queries
from portal.bookings.models import Booking, BookingStatus
from portal.core.models import Event
from portal.core.tenancy import register_system_reason, system
from portal.core.wording import say_when
from portal.integrations.shop.rest import OrderComment

# Staff read German.
SHOP_LANGUAGE = "de"
WHOLE_ORDER = register_system_reason("whether all partners of an order have confirmed")
ANSWERED = {
    "booking.confirmation_settled": BookingStatus.CONFIRMED,
    "booking.decline_settled": BookingStatus.DECLINED,
}


def comment_for(event: Event, booking: Booking) -> OrderComment:
    """:param event: one of `ANSWERED`"""
    with translation.override(SHOP_LANGUAGE):
        text = _text(booking)
    return OrderComment(booking.magento_order_id, text, reference_of(event), _status_for(booking))


def reference_of(event: Event) -> str:
    """By which the shop knows the comment again. Two portals may write into one shop."""
    return f"[{urlsplit(settings.PORTAL_URL).netloc} {event.pk}]"


def _text(booking: Booking) -> str:
    moment = booking.starts_at or booking.starts_on
    seats = ngettext("%(count)s participant", "%(count)s participants", booking.participants)
    about = {
        "company": booking.partner.company,
        "course": booking.course_name,
        "date": say_when(moment) if moment else "–",
        "seats": seats % {"count": booking.participants},
    }
    if booking.status == BookingStatus.CONFIRMED:
        return _("The partner has confirmed (%(company)s): %(course)s, %(date)s, %(seats)s.") % about
    about["reason"] = queries.reason_label(booking.decline_reason)
    return (
        _("The partner has declined (%(company)s): %(course)s, %(date)s, %(seats)s. Reason: %(reason)s.")
        % about
    )


def _status_for(booking: Booking) -> str:
    """An order is confirmed when every partner in it has confirmed, and declined as soon as one has declined."""
    if booking.status == BookingStatus.DECLINED:
        # Where another date was only asked for, the order stands as before.
        return "" if booking.is_candidate else str(settings.MAGENTO_STATUS_DECLINED)
    wanted = str(settings.MAGENTO_STATUS_CONFIRMED)
    return wanted if wanted and _is_all_confirmed(booking.magento_order_id) else ""


def _is_all_confirmed(order_id: int) -> bool:
    with system(WHOLE_ORDER):
        rows = list(Booking.objects.filter(magento_order_id=order_id))
    promised = {_item(each) for each in rows if each.status == BookingStatus.CONFIRMED and each.settled_at}
    gone = (BookingStatus.CANCELLED, BookingStatus.REBOOKED)
    live = [each for each in rows if each.status not in gone and not each.is_candidate]
    return all(_item(each) in promised for each in live)


def _item(booking: Booking) -> tuple[int, int]:
    """A candidate that is promised is about to take the place of the live one."""
    return booking.magento_order_item_id, booking.part
