"""Reads the JSON that checks from outside send, and says in a sentence what is wrong with it."""

from typing import Any, TypeGuard

import orjson
from django.utils.translation import gettext as _

from portal.demo.forms import MOST_PARTICIPANTS, CustomerForm
from portal.integrations.shop import ShopPerson
from portal.integrations.shop.writing import OrderItem

MOST_ITEMS = 50
LONGEST_SKU = 64
_CUSTOMER = {
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "phone": "phone",
}


class BadInput(ValueError):
    """The text is for the sender. `status`: 400 is no JSON of the right form, 422 has a wrong value in it."""

    def __init__(self, code: str, message: str, *, status: int = 422) -> None:
        super().__init__(message)
        self.code, self.status = code, status


def read_order(body: bytes) -> tuple[list[OrderItem], ShopPerson]:
    payload = _object(body)
    rows = payload.get("items")
    if not isinstance(rows, list) or not rows:
        raise BadInput("no_items", _("items must be a list with at least one {sku, qty}."))
    if len(rows) > MOST_ITEMS:
        raise BadInput("too_many_items", _("An order has at most %s items.") % MOST_ITEMS)
    return [_item(row) for row in rows], _customer(payload.get("customer"))


def read_change(body: bytes) -> tuple[int, int]:
    """:returns: the item's id and a quantity"""
    payload = _object(body)
    item_id = payload.get("itemId")
    if not _is_whole(item_id) or not 0 < item_id < 2**63:
        raise BadInput("bad_item", _("itemId must be one of the itemIds of the order."))
    return item_id, _quantity(payload.get("qty"))


def read_hours(body: bytes) -> float:
    hours = _object(body).get("hours")
    if isinstance(hours, bool) or not isinstance(hours, int | float):
        raise BadInput("bad_hours", _("hours must be a number."))
    try:
        return float(hours)
    except OverflowError as error:
        raise BadInput("bad_hours", _("hours must be a number.")) from error


def _object(body: bytes) -> dict[str, Any]:
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadInput("malformed_json", _("The body is not valid JSON."), status=400) from error
    if not isinstance(payload, dict):
        raise BadInput("malformed_json", _("The body must be a JSON object."), status=400)
    return payload


def _item(row: Any) -> OrderItem:
    sku = row.get("sku") if isinstance(row, dict) else None
    if not isinstance(sku, str) or not 0 < len(sku) <= LONGEST_SKU or "\0" in sku:
        raise BadInput("bad_sku", _("Each item needs a sku, as /demo/shop/dates.json lists them."))
    return OrderItem(sku, _quantity(row.get("qty")))


def _quantity(value: Any) -> int:
    if not _is_whole(value) or not 1 <= value <= MOST_PARTICIPANTS:
        raise BadInput("bad_qty", _("qty must be a whole number from 1 to %s.") % MOST_PARTICIPANTS)
    return value


def _is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _customer(values: Any) -> ShopPerson:
    if not isinstance(values, dict) or not all(isinstance(values.get(name) or "", str) for name in _CUSTOMER):
        raise BadInput("bad_customer", _("customer must be {firstName, lastName, email, phone}, all texts."))
    form = CustomerForm({field: values.get(name) or "" for name, field in _CUSTOMER.items()})
    if not form.is_valid():
        name = next(name for name, field in _CUSTOMER.items() if field in form.errors)
        sentence = form.errors[_CUSTOMER[name]][0]
        raise BadInput("bad_customer", f"customer.{name}: {sentence}")
    return form.person()
