"""Keeps a few processes running: starts them, starts again what dies, stops all of them together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from portal.core.death import die_with_parent

LOOK_SECONDS = 0.1
STOP_SECONDS = 8
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 8.0
# Who ran for so long had started well: the next death is answered quickly. The pauses are for what cannot start.
HEALTHY_SECONDS = 5


@dataclass
class Child:
    """One process and its restarts."""

    name: str
    command: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None
    _deaths: int = 0
    _started: float = 0.0
    _due: float = 0.0

    def look(self, environment: Mapping[str, str]) -> None:
        """Start it if its time has come; notice its death."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            self._bury(now)
        if self.process is None and now >= self._due:
            self._start(environment, now)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, how: signal.Signals) -> None:
        """To the whole group: a web server has processes of its own."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, how)
            except (ProcessLookupError, PermissionError):
                return  # All of them have ended (macOS says it the second way).

    def _start(self, environment: Mapping[str, str], now: float) -> None:
        parent = os.getpid()
        self._started = now
        self.process = subprocess.Popen(
            self.command,
            env=environment,
            stdin=subprocess.DEVNULL,
            # A terminal's Ctrl-C reaches the supervisor alone, which stops its children in order.
            start_new_session=True,
            # Safe here: the supervisor has one thread.
            preexec_fn=lambda: die_with_parent(parent),
        )

    def _bury(self, now: float) -> None:
        # Its own children would keep the port.
        self.signal(signal.SIGKILL)
        self._deaths = 0 if now - self._started > HEALTHY_SECONDS else self._deaths
        pause = min(FIRST_PAUSE_SECONDS * 2**self._deaths, LONGEST_PAUSE_SECONDS)
        code = self.process.returncode if self.process else None
        print(
            f"The {self.name} process ended ({code}); it starts again in {pause:g} s.",
            file=sys.stderr,
            flush=True,
        )
        self._deaths += 1
        self._due = now + pause
        self.process = None


@dataclass
class Supervisor:
    """:param beside: called about once a second, for what else must be kept running"""

    children: Sequence[Child]
    environment: Mapping[str, str] = field(default_factory=lambda: {**os.environ, "PORTAL_SUPERVISED": "1"})
    beside: Callable[[], None] = lambda: None
    _stopping: bool = False

    def run(self, *, on_turn: Callable[[], None] = lambda: None) -> None:
        """Until SIGTERM, SIGINT or SIGHUP. `on_turn` is called in every round, about ten times a second."""
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(each, self._stop)
        try:
            turn = 0
            while not self._stopping:
                for child in self.children:
                    child.look(self.environment)
                on_turn()
                if turn % round(1 / LOOK_SECONDS) == 0:
                    self.beside()
                turn += 1
                time.sleep(LOOK_SECONDS)
        finally:
            self._stop_children()

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _stop_children(self) -> None:
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and any(child.is_running() for child in self.children):
            time.sleep(LOOK_SECONDS / 5)
        for child in self.children:
            child.signal(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()
