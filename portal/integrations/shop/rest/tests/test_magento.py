"""What Magento does to us, and what we make of it. The promises of every writer are in test_contract."""

import logging

import httpx
import pytest

from portal.integrations.calls import Caller
from portal.integrations.shop.rest import (
    OrderComment,
    ShopWriteAuthFailed,
    ShopWriteRejected,
    ShopWriteUnavailable,
)
from portal.integrations.shop.rest.magento.calling import Interface, RestSettings
from portal.integrations.shop.rest.magento.orders import ORDER_WORDS, MagentoOrderWriter
from portal.integrations.shop.rest.oauth import OAuthKeys
from tests.magento_rest import KEYS, MagentoRest

COMMENT = OrderComment(7, "Bestätigt", "[partner.example.org 12]")
WRITTEN = ["Bestätigt [partner.example.org 12]"]


@pytest.fixture
def server():
    with MagentoRest(orders={7: "processing"}) as server:
        yield server


def writer_at(server, *, url=None, bearer="", seconds=10, **keys):
    oauth = None if bearer else OAuthKeys(**{**KEYS, **keys})
    rest = RestSettings(url or server.url, bearer, oauth)
    caller = Caller(rest.base, timeout=httpx.Timeout(seconds), total_seconds=seconds)
    return MagentoOrderWriter(Interface(rest, caller, ORDER_WORDS))


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        ("unauthorized", ShopWriteAuthFailed),
        ("internal", ShopWriteUnavailable),
        ("maintenance", ShopWriteUnavailable),
        ("firewall", ShopWriteUnavailable),
        ("no_route", ShopWriteUnavailable),
        ("not_json", ShopWriteUnavailable),
        ("nonsense", ShopWriteUnavailable),
        ("forbidden", ShopWriteRejected),
        ("drop_before", ShopWriteUnavailable),
        ("drop_after", ShopWriteUnavailable),
        ("slow", ShopWriteUnavailable),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_each_failure_has_its_class_and_the_next_try_writes_the_one_comment(server, failure, error, method):
    writer = writer_at(server, seconds=0.4 if failure == "slow" else 10)
    server.fail_next(failure, method=method)

    with pytest.raises(error) as raised:
        writer.add_comment(COMMENT)

    _assert_nothing_private(str(raised.value))
    writer_at(server).add_comment(COMMENT)
    assert server.texts(7) == WRITTEN


def _assert_nothing_private(text):
    private = [*KEYS.values(), "Bestätigt", "oauth_signature"]
    assert [word for word in private if word in text] == []


def test_the_status_is_read_just_before_it_is_sent(server):
    writer_at(server).add_comment(COMMENT)

    assert server.calls == [
        ("GET", "/orders/7/comments"),
        ("GET", "/orders/7"),
        ("POST", "/orders/7/comments"),
    ]


@pytest.mark.parametrize("release", ["2.4.7", "2.4.8"])
def test_an_order_that_changes_meanwhile_is_read_again(release):
    with MagentoRest(release=release, orders={7: "processing"}) as server:
        server.changes_after_reading[7] = "complete"

        writer_at(server).add_comment(COMMENT)

        assert (server.orders[7], server.texts(7)) == ("complete", WRITTEN)


@pytest.mark.parametrize("release", ["2.4.6", "2.4.7", "2.4.8"])
def test_an_order_whose_status_was_emptied_takes_a_comment_too(release):
    with MagentoRest(release=release, orders={7: None}) as server:
        writer_at(server).add_comment(COMMENT)

        assert (server.orders[7], server.texts(7)) == (None, WRITTEN)


def test_a_shop_that_refuses_whatever_we_send_is_given_up(server):
    server.fail_next("bad_request", method="POST", times=99)

    with pytest.raises(ShopWriteRejected):
        writer_at(server).add_comment(COMMENT)

    assert [method for method, _path in server.calls].count("POST") == 3


@pytest.mark.parametrize("name", ["consumer_key", "consumer_secret", "token", "token_secret"])
def test_every_one_of_the_four_keys_counts(server, name):
    writer = writer_at(server, **{name: "wrong"})

    with pytest.raises(ShopWriteAuthFailed):
        writer.add_comment(COMMENT)
    assert writer.check() == ["The shop does not accept our OAuth keys."]
    assert server.texts(7) == []


def test_check_names_a_token_that_the_shop_does_not_take_alone(server):
    assert writer_at(server, bearer=KEYS["token"]).check() == [
        "The shop does not accept MAGENTO_API_TOKEN. Tokens alone are off by default; OAuth always works."
    ]


@pytest.mark.parametrize("right", ["Magento_Sales::actions_view", "Magento_Sales::comment"])
def test_check_names_the_right_that_the_integration_lacks(server, right):
    server.rights.discard(right)

    assert writer_at(server).check() == [f"The shop's integration lacks the right {right}."]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("shop.example", "MAGENTO_API_URL must begin with https://."),
        ("http://127.0.0.1:1", "The shop's interface does not answer."),
    ],
)
def test_check_says_what_is_wrong_with_the_address(server, url, problem):
    assert writer_at(server, url=url).check() == [problem]


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://shop.example", "https://shop.example/rest/all/V1"),
        ("https://shop.example/", "https://shop.example/rest/all/V1"),
        ("https://shop.example/rest/default", "https://shop.example/rest/default/V1"),
        ("https://shop.example/rest/all/V1", "https://shop.example/rest/all/V1"),
        ("https://example.org/shop", "https://example.org/shop/rest/all/V1"),
    ],
)
def test_the_address_may_be_that_of_the_shop_or_of_its_interface(url, base):
    assert RestSettings(url).base == base


def test_nothing_that_the_shop_is_sent_reaches_the_log(server, caplog):
    with caplog.at_level(logging.DEBUG):
        writer_at(server).add_comment(COMMENT)

    assert "HTTP Request: POST" in caplog.text
    _assert_nothing_private(caplog.text)


def test_secrets_are_not_in_what_we_print():
    text = repr(RestSettings("https://shop.example", "very-secret", OAuthKeys(**KEYS)))

    assert [
        word for word in ("very-secret", KEYS["consumer_secret"], KEYS["token_secret"]) if word in text
    ] == []
