"""Refusals that no view has worded: data for programs, pages for people."""

import orjson
import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from portal.bookings.tests.calling import assert_error
from portal.core.middleware import ApiErrorMiddleware, SecurityHeadersMiddleware


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "bad_request"),
        (404, "not_found"),
        (405, "method_not_allowed"),
        (413, "too_large"),
        (500, "server_error"),
    ],
)
def test_programs_are_refused_with_data(status, code):
    middleware = ApiErrorMiddleware(lambda _request: HttpResponse("<h1>Page</h1>", status=status))

    answer = middleware(RequestFactory().get("/api/partner/bookings"))

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
    assert (orjson.loads(answer.content)["success"], orjson.loads(answer.content)["error"]["code"]) == (
        False,
        code,
    )


@pytest.mark.parametrize("path", ["/api/confirm/a", "/api/decline/a", "/dashboard"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_people_are_refused_with_a_page(path, method):
    middleware = ApiErrorMiddleware(lambda _request: HttpResponse("<h1>Page</h1>", status=500))
    request = getattr(RequestFactory(headers={"Accept": "text/html,*/*;q=0.8"}), method)(path)

    assert middleware(request).content == b"<h1>Page</h1>"


def test_a_request_that_is_too_large_is_refused_with_data(db):
    answer = Client().post("/api/auth/token", "x" * 3_000_000, content_type="application/json")

    assert_error(answer, 400, "bad_request")


def test_a_request_for_another_host_is_refused_with_data(db):
    answer = Client(headers={"Host": "elsewhere.example"}).post(
        "/api/auth/token", "{}", content_type="application/json"
    )

    assert_error(answer, 400, "bad_request")


@pytest.mark.parametrize(
    ("url", "pictures"),
    [
        ("", "'self' data:"),
        ("/demo/media", "'self' data:"),
        ("https://shop.example:8443/media/catalog/product", "'self' data: https://shop.example:8443"),
    ],
)
def test_pictures_may_come_from_the_shop_and_from_nowhere_else(settings, url, pictures):
    settings.MAGENTO_MEDIA_URL = url
    middleware = SecurityHeadersMiddleware(lambda _request: HttpResponse())

    policy = middleware(RequestFactory().get("/")).headers["Content-Security-Policy"]

    assert f"; img-src {pictures}; " in policy
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
