"""What happens when an outside system no longer accepts our key: nothing is sent, nothing is lost, staff see it.

Until it is accepted again one call every few minutes looks whether somebody has replaced it; what waits keeps all its
tries and is run at once then.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from portal.core import jobs
from portal.core.models import Watermark

LOOK_AGAIN_EVERY = timedelta(seconds=jobs.HOLD_SECONDS)

_REFUSED = "key:"
_EXPIRES = "key expires:"


class KeyRefused(Exception):
    """The system does not accept our key, as a sentence for staff."""


@contextmanager
def using(system: str, *, queue: str, unsure: type[Exception], at: datetime) -> Iterator[None]:
    """Around the calls of a job that need the key of `system`. Its failures pass through, except `KeyRefused`.

    :param queue: what waits in it is run at once when the key is accepted again
    :param unsure: what is raised when the system said nothing about the key
    :raises portal.core.jobs.Hold: when the key is refused, or was a moment ago (then the block does not run)
    """
    was_refused = refused_since(system) is not None
    if was_refused and not _may_look_again(system, at):
        raise jobs.Hold(f"The key for {system} is refused at the moment.")
    try:
        yield
    except KeyRefused as error:
        _refuse(system, at)
        raise jobs.Hold(str(error)) from error
    except unsure as error:
        if was_refused:
            # Waiting for a key may have taken more tries than the weekend without Odoo that they are meant for.
            raise jobs.Hold(str(error)) from error
        raise
    except Exception:
        _accept(system, queue, was_refused=was_refused, at=at)
        raise
    _accept(system, queue, was_refused=was_refused, at=at)


def refused_since(system: str) -> datetime | None:
    """None while the key is accepted, as far as we know."""
    return Watermark.objects.filter(name=_REFUSED + system).values_list("at", flat=True).first()


def expires_at(system: str) -> datetime | None:
    return Watermark.objects.filter(name=_EXPIRES + system).values_list("at", flat=True).first()


def note_expiry(system: str, expires_at: datetime | None, *, at: datetime) -> None:
    """Keep what the system told us about the end of our key; None when it told nothing."""
    Watermark.objects.update_or_create(name=_EXPIRES + system, defaults={"at": expires_at, "checked_at": at})


def is_one_to_look_at(at: datetime) -> bool:
    """Whether a refused key should be tried again."""
    due = at - LOOK_AGAIN_EVERY
    refused = Watermark.objects.filter(name__startswith=_REFUSED, at__isnull=False)
    return refused.filter(checked_at__lte=due).exists()


def _accept(system: str, queue: str, *, was_refused: bool, at: datetime) -> None:
    if was_refused:
        Watermark.objects.filter(name=_REFUSED + system).update(at=None, checked_at=at)
        jobs.run_anew(queue, at=at)


def _may_look_again(system: str, at: datetime) -> bool:
    # The UPDATE lets one of many jobs through.
    due = Watermark.objects.filter(name=_REFUSED + system, checked_at__lte=at - LOOK_AGAIN_EVERY)
    return bool(due.update(checked_at=at))


def _refuse(system: str, at: datetime) -> None:
    row, _is_new = Watermark.objects.get_or_create(name=_REFUSED + system)
    Watermark.objects.filter(pk=row.pk).update(at=row.at or at, checked_at=at)
