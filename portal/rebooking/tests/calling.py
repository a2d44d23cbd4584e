"""Calling the API with the token of a customer's link, as a front end of the shop does: no session, no cookie."""

from typing import Any

from django.test import Client

from portal.bookings.models import Customer
from portal.rebooking.api_schemas import HeldAnswer, LinkAnswer, NotPossible, RebookedAnswer
from portal.rebooking.models import Rebooking
from portal.rebooking.tests.factories import token

API = "/api/rebook"
EMAIL = "juergen@example.com"


def anybody(**headers: str) -> Client:
    return Client(enforce_csrf_checks=True, headers={"Accept-Language": "en", **headers})


def path_of(rebooking: Rebooking) -> str:
    return f"{API}/{token(rebooking)}"


def open_link(rebooking: Rebooking) -> Any:
    return anybody().get(path_of(rebooking))


def post(path: str, body: object, **headers: str) -> Any:
    return anybody(**headers).post(path, body, content_type="application/json")


def hold(rebooking: Rebooking, date_id: int) -> Any:
    return post(f"{path_of(rebooking)}/hold", {"selectedDateId": date_id})


def rebook(rebooking: Rebooking, date_id: int, email: str = EMAIL) -> Any:
    return post(path_of(rebooking), {"selectedDateId": date_id, "customerEmail": email})


def shown(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    LinkAnswer.model_validate(response.json())
    return response.json()["data"]


def held(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    HeldAnswer.model_validate(response.json())
    return response.json()["data"]


def rebooked(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    RebookedAnswer.model_validate(response.json())
    return response.json()["data"]


def not_possible(response: Any) -> tuple[str, list[int]]:
    """Its code, and the ids of the dates that are possible instead."""
    assert response.status_code == 409, response.text
    NotPossible.model_validate(response.json())
    dates = response.json()["data"]["availableDates"]
    return response.json()["error"]["code"], [each["id"] for each in dates]


def speak_english(rebooking: Rebooking) -> None:
    """The order was made in the English store."""
    Customer.objects.filter(pk=rebooking.original_booking.customer_id).update(language="en")
