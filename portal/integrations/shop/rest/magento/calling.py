"""Calls of Magento's REST interface: signed, and every failure as one of the three classes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from portal.integrations.calls import Answer, Caller, NoAnswer, NotJson
from portal.integrations.shop.rest import (
    ShopWriteAuthFailed,
    ShopWriteError,
    ShopWriteRejected,
    ShopWriteUnavailable,
)
from portal.integrations.shop.rest.oauth import OAuthKeys, authorization

# Magento loads and saves the whole order for a comment, with all that its modules hang on that.
_TOTAL_SECONDS = 30.0
_TIMEOUT = httpx.Timeout(25.0, connect=3.0)
_MAX_REASON = 200


class NoRoute(ShopWriteUnavailable):
    """Nothing in this shop answers at that address: a module is not there, or the shop is being renewed."""


@dataclass(frozen=True)
class RestSettings:
    """:param keys: for OAuth; None for the token alone ("Bearer"), which Magento refuses unless it is told not to"""

    url: str
    token: str = field(default="", repr=False)
    keys: OAuthKeys | None = None

    @property
    def base(self) -> str:
        url = self.url.rstrip("/").removesuffix("/V1")
        return f"{url}/V1" if "/rest" in urlsplit(url).path else f"{url}/rest/all/V1"


@dataclass(frozen=True)
class Words:
    """What staff read when the shop refuses. `refused` has a place for the shop's {reason}."""

    gone: Promise
    refused: Promise


class Interface:
    def __init__(self, rest: RestSettings, caller: Caller, words: Words) -> None:
        self._rest = rest
        self._caller = caller
        self._words = words

    def problems(self, look: Callable[[], None]) -> list[str]:
        """In words, for whoever sets it up."""
        if not self._rest.url.startswith(("http://", "https://")):
            return [_("MAGENTO_API_URL must begin with https://.")]
        try:
            look()
        except ShopWriteError as error:
            return [str(error)]
        return []

    def get(self, path: str, *query: tuple[str, str]) -> dict[str, Any]:
        """:raises ShopWriteError: one of the three; `NoRoute` where the shop has no such address"""
        text = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
        result = self.result(self.send("GET", f"{path}?{text}"))
        if not isinstance(result, dict):
            raise not_understood()
        return result

    def send(self, method: str, path: str, body: object = None) -> Answer:
        """:raises ShopWriteUnavailable: without an answer"""
        headers = {"Authorization": self._authorization(method, self._rest.base + path)}
        try:
            return self._caller.call(method, path, headers=headers, body=body)
        except NoAnswer as problem:
            raise ShopWriteUnavailable(_("The shop's interface does not answer.")) from problem

    def result(self, answer: Answer) -> Any:
        """:raises ShopWriteError: as `get`"""
        try:
            result = answer.json()
        except NotJson:
            raise ShopWriteUnavailable(
                _(
                    "What answers at MAGENTO_API_URL is not Magento's interface at the moment (status {status})."
                ).format(status=answer.status)
            ) from None
        if answer.is_success:
            return result
        raise self._failure(answer.status, result if isinstance(result, dict) else {})

    def _authorization(self, method: str, url: str) -> str:
        if self._rest.keys is None:
            return f"Bearer {self._rest.token}"
        return authorization(method, url, self._rest.keys)

    def _failure(self, status: int, error: dict[str, Any]) -> ShopWriteError:
        message = " ".join(str(error.get("message") or "").split())[:_MAX_REASON]
        if status == 401:
            return self._refused_key(error)
        is_no_route = message.startswith("Request does not match")
        if status == 404 and not is_no_route:
            return ShopWriteRejected(str(self._words.gone))
        if status in (400, 403, 422):
            return ShopWriteRejected(str(self._words.refused).format(reason=message))
        kind = NoRoute if status == 404 else ShopWriteUnavailable
        return kind(
            _("The shop has trouble of its own at the moment (status {status}).").format(status=status)
        )

    def _refused_key(self, error: dict[str, Any]) -> ShopWriteAuthFailed:
        parameters = error.get("parameters")
        right = parameters.get("resources") if isinstance(parameters, dict) else None
        if right:
            return ShopWriteAuthFailed(
                _("The shop's integration lacks the right {right}.").format(right=str(right)[:_MAX_REASON])
            )
        if self._rest.keys is None:
            return ShopWriteAuthFailed(
                _(
                    "The shop does not accept MAGENTO_API_TOKEN. Tokens alone are off by default; OAuth always works."
                )
            )
        return ShopWriteAuthFailed(_("The shop does not accept our OAuth keys."))


def not_understood() -> ShopWriteUnavailable:
    return ShopWriteUnavailable(_("The shop's answer cannot be understood."))


def interface(words: Words) -> Interface:
    """That of the settings."""
    keys = None
    if settings.MAGENTO_CONSUMER_KEY:
        keys = OAuthKeys(
            settings.MAGENTO_CONSUMER_KEY,
            settings.MAGENTO_CONSUMER_SECRET,
            settings.MAGENTO_ACCESS_TOKEN,
            settings.MAGENTO_ACCESS_SECRET,
        )
    rest = RestSettings(settings.MAGENTO_API_URL, settings.MAGENTO_API_TOKEN, keys)
    return Interface(rest, _caller(rest.base), words)


@lru_cache(maxsize=1)
def _caller(base: str) -> Caller:
    """One per process and address, because it keeps connections open."""
    return Caller(base, timeout=_TIMEOUT, total_seconds=_TOTAL_SECONDS)
