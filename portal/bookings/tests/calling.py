"""Calling the API as a program does."""

import json

from django.test import Client

from portal.accounts.models import User
from portal.accounts.tokens import issue_pair
from portal.conftest import NOON
from portal.core.api_schemas import ErrorOut

BASE = "/api/partner/bookings"


def program_of(user: User, **headers: str) -> Client:
    """A program that acts for the user; whatever a browser would bring along is missing."""
    token = issue_pair(user, at=NOON).access
    return Client(
        enforce_csrf_checks=True,
        headers={"Authorization": f"Bearer {token}", "Accept-Language": "en", **headers},
    )


def post(client: Client, path: str, body: object = None):
    return client.post(
        path, data=json.dumps(body) if body is not None else b"", content_type="application/json"
    )


def ids(response) -> list[int]:
    assert response.status_code == 200, response.text
    return [each["id"] for each in response.json()["data"]["bookings"]]


def assert_error(response, status: int, code: str, *fields: str) -> str:
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/json"), (
        response.text
    )
    body = response.json()
    ErrorOut.model_validate(body)
    assert (body["success"], body["error"]["code"]) == (False, code)
    assert sorted(body["error"].get("fields", {})) == sorted(fields)
    return body["error"]["message"]
