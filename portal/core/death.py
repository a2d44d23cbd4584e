"""No process outlives the one that started it, however that one ends."""

import ctypes
import multiprocessing
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int | None = None, *, by: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel to end this process when the thread that started it ends. Does nothing outside Linux.

    It survives exec. `parent` is the process id that must still be our parent, for the moment between the
    fork and this call, in which it may have died unnoticed.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(by))
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), by)


def die_with_server() -> None:
    """For worker processes of a web server that `portal serve` started: an orphan would keep the port.

    Elsewhere (tests, another server) nothing happens: there the parent may end for good reasons.
    """
    if os.environ.get("PORTAL_SUPERVISED") == "1":
        parent = multiprocessing.parent_process()
        die_with_parent(parent.pid if parent else None)
