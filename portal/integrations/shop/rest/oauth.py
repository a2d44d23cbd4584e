"""OAuth 1.0a (RFC 5849) as Magento wants it: HMAC-SHA256, in the Authorization header."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlsplit

METHOD = "HMAC-SHA256"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class OAuthKeys:
    """The four values of a Magento integration."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    token: str
    token_secret: str = field(repr=False)


def authorization(method: str, url: str, keys: OAuthKeys) -> str:
    """The header's value for one request; no two are alike. A JSON body is not signed."""
    given = {
        "oauth_consumer_key": keys.consumer_key,
        "oauth_nonce": secrets.token_hex(16),
        "oauth_signature_method": METHOD,
        # The machine's clock whatever the demo says: Magento compares it with its own.
        "oauth_timestamp": str(int(time.time())),
        "oauth_token": keys.token,
        "oauth_version": "1.0",
    }
    given["oauth_signature"] = signature(method, url, given.items(), keys)
    return "OAuth " + ", ".join(f'{escape(name)}="{escape(value)}"' for name, value in given.items())


def signature(method: str, url: str, oauth: Iterable[tuple[str, str]], keys: OAuthKeys) -> str:
    key = f"{escape(keys.consumer_secret)}&{escape(keys.token_secret)}"
    digest = hmac.new(key.encode(), base_string(method, url, oauth).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def base_string(method: str, url: str, others: Iterable[tuple[str, str]]) -> str:
    """What is signed (RFC 5849, 3.4.1): the method, the address and all parameters, sorted.

    :param others: parameters that are not in the address: those of OAuth, and of a form
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.port and parts.port != _DEFAULT_PORTS.get(parts.scheme.lower()):
        host = f"{host}:{parts.port}"
    address = f"{parts.scheme.lower()}://{host}{parts.path or '/'}"
    parameters = [*parse_qsl(parts.query, keep_blank_values=True), *others]
    pairs = sorted((escape(name), escape(value)) for name, value in parameters)
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join(escape(part) for part in (method.upper(), address, joined))


def escape(text: str) -> str:
    return quote(text, safe="-._~")
