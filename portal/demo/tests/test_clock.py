from datetime import UTC, datetime, timedelta

import pytest

from portal.core.models import Watermark
from portal.demo import clock, operations
from portal.demo.tests.conftest import DemoShop

NOON = datetime(2030, 5, 1, 12, 0, tzinfo=UTC)


@pytest.mark.time_machine("2030-05-01 12:00:00+00:00", tick=False)
def test_clock_moves_forward_by_what_is_asked_in_all(shop: DemoShop) -> None:
    answers = [shop.post("/demo/clock", {"hours": hours}).json() for hours in (24, 1.5, -0.5, 0)]

    assert answers == [
        {"hours": 24, "at": "2030-05-02T14:00:00+02:00"},
        {"hours": 25.5, "at": "2030-05-02T15:30:00+02:00"},
        {"hours": 25, "at": "2030-05-02T15:00:00+02:00"},
        {"hours": 25, "at": "2030-05-02T15:00:00+02:00"},
    ]
    assert clock.shifted_now() == NOON + timedelta(hours=25)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"hours": -1}, 422, "behind"),
        ({"hours": 24 * 366}, 422, "too_far"),
        ({"hours": 1e308}, 422, "too_far"),
        ({"hours": "2"}, 422, "bad_hours"),
        ({"hours": True}, 422, "bad_hours"),
        ({}, 422, "bad_hours"),
        ('{"hours": NaN}', 400, "malformed_json"),
        ("nonsense", 400, "malformed_json"),
    ],
)
def test_clock_refuses_nonsense(shop: DemoShop, body: object, status: int, code: str) -> None:
    response = shop.post("/demo/clock", body)

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert clock.offset_hours() == 0


def test_clock_that_goes_back_does_not_stop_the_poll(db: None) -> None:
    operations.shift_clock(48, at=NOON)
    Watermark.objects.create(name="poll", checked_at=NOON + timedelta(hours=48))

    operations.shift_clock(-47, at=NOON)

    assert Watermark.objects.get(name="poll").checked_at == NOON + timedelta(hours=1)


@pytest.mark.time_machine("2035-06-01 12:00:00+00:00", tick=False)
def test_shop_sells_no_date_that_is_over_by_the_moved_clock(shop: DemoShop) -> None:
    shop.post("/demo/clock", {"hours": 36})

    skus = [day["sku"] for day in shop.client.get("/demo/shop/dates.json").json()]

    assert skus == ["SUSHI-SO"]
    assert shop.order().json()["error"]["code"] == "date_started"
