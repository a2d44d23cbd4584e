import logging
from io import StringIO

from portal.core.logs import CutTokens


def test_a_token_is_cut_out_of_the_line_and_the_rest_stays():
    record = logging.LogRecord(
        "django.request", logging.WARNING, "", 1, "Gone: %s", (f"/api/confirm/{'a' * 64}",), None
    )

    kept = CutTokens().filter(record)

    assert (kept, record.getMessage()) == (True, "Gone: /api/confirm/…")


def test_a_refused_link_leaves_no_token_in_the_log(db, client):
    token, said = "b" * 64, StringIO()
    console = next(
        each for each in logging.root.handlers if any(isinstance(f, CutTokens) for f in each.filters)
    )
    stream = console.setStream(said)

    answer = client.post(f"/api/confirm/{token}")
    console.setStream(stream)

    assert answer.status_code == 404
    assert said.getvalue().endswith("Not Found: /api/confirm/…\n")
