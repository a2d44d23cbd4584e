import logging
import sys
from io import StringIO

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from portal.accounts.models import User
from portal.core.logs import CutSecrets

FORMATTER = CutSecrets("{message}", style="{")


def line(message: str, *values: object) -> str:
    return FORMATTER.format(logging.LogRecord("portal", logging.WARNING, "", 1, message, values, None))


def traceback_of(error: Exception) -> str:
    try:
        raise error
    except Exception:
        record = logging.LogRecord("portal", logging.ERROR, "", 1, "It failed", (), sys.exc_info())
        return FORMATTER.format(record)


@pytest.fixture
def said():
    """What the console says meanwhile."""
    text = StringIO()
    console = next(each for each in logging.root.handlers if isinstance(each.formatter, CutSecrets))
    stream = console.setStream(text)
    yield text
    console.setStream(stream)


def test_a_token_is_cut_out_of_the_line_and_the_rest_stays():
    assert line("Gone: %s", f"/api/confirm/{'a' * 64}") == "Gone: /api/confirm/…"


def test_an_e_mail_address_that_was_typed_into_an_address_is_cut_out(db, client, said):
    client.get("/dashboard/bookings/max.muster@example.com")

    assert said.getvalue().endswith("Not Found: /dashboard/bookings/…\n")
    assert line("Gone: %s", "/?search=max%40example.com&page=2") == "Gone: /?search=…&page=2"


def test_a_token_is_cut_out_of_a_traceback_too():
    text = traceback_of(ValueError(f"no link {'a' * 64} here"))

    assert text.startswith("It failed\nTraceback (most recent call last):\n")
    assert text.endswith("ValueError: no link … here")


def test_the_key_for_a_new_password_is_cut_out():
    url = reverse("account_reset_password_from_key", args=["1a", "d5x-0123456789abcdef"])

    assert line("Forbidden: %s", url) == "Forbidden: /account/password/reset/key/…/"


def test_a_refused_link_leaves_no_token_in_the_log(db, client, said):
    answer = client.post(f"/api/confirm/{'b' * 64}")

    assert answer.status_code == 404
    assert said.getvalue().endswith("Not Found: /api/confirm/…\n")


def test_a_refused_row_leaves_nobody_in_the_log_and_says_where_it_happened(db, said):
    # A traceback quotes the source, too.
    email = f"{'anin'[::-1]}@example.org"
    User.objects.create_user(email)
    try:
        with transaction.atomic():
            User.objects.create_user(email)
    except DatabaseError:
        logging.getLogger("portal.test").exception("It failed")

    text = said.getvalue()
    assert "nina" not in text.lower()
    assert "users_email_key" in text
    assert text.count("Traceback (most recent call last)") == 2
    assert 'File "' in text.partition("was the direct cause")[2]


def test_a_refused_row_with_lines_of_its_own_is_cut_as_a_whole(db, said):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO miomente_partner_portal_users (email, name) VALUES (%s, %s)",
                ["nina@example.org", "Nina)\nNeu\nNeustadt"],
            )
    except DatabaseError as error:
        logging.getLogger("portal.test").error("It failed: %s", error)

    text = said.getvalue()
    assert "null value in column" in text
    assert not [each for each in ("nina", "Nina", "Neu") if each in text]
