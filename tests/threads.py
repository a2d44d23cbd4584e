"""Several things at the same moment, each on a thread with a database connection of its own."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import psycopg
from django.conf import settings
from django.db import connections

T = TypeVar("T")


def run_together(*calls: Callable[[], T]) -> list[T | Exception]:
    """Start all calls at one moment; returns what each returned or raised, in their order."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Exception:
        try:
            gate.wait(timeout=30)
            return call()
        except Exception as problem:
            return problem
        finally:
            # A thread that ends with an open connection leaves it to the garbage collector, with a warning.
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def wait_for_waiters(count: int) -> None:
    """Until so many others queue for a lock."""
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as looking:
        for _ in range(200):
            waiting = looking.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
            if waiting == (count,):
                return
            time.sleep(0.02)
    raise AssertionError("they do not queue")
