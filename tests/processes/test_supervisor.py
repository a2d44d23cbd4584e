"""Real processes: what dies comes back, and nothing outlives its parent."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import database
from tests.processes.running import Portal, free_port

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Reads /proc.")

Start = Callable[..., Portal]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One database for all tests of this file, so that only the first start has to make it."""
    return tmp_path_factory.mktemp("portal")


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    started: list[Portal] = []

    def start_one(*command: str, port: int | None = None, **settings: str) -> Portal:
        started.append(Portal(folder, *command, port=port, settings=settings))
        return started[-1]

    yield start_one
    for each in started:
        each.end()


@pytest.fixture(scope="module")
def started(folder: Path) -> Iterator[list[Portal]]:
    """Of the whole file: starting takes longer than what is tested."""
    portals: list[Portal] = []
    yield portals
    for each in portals:
        each.end()


@pytest.fixture
def portal(folder: Path, started: list[Portal]) -> Portal:
    """The one that still runs, else a new start."""
    if not started or started[-1].process.poll() is not None:
        started.append(Portal(folder))
    started[-1].wait_until_ready()
    _wait_for(lambda: started[-1].pids("portal.runtime.cli worker") != [])
    return started[-1]


def test_a_killed_web_server_and_a_killed_worker_come_back(portal: Portal) -> None:
    killed = set(portal.pids("granian", "portal.runtime.cli worker"))
    for pid in killed:
        os.kill(pid, signal.SIGKILL)

    _wait_for(lambda: len(portal.pids("granian")) >= 2 and portal.pids("portal.runtime.cli worker") != [])
    portal.wait_until_ready()

    assert killed & set(portal.pids()) == set()


def test_a_killed_postgres_comes_back_with_its_keeper(portal: Portal) -> None:
    for pid in portal.pids("postgres.keeper"):
        os.kill(pid, signal.SIGKILL)

    _wait_for(lambda: portal.pids("postgres.keeper") != [])
    _wait_for(lambda: portal.status("/readyz") == 200)


def test_a_killed_web_server_takes_its_processes_along(start: Start, portal: Portal) -> None:
    before = portal.pids("granian")

    # The oldest is the parent of the others.
    os.kill(before[0], signal.SIGKILL)

    # Whoever is left of them may still answer for a moment.
    _wait_for(lambda: len(portal.pids("granian")) == 2 and not {*before} & {*portal.pids("granian")})
    portal.wait_until_ready()


def test_the_second_start_changes_nothing_and_is_quick(
    folder: Path, portal: Portal, started: list[Portal]
) -> None:
    portal.stop()

    began = time.monotonic()
    started.append(Portal(folder))
    started[-1].wait_until_ready()

    assert "The database was up to date." in started[-1].output
    assert time.monotonic() - began < 15


def test_kill_of_the_supervisor_leaves_no_process(portal: Portal) -> None:
    assert len(portal.pids("granian", "worker", "postgres -D")) >= 3

    portal.kill()

    assert portal.wait_until_gone(seconds=10) == []


@pytest.mark.parametrize("command", ["serve", "stream"])
def test_kill_of_a_process_started_alone_leaves_no_process(start: Start, command: str) -> None:
    alone = start(command, WEB_WORKERS="2", **database.urls())
    path, answer = {"serve": ("/healthz", 200), "stream": ("/events", 401)}[command]
    _wait_for(lambda: alone.status(path) == answer)

    alone.kill()

    assert alone.wait_until_gone(seconds=5) == []


def test_stop_ends_everything_within_seconds(portal: Portal) -> None:
    began = time.monotonic()

    code = portal.stop()

    assert code == 0
    assert portal.wait_until_gone(seconds=1) == []
    assert time.monotonic() - began < 10


def test_a_busy_port_is_said_in_one_sentence(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = start(port=port)

        assert refused.process.wait(30) == 1
    assert refused.output == (
        f"Port {port} is in use by another program or not allowed; choose another one with PORT=…\n"
    )


def test_a_second_demo_in_the_same_folder_is_refused(start: Start, folder: Path) -> None:
    first = start("demo", port=free_port())
    _wait_for(lambda: (folder / "secrets.json").exists())
    second = start("demo", port=free_port())

    assert second.process.wait(30) == 1
    assert second.output == (
        f"The demo in {folder} is already running; stop it first, or choose another DEMO_DIR.\n"
    )
    assert first.stop() in (0, 1, -signal.SIGTERM)


def _wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("It did not happen in time.")
