"""Signatures as RFC 5849 describes them. The expected values were made with openssl, not with this code."""

import pytest

from portal.integrations.shop.rest.oauth import OAuthKeys, authorization, base_string, escape, signature

KEYS = OAuthKeys("ck", "cs&secret", "at", "as secret")
OAUTH = [
    ("oauth_consumer_key", "ck"),
    ("oauth_nonce", "n0nce"),
    ("oauth_signature_method", "HMAC-SHA256"),
    ("oauth_timestamp", "1900000000"),
    ("oauth_token", "at"),
    ("oauth_version", "1.0"),
]
COMMENTS = "https://shop.example/rest/all/V1/orders/7/comments"


def test_the_base_string_is_that_of_the_rfc():
    """Section 3.4.1.1."""
    given = base_string(
        "post",
        "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
        [
            ("c2", ""),
            ("a3", "2 q"),
            ("oauth_consumer_key", "9djdj82h48djs9d2"),
            ("oauth_token", "kkk9d7dh3k39sjv7"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "7d8f3e4a"),
        ],
    )

    assert given == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D"
        "%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3D"
        "HMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://EXAMPLE.COM:80/r%20v/X?id=123", "http://example.com/r%20v/X"),
        ("https://www.example.net:8080/?q=1", "https://www.example.net:8080/"),
        ("https://www.example.net", "https://www.example.net/"),
        ("http://www.example.net:443/", "http://www.example.net:443/"),
    ],
)
def test_the_address_that_is_signed_is_that_of_the_rfc(url, address):
    """Section 3.4.1.2."""
    assert base_string("GET", url, []).split("&")[1] == escape(address)


def test_what_is_no_letter_or_digit_is_escaped_as_the_rfc_says():
    """Section 3.6."""
    assert escape("aZ09-._~ /+*ü") == "aZ09-._~%20%2F%2B%2A%C3%BC"


@pytest.mark.parametrize(
    ("method", "url", "expected"),
    [
        ("POST", COMMENTS, "o2Jyg02UJIvI1pDP6Y2HfYULbcyU8WUEkwXaEH9XNh0="),
        ("GET", f"{COMMENTS}?fields=items%5Bcomment%5D", "kRfrfa4f9YAln2CIp430bkYCJoJRw7+ItLKiBsICGQE="),
    ],
)
def test_the_signature_is_what_openssl_computes(method, url, expected):
    assert signature(method, url, OAUTH, KEYS) == expected


def test_no_two_requests_carry_the_same_header():
    first, second = (authorization("GET", COMMENTS, KEYS) for _each in range(2))

    assert first.startswith('OAuth oauth_consumer_key="ck", oauth_nonce="')
    assert first != second


def test_secrets_are_not_in_what_we_print():
    assert ("cs&secret" in repr(KEYS), "as secret" in repr(KEYS)) == (False, False)
