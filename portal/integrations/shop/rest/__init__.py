"""What the portal writes to the shop: a comment on an order, and its status where that is wanted.

It owns the promise that one reference is written once, and the three classes of failure: try again, stop until the
key is right, give up on this one.
"""

import re
from dataclasses import dataclass
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from portal.core.keys import KeyRefused

_REFERENCE = re.compile(r"\[[A-Za-z0-9:./ -]{1,100}\]")


class OrderWriterError(Exception):
    """Why the shop did not do it, as a sentence for staff. It names no secret and nothing we sent."""


class OrderWriterUnavailable(OrderWriterError):
    """It may have been done or not; the same call later is safe."""


class OrderWriterAuthFailed(OrderWriterError, KeyRefused):
    """Our key is not accepted, or may not do this. Until somebody mends that: stop, tell staff, keep what waits."""


class OrderWriterRejected(OrderWriterError):
    """This call will never be accepted as it is."""


@dataclass(frozen=True)
class OrderComment:
    """
    :param text: for the shop's staff; customers do not see it
    :param reference: in brackets, stands behind the text; one reference is one comment for ever
    :param status: the order's status wanted with it, or empty to leave it alone
    """

    order_id: int
    text: str
    reference: str
    status: str = ""

    def __post_init__(self) -> None:
        if not _REFERENCE.fullmatch(self.reference):
            raise ValueError("The reference of a comment stands in brackets.")


class OrderWriter(Protocol):
    def add_comment(self, comment: OrderComment) -> None:
        """Write the comment, unless its reference stands at the order already.

        Safe to repeat, but not side by side with the same reference. A status that the shop does not take is left out.

        :raises OrderWriterUnavailable: try again later
        :raises OrderWriterAuthFailed: stop until the key is replaced
        :raises OrderWriterRejected: give up on this comment
        """

    def look(self) -> None:
        """Ask for what needs the key and the right to comment, and write nothing.

        :raises: as `add_comment`
        """

    def check(self) -> list[str]:
        """What keeps comments from being written, one sentence each; empty when all is well."""


def is_configured() -> bool:
    return bool(settings.ORDER_WRITER)


def order_writer() -> OrderWriter:
    """The writer that the settings name."""
    return cast("OrderWriter", import_string(settings.ORDER_WRITER)())
