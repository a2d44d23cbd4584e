"""Whatever is sent to the API, it answers as its document says and never with a 5xx.

Requests are made from the document itself, right ones and wrong ones, the same each time.
"""

import json

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
def booking_id(adas_partner) -> int:
    return make_booking(adas_partner).pk


@pytest.fixture
def token(one_connection, noon, ada, booking_id) -> dict[str, str]:
    return {"Authorization": program_of(ada).defaults["HTTP_AUTHORIZATION"]}


@pytest.fixture
def session(one_connection, noon, ada, booking_id) -> dict[str, str]:
    return {"Cookie": client_of(ada).cookies.output(header="", sep=";").split(";")[0].strip()}


@document.parametrize()
@FUZZ
def test_a_program_with_a_token(case, token, booking_id):
    send(case, token, booking_id)


@document.include(method="GET").parametrize()
@FUZZ
def test_a_signed_in_browser(case, session, booking_id):
    send(case, session, booking_id)


@document.parametrize()
@settings(FUZZ, max_examples=3)
def test_somebody_unknown(case, one_connection):
    response = case.call()
    case.validate_response(response, checks=CHECKS)


def send(case, headers: dict[str, str], booking_id: int) -> None:
    # Most made-up ids are nobody's; every other call is about a booking that is there.
    if "booking_id" in case.path_parameters and len(str(case.path_parameters["booking_id"])) % 2:
        case.path_parameters["booking_id"] = booking_id
    response = case.call(headers=headers)
    case.validate_response(response, checks=CHECKS)
