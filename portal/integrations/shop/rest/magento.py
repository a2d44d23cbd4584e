"""Comments on orders over Magento's REST interface, in words that every release from 2.4.3 on takes.

A comment without a status empties the order's status up to 2.4.6; 2.4.7 takes no other status than the current one;
2.4.8 only those of the order's state. So the current status goes with the comment, read just before.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from portal.integrations.calls import Answer, Caller, NoAnswer, NotJson
from portal.integrations.shop.rest import (
    OrderComment,
    OrderWriterAuthFailed,
    OrderWriterError,
    OrderWriterRejected,
    OrderWriterUnavailable,
)
from portal.integrations.shop.rest.oauth import OAuthKeys, authorization

# Magento loads and saves the whole order for a comment, with all that its modules hang on that.
_TOTAL_SECONDS = 30.0
_TIMEOUT = httpx.Timeout(25.0, connect=3.0)
_STATUS_TRIES = 3
_MAX_REASON = 200


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


class MagentoOrderWriter:
    def __init__(self, rest: RestSettings, caller: Caller) -> None:
        self._rest = rest
        self._caller = caller

    def add_comment(self, comment: OrderComment) -> None:
        # Magento takes the same comment twice, and a lost answer may mean that it took it.
        if self._is_written(comment):
            return
        if comment.status and self._post(comment, comment.status):
            return
        for _try in range(_STATUS_TRIES):
            # The shop may have changed it between our question and our comment: then ask again.
            if self._post(comment, self._current_status(comment.order_id)):
                return
        raise OrderWriterRejected(_("The shop does not take the comment with the order's own status."))

    def look(self) -> None:
        self._get("/orders", ("searchCriteria[pageSize]", "1"), ("fields", "total_count"))
        try:
            # No order has this number, so nothing is written; who may not comment is told so first.
            self._post(OrderComment(0, "-", "[check]"), None)
        except OrderWriterRejected:
            return

    def check(self) -> list[str]:
        if not self._rest.url.startswith(("http://", "https://")):
            return [_("MAGENTO_API_URL must begin with https://.")]
        try:
            self.look()
        except OrderWriterError as error:
            return [str(error)]
        return []

    def _is_written(self, comment: OrderComment) -> bool:
        answer = self._get(f"/orders/{comment.order_id}/comments", ("fields", "items[comment]"))
        return any(comment.reference in str(item.get("comment") or "") for item in answer.get("items") or [])

    def _current_status(self, order_id: int) -> str | None:
        status = self._get(f"/orders/{order_id}", ("fields", "status")).get("status")
        return status if isinstance(status, str) and status else None

    def _post(self, comment: OrderComment, status: str | None) -> bool:
        """False when the shop does not take it with this status."""
        history: dict[str, object] = {
            "comment": f"{comment.text} {comment.reference}",
            "is_customer_notified": 0,
            "is_visible_on_front": 0,
        }
        if status is not None:
            history["status"] = status
        path = f"/orders/{comment.order_id}/comments"
        answer = self._send("POST", path, {"statusHistory": history})
        if answer.status == 400 and comment.order_id:
            return False
        if self._result(answer) is not True:
            raise OrderWriterUnavailable(_("The shop's answer cannot be understood."))
        return True

    def _get(self, path: str, *query: tuple[str, str]) -> dict[str, Any]:
        text = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
        result = self._result(self._send("GET", f"{path}?{text}"))
        if not isinstance(result, dict):
            raise OrderWriterUnavailable(_("The shop's answer cannot be understood."))
        return result

    def _send(self, method: str, path: str, body: object = None) -> Answer:
        headers = {"Authorization": self._authorization(method, self._rest.base + path)}
        try:
            return self._caller.call(method, path, headers=headers, body=body)
        except NoAnswer as problem:
            raise OrderWriterUnavailable(_("The shop's interface does not answer.")) from problem

    def _authorization(self, method: str, url: str) -> str:
        if self._rest.keys is None:
            return f"Bearer {self._rest.token}"
        return authorization(method, url, self._rest.keys)

    def _result(self, answer: Answer) -> Any:
        try:
            result = answer.json()
        except NotJson:
            raise OrderWriterUnavailable(
                _(
                    "What answers at MAGENTO_API_URL is not Magento's interface at the moment (status {status})."
                ).format(status=answer.status)
            ) from None
        if answer.is_success:
            return result
        raise self._failure(answer.status, result if isinstance(result, dict) else {})

    def _failure(self, status: int, error: dict[str, Any]) -> OrderWriterError:
        message = " ".join(str(error.get("message") or "").split())[:_MAX_REASON]
        if status == 401:
            return self._refused_key(error)
        if status == 404 and not message.startswith("Request does not match"):
            return OrderWriterRejected(_("The order is not in the shop any more."))
        if status in (400, 403, 422):
            return OrderWriterRejected(_("The shop refuses the comment: {reason}").format(reason=message))
        return OrderWriterUnavailable(
            _("The shop has trouble of its own at the moment (status {status}).").format(status=status)
        )

    def _refused_key(self, error: dict[str, Any]) -> OrderWriterAuthFailed:
        parameters = error.get("parameters")
        right = parameters.get("resources") if isinstance(parameters, dict) else None
        if right:
            return OrderWriterAuthFailed(
                _("The shop's integration lacks the right {right}.").format(right=str(right)[:_MAX_REASON])
            )
        if self._rest.keys is None:
            return OrderWriterAuthFailed(
                _(
                    "The shop does not accept MAGENTO_API_TOKEN. Tokens alone are off by default; OAuth always works."
                )
            )
        return OrderWriterAuthFailed(_("The shop does not accept our OAuth keys."))


def order_writer() -> MagentoOrderWriter:
    """The writer of the settings; one per process and configuration, because it keeps connections open."""
    keys = None
    if settings.MAGENTO_CONSUMER_KEY:
        keys = OAuthKeys(
            settings.MAGENTO_CONSUMER_KEY,
            settings.MAGENTO_CONSUMER_SECRET,
            settings.MAGENTO_ACCESS_TOKEN,
            settings.MAGENTO_ACCESS_SECRET,
        )
    return _writer(RestSettings(settings.MAGENTO_API_URL, settings.MAGENTO_API_TOKEN, keys))


@lru_cache(maxsize=1)
def _writer(rest: RestSettings) -> MagentoOrderWriter:
    return MagentoOrderWriter(rest, Caller(rest.base, timeout=_TIMEOUT, total_seconds=_TOTAL_SECONDS))
