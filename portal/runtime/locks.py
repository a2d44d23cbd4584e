"""Locks on files. The kernel releases them when their process ends, even by kill -9."""

import fcntl
import os
import time
from pathlib import Path


class FileLock:
    """One lock on one file, shared or exclusive, held until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self, *, shared: bool = False, timeout_seconds: float = 0) -> bool:
        """True when the lock is held now; False when somebody else kept it for the whole time."""
        if self._file is not None:
            return True
        deadline = time.monotonic() + timeout_seconds
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        while True:
            try:
                fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    os.close(file)
                    return False
                time.sleep(0.02)
            else:
                self._file = file
                return True

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def is_held_elsewhere(self) -> bool:
        """True while another process (or another FileLock) holds it exclusively."""
        probe = FileLock(self.path)
        if probe.acquire(shared=True):
            probe.release()
            return False
        return True
