"""One correction of the shop's stock, and what shop and portal know of it."""

from portal.bookings.operations import cancel_booking
from portal.bookings.queries import live_booking_of, thread_of
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.moving import another_date, declined, rebook
from portal.conftest import NOON
from portal.core import tenancy
from portal.core.models import Event
from portal.dates.models import CourseDate
from portal.rebooking import stock
from portal.rebooking.models import StockChange
from portal.rebooking.stock_subscribers import move_stock
from tests.magento_stock import Product


def moved(shop, partner, target=None):
    """The correction of the date that was moved to."""
    booking = declined(make_booking(partner))
    target = target or another_date(booking, capacity=10, shop_salable=10, shop_total=10)
    CourseDate.objects.filter(pk=booking.course_date_id).update(capacity=8, shop_salable=6, shop_total=8)
    shop.store.products.setdefault(target.sku, Product(10))
    shop.store.products[booking.course_date.sku] = Product(8, reserved=-2)
    rebook(booking, target)
    move_stock(Event.objects.get(kind="booking.rebooked", subject_id=booking.pk))
    return StockChange.objects.get(booking=booking, delta__lt=0)


def correct(change):
    stock.correct(change.partner_id, change.pk, at=NOON)


def again(change):
    return StockChange.objects.get(pk=change.pk)


def known(change):
    """Planned from, planned to, and whether it is done."""
    row = again(change)
    return row.planned_before, row.planned_after, row.done_at is not None


def in_shop(shop, change):
    return shop.store.products[change.course_date.sku].quantity


def writes(shop):
    return len(shop.store.written)


def cancelled(change):
    """The event of it."""
    with tenancy.system("tests"):
        moved = live_booking_of(thread_of(change.booking))
        cancel_booking(moved, at=NOON)
        return Event.objects.get(kind="booking.cancelled", subject_id=moved.pk)
