import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.integrations.shop.embedded import order_source, shop_writer
from portal.integrations.shop.writing import NewCourse, NewDate, NewProduct

BERLIN = ZoneInfo("Europe/Berlin")
FOUNDED = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
SATURDAY = datetime(2035, 6, 2, 18, 30, tzinfo=BERLIN)
CUSTOMER = {"firstName": "Ada", "lastName": "Weiß", "email": "ada@example.com", "phone": "+49 89 99998 001"}


@dataclass
class DemoShop:
    """The small shop with one course: a date with four spots, one with one, one that is over; and a voucher."""

    client: Client

    def post(self, path: str, payload: Any) -> Any:
        body = payload if isinstance(payload, str | bytes) else json.dumps(payload)
        return self.client.post(path, body, content_type="application/json")

    def order(self, **how: Any) -> Any:
        """Two seats on Saturday for Ada."""
        payload = {"items": [{"sku": "SUSHI-SA", "qty": 2}], "customer": CUSTOMER, **how}
        return self.post("/demo/shop/orders", payload)

    def state(self) -> list[tuple[Any, ...]]:
        """Per order: number, state, and of each item what was ordered and what is left; and the hints."""
        orders = [page for pages in order_source().all_orders() for page in pages]
        return [
            (order.number, order.state, [(line.ordered, line.participants) for line in order.lines])
            for order in orders
        ]

    def hints(self) -> list[list[str]]:
        jobs = ProcrastinateJob.objects.filter(task_name="bookings.import_hint").order_by("id")
        return [job.args["hints"] for job in jobs]


@pytest.fixture
def shop(db: None) -> DemoShop:
    with connection.cursor() as cursor:
        shelf = shop_writer(cursor).shelf
        shelf.set_up(at=FOUNDED)
        dates = (
            NewDate(SATURDAY, seats=4, sku="SUSHI-SA"),
            NewDate(SATURDAY.replace(day=3, hour=10, minute=0), seats=1, sku="SUSHI-SO"),
            NewDate(datetime(2026, 1, 2, 10, 0, tzinfo=BERLIN), seats=4, sku="SUSHI-OLD"),
        )
        shelf.add_course(NewCourse("SUSHI", "Sushi-Kurs", "10001", 8900, dates), at=FOUNDED)
        shelf.add_product(NewProduct("GIFT", "Gutschein", 5000, is_voucher=True), at=FOUNDED)
    # As strict as a browser's requests are: these addresses need no token.
    return DemoShop(Client(enforce_csrf_checks=True))
