"""The embedded PostgreSQL: shared, private, stopped when nobody uses it, whole again after a kill."""

import os
import shutil
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from portal.runtime.failure import Failure
from portal.runtime.locks import FileLock
from portal.runtime.postgres import ADMIN_ROLE, Cluster, layout
from portal.runtime.postgres.leftovers import pid_lines


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a new cluster that was stopped: making one takes a second, copying it hardly any time."""
    root = tmp_path_factory.mktemp("once") / "postgres"
    made = Cluster(root, fast=True)
    made.start()
    made.stop()
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "postgres"


@pytest.fixture
def cluster(made_once: Path, root: Path) -> Iterator[Cluster]:
    shutil.copytree(made_once, root)
    made = Cluster(root, fast=True)
    made.start()
    yield made
    made.stop()


def ask(cluster: Cluster, question: str, role: str = "portal_app") -> object:
    with psycopg.connect(cluster.url(role), autocommit=True) as connection:
        return connection.execute(question).fetchone()


def is_kept(root: Path) -> bool:
    return FileLock(layout.keeper_lock(root)).is_held_elsewhere()


def test_the_role_of_the_processes_owns_nothing_and_obeys_the_policies(cluster):
    answer = ask(
        cluster,
        "SELECT rolsuper, rolbypassrls, (SELECT datdba::regrole::text FROM pg_database WHERE datname = 'portal')"
        " FROM pg_roles WHERE rolname = current_user",
    )

    assert answer == (False, False, "portal_ddl")


def test_nobody_else_can_reach_it(cluster, root):
    assert ask(cluster, "SHOW listen_addresses") == ("",)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (root, layout.socket_folder(root))] == [
        0o700,
        0o700,
    ]


def test_its_log_quotes_no_row_that_it_refuses(cluster, root):
    with (
        pytest.raises(psycopg.errors.CheckViolation, match="Nina"),
        psycopg.connect(cluster.url(ADMIN_ROLE)) as one,
    ):
        one.execute("CREATE TABLE people (name text CHECK (name = ''))")
        one.execute("INSERT INTO people VALUES (%s)", ["Nina"])

    log = layout.log_file(root).read_text()
    assert "violates check constraint" in log
    assert "Nina" not in log


def test_it_stops_with_its_last_user(cluster, root):
    second = Cluster(root, fast=True)
    second.start()

    cluster.stop(wait=False)
    assert ask(second, "SELECT 1") == (1,)
    second.stop()

    assert (is_kept(root), pid_lines(layout.data_folder(root))) == (False, [])


def test_what_was_committed_is_there_after_everything_was_killed(root):
    cluster = Cluster(root)
    cluster.start()
    with psycopg.connect(cluster.url(ADMIN_ROLE), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    os.kill(int(pid_lines(layout.data_folder(root))[0]), signal.SIGKILL)
    cluster._keeper.send_signal(signal.SIGKILL)
    cluster._keeper.wait()

    cluster.ensure_running()

    assert ask(cluster, "SELECT number FROM kept", ADMIN_ROLE) == (42,)
    cluster.stop()


def test_a_killed_server_is_started_again_by_its_keeper(cluster, root):
    killed = pid_lines(layout.data_folder(root))[0]
    os.kill(int(killed), signal.SIGKILL)

    deadline = time.monotonic() + 20
    while pid_lines(layout.data_folder(root))[:1] in ([], [killed]) and time.monotonic() < deadline:
        time.sleep(0.02)
    cluster.ensure_running()

    assert ask(cluster, "SELECT 1") == (1,)


def test_a_pid_file_of_another_life_does_not_stand_in_the_way(cluster, root):
    cluster.stop()
    # After a restart of a machine the number may belong to anybody: here, to this test.
    (layout.data_folder(root) / "postmaster.pid").write_text(
        f"{os.getpid()}\n{layout.data_folder(root)}\n1\n"
    )

    cluster.start()

    assert ask(cluster, "SELECT 1") == (1,)


def test_a_path_too_long_for_a_socket_gets_a_short_private_folder(tmp_path):
    root = tmp_path / ("a-very-long-name-" * 8)

    folder = layout.socket_folder(root)

    assert len(str(folder)) < 88
    assert str(os.getuid()) in folder.name
    assert layout.socket_folder(root / "other") != folder


def test_data_of_another_version_is_refused_in_one_sentence(cluster, root):
    cluster.stop()
    (layout.data_folder(root) / "PG_VERSION").write_text("12\n")

    with pytest.raises(Failure, match=r"was made by PostgreSQL 12, and this is PostgreSQL \d+: export it"):
        cluster.start()


def test_a_missing_postgres_is_said_in_one_sentence(root, monkeypatch):
    monkeypatch.setenv("PORTAL_PG_BIN", "/nowhere")

    with pytest.raises(Failure, match="There is no PostgreSQL in /nowhere: set PORTAL_PG_BIN"):
        Cluster(root).start()
