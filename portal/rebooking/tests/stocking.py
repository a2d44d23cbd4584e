"""Three dates of a small shop, one of them sold; and what shop and portal say of their stock."""

from datetime import timedelta

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.bookings.importing import runs as orders
from portal.bookings.models import Booking
from portal.bookings.tests.looking import fresh
from portal.bookings.tests.moving import declined, rebook
from portal.conftest import NOON
from portal.core.models import Event
from portal.dates.importing import runs as catalog
from portal.dates.models import CourseDate
from portal.dates.tests.seats import seats
from portal.integrations.shop import ShopPerson
from portal.integrations.shop.embedded import catalog_source, shop_writer
from portal.integrations.shop.writing import NewCourse, NewDate, OrderItem

HOUR = timedelta(hours=1)
LATER = NOON + 2 * HOUR
SKUS = ("FIRST", "SECOND", "THIRD")
WRITER = "portal.integrations.shop.rest.embedded.stock_writer"


def sold_and_declined(settings, time_machine) -> Booking:
    """Two of the ten seats of the first of three dates; then the partner declines for good."""
    time_machine.move_to(NOON, tick=False)
    settings.STOCK_WRITER = WRITER
    with connection.cursor() as cursor:
        shop = shop_writer(cursor)
        shop.shelf.set_up(at=NOON)
        dates = [
            NewDate(NOON + timedelta(days=7 + number), seats=10, sku=sku) for number, sku in enumerate(SKUS)
        ]
        shop.shelf.add_course(NewCourse("SUSHI", "Sushi-Kurs", "10001", 8900, dates), at=NOON)
        shop.place_order([OrderItem("FIRST", 2)], ShopPerson("Ada", "Weiß", "ada@example.com", ""), at=NOON)
    read_shop()
    return declined(Booking.objects.get())


def read_shop():
    """All of it, so that nothing depends on what the ledger was touched for."""
    orders.import_all(at=LATER)
    catalog.import_all(at=LATER)


def date(sku):
    return CourseDate.objects.get(sku=sku)


def move(booking, sku):
    """The new row, with all jobs about stock done."""
    new = rebook(fresh(booking), date(sku))
    return fresh(new)


def cancel(booking, qty=None):
    with connection.cursor() as cursor:
        shop = shop_writer(cursor)
        shop.cancel(booking.magento_order_id, item_id=booking.magento_order_item_id, qty=qty, at=LATER + HOUR)
    orders.import_all(at=LATER + HOUR)


def refund(booking, qty):
    with connection.cursor() as cursor:
        shop = shop_writer(cursor)
        shop.refund(booking.magento_order_id, booking.magento_order_item_id, qty, at=LATER + HOUR)
    orders.import_all(at=LATER + HOUR)


def stock():
    """What the shop still sells of each date."""
    found = catalog_source().stock_of(SKUS)
    return [found[sku] for sku in SKUS]


def drifts():
    return [seats(date(sku)).drift for sku in SKUS]


def shown():
    return [seats(date(sku)).shown_free for sku in SKUS]


def sold_on():
    return list(
        Booking.objects.filter(is_sold_here=True).order_by("id").values_list("course_date__sku", flat=True)
    )


def told(booking, kind):
    return Event.objects.get(kind=kind, subject_type="booking", subject_id=booking.pk)


def run_stock(run_jobs):
    return run_jobs("core.run_subscriber", "rebooking.correct_stock").count("rebooking.correct_stock")


def correct_stock(job):
    app.tasks[job.task_name].func(**job.args)


def run_stock_twice(run_jobs):
    """How many corrections were made; then every job about stock has run once more."""
    made = run_stock(run_jobs)
    about_stock = ProcrastinateJob.objects.filter(
        args__subscriber__startswith="portal.rebooking.stock_subscribers"
    )
    for job in (about_stock | ProcrastinateJob.objects.filter(queue_name="stock")).order_by("id"):
        app.tasks[job.task_name].func(**job.args)
    assert run_stock(run_jobs) == 0
    return made
