"""What an operation raises when a rule stands in the way."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction
from django.db.models import TextChoices

P = ParamSpec("P")
R = TypeVar("R")


class NotAllowed(Exception):
    """A rule says no. `blocker` names the rule, `message` says it to a person."""

    def __init__(self, blocker: TextChoices, message: str = "") -> None:
        super().__init__(blocker.value)
        self.blocker = blocker
        self.message = message or str(blocker.label)


def guard(blocker: TextChoices | None) -> None:
    """:raises NotAllowed: with the blocker, in its own words, if there is one"""
    if blocker:
        raise NotAllowed(blocker)


def refuse_or_do(operation: Callable[P, R]) -> Callable[P, R]:
    """As `transaction.atomic`, without the two statements of a savepoint inside a transaction that runs already.

    For what refuses before it writes anything: after a refusal that transaction goes on. Any other exception takes
    all of it back.
    """

    @wraps(operation)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic(savepoint=False):
            try:
                return operation(*args, **kwargs)
            except NotAllowed as error:
                refusal = error
        raise refusal

    return run
