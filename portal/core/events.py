"""Events: record one in the transaction of the change, subscribe to one from a module above.

A subscriber runs as a job of its own: at least once, never before the commit, and a failing one takes nothing
back. It must be safe to repeat.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import connection

from portal.core import jobs
from portal.core.models import Event

CHANNEL = "portal_events"
_OWN_COLUMNS = ("partner_id", "subject_type", "subject_id", "subject_version", "data")
# One statement, as it is a part of every decision: the rows, and what open pages hear of them.
_WRITE = f"""
WITH written AS (
    INSERT INTO {Event._meta.db_table} (kind, actor, at, partner_id, subject_type, subject_id, subject_version, data)
    SELECT %s, %s, %s, own.*
    FROM jsonb_to_recordset(%s) AS own
        (partner_id bigint, subject_type text, subject_id bigint, subject_version integer, data jsonb)
    RETURNING *
)
SELECT id, pg_notify(%s, json_build_object(
    'id', id, 'partner_id', partner_id, 'kind', kind, 'subject', subject_type || ':' || subject_id
)::text)
FROM written
"""  # noqa: S608 -- a constant

Subscriber = Callable[[Event], None]


class Subject(Protocol):
    """What an event is about: a model that names its kind and whose it is."""

    EVENT_SUBJECT: str

    @property
    def pk(self) -> Any: ...

    @property
    def partner_id(self) -> Any: ...


@dataclass(frozen=True)
class _Subscription:
    name: str
    formerly: tuple[str, ...]
    run: Subscriber
    queue: str
    when: Callable[[], bool]


_subscriptions: dict[str, list[_Subscription]] = {}


def _always() -> bool:
    return True


def subscribe(
    *kinds: str, queue: str = "default", when: Callable[[], bool] = _always, formerly: tuple[str, ...] = ()
) -> Callable[[Subscriber], Subscriber]:
    """Run the function, as a job, for each event of these kinds.

    :param queue: one of its own for what calls a slow system, so that it holds up nobody else
    :param when: asked at each event; False and no job is made, for an outside system that is not configured
    :param formerly: names from before the function was moved or renamed: jobs that wait at an update carry them
    """

    def register(function: Subscriber) -> Subscriber:
        name = f"{function.__module__}.{function.__name__}"
        for kind in kinds:
            listed = _subscriptions.setdefault(kind, [])
            if all(each.name != name for each in listed):
                listed.append(_Subscription(name, formerly, function, queue, when))
        return function

    return register


def subscriber(name: str) -> Subscriber:
    """:raises LookupError: when no subscriber has, or ever had, that name"""
    for listed in _subscriptions.values():
        for each in listed:
            if name in (each.name, *each.formerly):
                return each.run
    raise LookupError(name)


def subscriber_names() -> set[str]:
    """All names under which a job may wait."""
    return {
        name for listed in _subscriptions.values() for each in listed for name in (each.name, *each.formerly)
    }


def record(
    kind: str, *, subject: Subject, actor: str, at: datetime, data: Mapping[str, Any] | None = None
) -> Event:
    """Write the event, tell open pages and queue its subscribers, all with the caller's commit."""
    return record_many(kind, [(subject, data or {})], actor=actor, at=at)[0]


def record_many(
    kind: str, about: Iterable[tuple[Subject, Mapping[str, Any]]], *, actor: str, at: datetime
) -> list[Event]:
    """As `record`, for many subjects with a handful of queries; each comes with its data."""
    events = [
        Event(
            kind=kind,
            partner_id=subject.partner_id,
            subject_type=subject.EVENT_SUBJECT,
            subject_id=subject.pk,
            subject_version=getattr(subject, "version", 1),
            actor=actor,
            at=at,
            data=dict(data),
        )
        for subject, data in about
    ]
    if events:
        _write(events)
        _queue(events)
    return events


def repeat(event: Event) -> None:
    """Queue the subscribers of an event once more: what they found nothing to do about is true again."""
    _queue([event])


def _write(events: list[Event]) -> None:
    rows = [{name: getattr(event, name) for name in _OWN_COLUMNS} for event in events]
    shared = (events[0].kind, events[0].actor, events[0].at)
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [*shared, json.dumps(rows), CHANNEL])
        # Numbered in the order of `rows`.
        ids = sorted(event_id for event_id, _ in cursor.fetchall())
    for event, event_id in zip(events, ids, strict=True):
        event.pk, event._state.adding = event_id, False


def _queue(events: list[Event]) -> None:
    by_queue: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        for each in _subscriptions.get(event.kind, ()):
            if not each.when():
                continue
            row = {"event_id": event.pk, "partner_id": event.partner_id, "subscriber": each.name}
            by_queue.setdefault(each.queue, []).append(row)
    for queue, rows in by_queue.items():
        jobs.defer_many("core.run_subscriber", rows, queue=queue)
