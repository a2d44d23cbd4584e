"""`/api/auth`."""

import pytest
from django.test import Client

from portal.accounts.models import User

TOKEN, REFRESH, BOOKINGS = "/api/auth/token", "/api/auth/refresh", "/api/partner/bookings"
WRONG = {
    "success": False,
    "error": {"code": "invalid_credentials", "message": "E-mail or password is wrong."},
}


def post(client: Client, url: str, **body: object):
    return client.post(url, body, content_type="application/json", headers={"Accept-Language": "en"})


def get_bookings(client: Client, access: str) -> int:
    return client.get(BOOKINGS, headers={"Authorization": f"Bearer {access}"}).status_code


def test_token_signs_in_and_the_access_token_opens_the_api(client, ada):
    answer = post(client, TOKEN, email="Ada@example.org", password="secret")

    body = answer.json()
    assert (answer.status_code, body["success"], sorted(body["data"])) == (
        200,
        True,
        ["accessToken", "expiresIn", "refreshToken"],
    )
    assert body["data"]["expiresIn"] == 900
    assert get_bookings(client, body["data"]["accessToken"]) == 200
    assert get_bookings(client, "nonsense") == 401


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@example.org", "wrong"),
        ("nobody@example.org", "secret"),
        ("", ""),
    ],
)
def test_token_answers_the_same_for_whatever_is_wrong(client, ada, email, password):
    answer = post(client, TOKEN, email=email, password=password)

    assert (answer.status_code, answer.json()) == (401, WRONG)


def test_token_is_refused_to_somebody_who_was_deactivated(client, ada):
    User.objects.filter(pk=ada.pk).update(is_active=False)

    answer = post(client, TOKEN, email="ada@example.org", password="secret")

    assert (answer.status_code, answer.json()) == (401, WRONG)


def test_token_refuses_zero_bytes(client, ada):
    answer = post(client, TOKEN, email="ada\0@example.org", password="secret")

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")


def test_token_names_missing_fields(client, db):
    answer = post(client, TOKEN, email="ada@example.org")

    assert (answer.status_code, answer.json()) == (
        422,
        {
            "success": False,
            "error": {
                "code": "invalid",
                "message": "Some values are wrong.",
                "fields": {"password": "This is missing."},
            },
        },
    )


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("{}", 422, {"email": "Diese Angabe fehlt.", "password": "Diese Angabe fehlt."}),
        ('{"email": 1, "password": ""}', 422, {"email": "Das muss ein Text sein."}),
        (
            '{"email": "\\u0000", "password": ""}',
            422,
            {"email": "Dieser Text enthält Zeichen, die sich nicht speichern lassen."},
        ),
        (
            '{"email": "\\ud800", "password": ""}',
            422,
            {"email": "Dieser Text enthält Zeichen, die sich nicht speichern lassen."},
        ),
        ("{", 400, "Die Anfrage ist kein gültiges JSON."),
    ],
)
def test_a_wrong_body_is_explained_in_german_too(client, db, body, status, words):
    answer = client.post(TOKEN, body, content_type="application/json", headers={"Accept-Language": "de"})

    error = answer.json()["error"]
    assert (answer.status_code, error.get("fields", error["message"])) == (status, words)


def test_token_documents_only_what_it_looks_at(client, db):
    schemas = client.get("/api/openapi.json").json()["components"]["schemas"]

    assert sorted(schemas["TokenIn"]["properties"]) == ["email", "otp", "password"]


@pytest.mark.parametrize("text", ["\\ud800", "\\u0000"])
def test_refresh_refuses_what_cannot_be_kept(client, db, text):
    answer = client.post(REFRESH, f'{{"refresh": "{text}"}}', content_type="application/json")

    assert (answer.status_code, sorted(answer.json()["error"]["fields"])) == (422, ["refresh"])


def test_refresh_gives_a_new_pair_once(client, ada):
    first = post(client, TOKEN, email="ada@example.org", password="secret").json()["data"]

    second = post(client, REFRESH, refresh=first["refreshToken"])
    again = post(client, REFRESH, refresh=first["refreshToken"])
    after = post(client, REFRESH, refresh=second.json()["data"]["refreshToken"])

    assert [answer.status_code for answer in (second, again, after)] == [200, 401, 401]
    assert again.json() == {
        "success": False,
        "error": {"code": "invalid_token", "message": "This refresh token is unknown, used or expired."},
    }


def test_the_page_about_the_api_names_every_call(client, db):
    page = client.get("/api/docs")

    assert page.status_code == 200
    for operation in page.context["operations"]:
        assert f"{operation['method']} {operation['path']}" in page.text
    assert {"POST /api/auth/token", "POST /api/auth/refresh"} <= {
        f"{operation['method']} {operation['path']}" for operation in page.context["operations"]
    }
