"""Several things at the same moment, each on a thread with a database connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

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
