"""Whatever is sent to the API, it answers as its document says and never with a 5xx.

Requests are made from the document itself, right ones and wrong ones, the same each time.
"""

import json
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal.bookings.tests.calling import program_of
from portal.bookings.tests.factories import make_booking
from portal.config.api import api
from portal.config.wsgi import application
from portal.conftest import client_of
from portal.dates.tests.planning import plan_date
from portal.rebooking.tests.factories import make_free_date, make_rebooking
from portal.rebooking.tests.factories import token as link_token

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def with_address(environ, start_response):
    """As every real server says where a request comes from."""
    return application({"REMOTE_ADDR": "192.0.2.1", **environ}, start_response)


document = schemathesis.openapi.from_dict(json.loads(json.dumps(api.get_openapi_schema(), default=str)))
document.app = with_address
FUZZ = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def one_connection(db):
    """A real request would close the connection that the test's transaction is in."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def ids(adas_partner) -> dict[str, Any]:
    """What is there, by the name of its part of the address; the date can be changed and cancelled."""
    booking, date = make_booking(adas_partner), plan_date(adas_partner)
    rebooking = make_rebooking(adas_partner)
    return {
        "booking_id": booking.pk,
        "course_id": booking.course.magento_product_id,
        "date_id": date.pk,
        "token": link_token(rebooking),
        "free_date_id": make_free_date(rebooking.original_booking.course).pk,
    }


@pytest.fixture
def token(one_connection, noon, ada, ids) -> dict[str, str]:
    return {"Authorization": program_of(ada).defaults["HTTP_AUTHORIZATION"]}


@pytest.fixture
def session(one_connection, noon, ada, ids) -> dict[str, str]:
    return {"Cookie": client_of(ada).cookies.output(header="", sep=";").split(";")[0].strip()}


@document.parametrize()
@FUZZ
def test_a_program_with_a_token(case, token, ids):
    send(case, token, ids)


@document.include(method="GET").parametrize()
@FUZZ
def test_a_signed_in_browser(case, session, ids):
    send(case, session, ids)


@document.parametrize()
@settings(FUZZ, max_examples=3)
def test_somebody_unknown(case, one_connection):
    response = case.call()
    case.validate_response(response, checks=CHECKS)


def send(case, headers: dict[str, str], ids: dict[str, Any]) -> None:
    # Most made-up ids are nobody's; every other call is about something that is there.
    for name in case.path_parameters.keys() & ids.keys():
        if len(str(case.path_parameters[name])) % 2:
            case.path_parameters[name] = ids[name]
    body = case.body if isinstance(case.body, dict) else {}
    if isinstance(body.get("courseId"), int) and body["courseId"] % 2:
        body["courseId"] = ids["course_id"]
    if isinstance(body.get("selectedDateId"), int) and body["selectedDateId"] % 4:
        body["selectedDateId"] = ids["free_date_id"]
        if "customerEmail" in body:
            body["customerEmail"] = "juergen@example.com"
    response = case.call(headers=headers)
    case.validate_response(response, checks=CHECKS)
