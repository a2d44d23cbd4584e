"""Helpers of pages and webhooks."""

import pytest
from django.test import RequestFactory

from portal.core.http import is_longer_than


@pytest.mark.parametrize(
    ("said", "is_longer"),
    [
        ("", False),
        ("0", False),
        ("100", False),
        ("00100", False),
        ("101", True),
        ("-1", True),
        ("1e9", True),
        ("٣", True),
        ("²", True),
        # More digits than Python makes a number of.
        ("9" * 5000, True),
    ],
)
def test_a_body_is_judged_by_the_length_it_says(said, is_longer):
    request = RequestFactory().post("/", CONTENT_LENGTH=said)

    assert is_longer_than(request, 100) is is_longer
