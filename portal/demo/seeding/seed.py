"""Fills an empty demo."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from portal.bookings.importing import runs
from portal.core.tenancy import system
from portal.dates.importing import runs as catalog_runs
from portal.demo.queries import DEMO
from portal.demo.seeding.catalog import COURSES, PARTNERS, VOUCHER
from portal.demo.seeding.moving import tell_moves
from portal.demo.seeding.people import make_partners
from portal.demo.seeding.planning import plan_dates
from portal.demo.seeding.stories import LATE_STORIES, STORIES
from portal.demo.seeding.telling import Telling
from portal.integrations.shop.embedded import shop_writer
from portal.partners.models import Partner

# The shop and the partners are older than any order.
FOUNDED = timedelta(days=30)


@transaction.atomic
def seed(*, at: datetime) -> bool:
    """Make the sample data around `at`, all or nothing. False, and no change, when it is there already."""
    with system(DEMO):
        if Partner.objects.filter(magento_partner_id=PARTNERS[0].key).exists():
            return False
    _fill_shelf(at=at)
    owners = make_partners(at=at - FOUNDED)
    telling = Telling(owners, now=at)
    telling.tell(STORIES)
    # After the orders: what they have sold and what the shop still sells are the seats of a date.
    catalog_runs.import_all(at=at)
    plan_dates(owners, at=at)
    telling.tell(LATE_STORIES)
    tell_moves(telling)
    # Sets the watermark, so that the poll goes on from here, and finds nothing that was not told.
    runs.import_all(at=at)
    return True


def _fill_shelf(*, at: datetime) -> None:
    zone = ZoneInfo(settings.TIME_ZONE)
    today = at.astimezone(zone).date()
    with connection.cursor() as cursor:
        shelf = shop_writer(cursor).shelf
        shelf.set_up(at=at - FOUNDED)
        for course in COURSES:
            shelf.add_course(course.on_shelf(today=today, zone=zone), at=at - FOUNDED)
        shelf.add_product(VOUCHER, at=at - FOUNDED)
