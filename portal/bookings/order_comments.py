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
    # The event is the decision. Two portals may write into one shop.
    reference = f"[{urlsplit(settings.PORTAL_URL).netloc} {event.pk}]"
    return OrderComment(booking.magento_order_id, text, reference, _status_for(booking))


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
        return str(settings.MAGENTO_STATUS_DECLINED)
    wanted = str(settings.MAGENTO_STATUS_CONFIRMED)
    return wanted if wanted and _is_all_confirmed(booking.magento_order_id) else ""


def _is_all_confirmed(order_id: int) -> bool:
    gone = (BookingStatus.CANCELLED, BookingStatus.REBOOKED)
    with system(WHOLE_ORDER):
        live = Booking.objects.filter(magento_order_id=order_id).exclude(status__in=gone)
        return not live.exclude(status=BookingStatus.CONFIRMED, settled_at__isnull=False).exists()
