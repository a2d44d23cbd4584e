"""Real processes of the portal, found again by a mark in their environment, whoever their parent is."""

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Portal:
    """`portal serve --all` (or another command) on a free port, with its own PostgreSQL in `folder`.

    :param settings: more environment; tests.database.urls() makes it share the database of the tests
    """

    def __init__(
        self, folder: Path, *command: str, port: int | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        self.port = port or free_port()
        self._mark = f"PORTAL_TEST_MARK={secrets.token_hex(8)}"
        self._log = folder / f"{self._mark[-8:]}.log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portal.runtime.cli", *(command or ("serve", "--all"))],
                env={**_environment(folder, self.port, self._mark), **(settings or {})},
                cwd=PROJECT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        return self._log.read_text()

    def wait_until_ready(self, seconds: float = PATIENCE_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.status("/readyz") == http.client.OK:
                return
            time.sleep(0.05)
        raise AssertionError(f"The portal did not get ready:\n{self.output}")

    def status(self, path: str) -> int | None:
        """None when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def pids(self, *words: str) -> list[int]:
        """All living processes of this start whose command line contains one of the words."""
        return [
            pid for pid, command in self._processes() if not words or any(word in command for word in words)
        ]

    def wait_until_gone(self, seconds: float) -> list[str]:
        """The command lines of what is left after that time: none, if all is well."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._processes():
            time.sleep(0.05)
        return [command for _, command in self._processes()]

    def kill(self) -> None:
        """The parent alone, without a chance to say anything."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)

    def end(self) -> None:
        """Whatever a failed test left."""
        for pid in self.pids():
            # Those that end with their parent may be gone by now.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def _processes(self) -> list[tuple[int, str]]:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark in (folder / "environ").read_text(errors="replace"):
                    found.append((int(folder.name), (folder / "cmdline").read_text().replace("\0", " ")))
            except OSError:
                continue  # Ended meanwhile, or somebody else's.
        return found


def _environment(folder: Path, port: int, mark: str) -> dict[str, str]:
    name, _, value = mark.partition("=")
    kept = {key: each for key, each in os.environ.items() if not key.startswith(("DATABASE_", "MIGRATION_"))}
    return {
        **kept,
        "DATA_DIR": str(folder),
        "DEMO_DIR": str(folder),
        "PORT": str(port),
        "PORTAL_URL": f"http://localhost:{port}",
        name: value,
    }
