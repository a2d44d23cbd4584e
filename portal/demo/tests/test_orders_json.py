import pytest

from portal.demo.tests.conftest import CUSTOMER, DemoShop
from portal.integrations.shop import ShopPerson
from portal.integrations.shop.embedded import order_source


def test_order_is_placed_paid_and_hinted_at(shop: DemoShop) -> None:
    response = shop.order(items=[{"sku": "SUSHI-SA", "qty": 2}, {"sku": "GIFT", "qty": 1}])

    answer = response.json()
    [order] = order_source().orders([int(shop.hints()[0][0])])
    assert response.status_code == 200
    assert answer == {"orderNumber": order.number, "itemIds": [line.item_id for line in order.lines]}
    assert [(line.date_sku, line.ordered) for line in order.lines] == [("SUSHI-SA", 2), ("GIFT", 1)]
    assert order.person == ShopPerson("Ada", "Weiß", "ada@example.com", "+49 89 99998 001")
    assert (order.state, order.payment_status) == ("processing", "paid")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"items": [{"sku": "NOPE", "qty": 1}]}, 422, "unknown_sku"),
        ({"items": [{"sku": "SUSHI", "qty": 1}]}, 422, "choose_date"),
        ({"items": [{"sku": "SUSHI-OLD", "qty": 1}]}, 422, "date_started"),
        ({"items": [{"sku": "SUSHI-SO", "qty": 2}]}, 422, "not_enough_spots"),
        ({"items": [{"sku": "SUSHI-SA", "qty": 3}, {"sku": "SUSHI-SA", "qty": 2}]}, 422, "not_enough_spots"),
        ({"items": [{"sku": "SUSHI-SA", "qty": 1}, {"sku": "NOPE", "qty": 1}]}, 422, "unknown_sku"),
        ({"items": [{"sku": "SUSHI-SA", "qty": 0}]}, 422, "bad_qty"),
        ({"items": [{"sku": "SUSHI-SA", "qty": -1}]}, 422, "bad_qty"),
        ({"items": [{"sku": "SUSHI-SA", "qty": True}]}, 422, "bad_qty"),
        ({"items": [{"sku": "SUSHI-SA", "qty": "2"}]}, 422, "bad_qty"),
        ({"items": [{"sku": "SUSHI-SA", "qty": 1.5}]}, 422, "bad_qty"),
        ({"items": [{"sku": "SUSHI-SA", "qty": 10**12}]}, 422, "bad_qty"),
        ({"items": [{"sku": "SUSHI-SA"}]}, 422, "bad_qty"),
        ({"items": [{"sku": "A\0B", "qty": 1}]}, 422, "bad_sku"),
        ({"items": [{"sku": 7, "qty": 1}]}, 422, "bad_sku"),
        ({"items": ["SUSHI-SA"]}, 422, "bad_sku"),
        ({"items": []}, 422, "no_items"),
        ({"items": {"sku": "SUSHI-SA", "qty": 1}}, 422, "no_items"),
        ({"items": [{"sku": "SUSHI-SA", "qty": 1}] * 51}, 422, "too_many_items"),
        ({"customer": None}, 422, "bad_customer"),
        ({"customer": {**CUSTOMER, "email": "nobody"}}, 422, "bad_customer"),
        ({"customer": {**CUSTOMER, "firstName": ""}}, 422, "bad_customer"),
        ({"customer": {**CUSTOMER, "lastName": "a\0b"}}, 422, "bad_customer"),
        ({"customer": {**CUSTOMER, "lastName": 7}}, 422, "bad_customer"),
        ({"customer": {**CUSTOMER, "phone": "0" * 1000}}, 422, "bad_customer"),
    ],
)
def test_order_with_bad_input_says_why_and_changes_nothing(
    shop: DemoShop, changes: dict[str, object], status: int, code: str
) -> None:
    response = shop.order(**changes)

    answer = response.json()
    assert (response.status_code, answer["success"], answer["error"]["code"]) == (status, False, code)
    assert answer["error"]["message"].endswith((".", ")"))
    assert (shop.state(), shop.hints()) == ([], [])


@pytest.mark.parametrize("body", ["", "nonsense", "[]", "7", '{"items": [', '{"a": "\\ud800"}', b"\xff\xfe"])
def test_order_with_malformed_json_is_refused(shop: DemoShop, body: str | bytes) -> None:
    response = shop.post("/demo/shop/orders", body)

    assert (response.status_code, response.json()["error"]["code"]) == (400, "malformed_json")
    assert (shop.state(), shop.hints()) == ([], [])


def test_order_without_sample_data_is_refused(client, db: None) -> None:
    payload = {"items": [{"sku": "SUSHI-SA", "qty": 2}], "customer": CUSTOMER}

    response = client.post("/demo/shop/orders", payload, content_type="application/json")

    assert (response.status_code, response.json()["error"]["code"]) == (422, "unknown_sku")


def test_order_is_placed_by_post_only(shop: DemoShop) -> None:
    response = shop.client.get("/demo/shop/orders")

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert response.json()["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    ("action", "qty", "after"),
    [
        ("cancel", 1, ("processing", [(2, 1)])),
        ("cancel", 2, ("canceled", [(2, 0)])),
        ("refund", 1, ("processing", [(2, 1)])),
        ("refund", 2, ("closed", [(2, 0)])),
    ],
)
def test_cancel_and_refund_take_a_quantity_off_an_item(
    shop: DemoShop, action: str, qty: int, after: tuple[str, list[tuple[int, int]]]
) -> None:
    placed = shop.order().json()
    number, [item_id] = placed["orderNumber"], placed["itemIds"]

    response = shop.post(f"/demo/shop/orders/{number}/{action}", {"itemId": item_id, "qty": qty})

    assert response.status_code == 200
    assert response.json() == {"orderNumber": number, "itemId": item_id, "qty": qty}
    assert shop.state() == [(number, *after)]
    assert shop.hints()[0] == shop.hints()[1]


@pytest.mark.parametrize("action", ["cancel", "refund"])
def test_cancel_and_refund_with_bad_input_change_nothing(shop: DemoShop, action: str) -> None:
    placed = shop.order().json()
    number, [item_id] = placed["orderNumber"], placed["itemIds"]
    path = f"/demo/shop/orders/{number}/{action}"
    before = shop.state(), shop.hints()

    answers = [
        shop.post(path, {"itemId": item_id, "qty": 3}),
        shop.post(path, {"itemId": item_id, "qty": 0}),
        shop.post(path, {"itemId": item_id + 1, "qty": 1}),
        shop.post(path, {"itemId": "x", "qty": 1}),
        shop.post(path, {"itemId": 2**70, "qty": 1}),
        shop.post(path, "nonsense"),
        shop.post(f"/demo/shop/orders/999999999/{action}", {"itemId": item_id, "qty": 1}),
        shop.post(f"/demo/shop/orders/x%00y/{action}", {"itemId": item_id, "qty": 1}),
    ]

    assert [(each.status_code, each.json()["error"]["code"]) for each in answers] == [
        (422, "too_many"),
        (422, "bad_qty"),
        (404, "not_found"),
        (422, "bad_item"),
        (422, "bad_item"),
        (400, "malformed_json"),
        (404, "not_found"),
        (404, "not_found"),
    ]
    assert (shop.state(), shop.hints()) == before


def test_cancel_again_finds_nothing_left(shop: DemoShop) -> None:
    placed = shop.order().json()
    path, change = (
        f"/demo/shop/orders/{placed['orderNumber']}/cancel",
        {"itemId": placed["itemIds"][0], "qty": 2},
    )
    shop.post(path, change)

    response = shop.post(path, change)

    assert (response.status_code, response.json()["error"]["code"]) == (422, "nothing_left")


def test_dates_lists_future_dates_with_their_free_spots(shop: DemoShop) -> None:
    shop.order()

    assert shop.client.get("/demo/shop/dates.json").json() == [
        {
            "sku": "SUSHI-SA",
            "course": "Sushi-Kurs",
            "startsAt": "2035-06-02T18:30:00+02:00",
            "spotsAvailable": 2,
        },
        {
            "sku": "SUSHI-SO",
            "course": "Sushi-Kurs",
            "startsAt": "2035-06-03T10:00:00+02:00",
            "spotsAvailable": 1,
        },
    ]


def test_dates_is_empty_without_sample_data(client, db: None) -> None:
    assert client.get("/demo/shop/dates.json").json() == []
