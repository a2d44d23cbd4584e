"""`portal serve`, `portal stream`, `portal worker`: the processes, alone or all together."""

import os
import subprocess
from collections.abc import Callable
from typing import NoReturn

from portal.core.death import die_with_server
from portal.runtime import commands, configuration
from portal.runtime.failure import Failure
from portal.runtime.postgres import OWNER_ROLE, Cluster
from portal.runtime.supervisor import Child, Supervisor


def serve() -> NoReturn:
    """Pages and the API, one of the processes of a large installation. Becomes the web server."""
    configuration.require_settings()
    _become(commands.pages(*_free_address(8000)))


def stream() -> NoReturn:
    """The event stream alone. Becomes its server."""
    configuration.require_settings()
    _become(commands.stream(*_free_address(8001)))


def serve_all() -> None:
    """Everything on one port, over the given PostgreSQL or one of our own in DATA_DIR."""
    address, port = _free_address(8000)
    cluster = None if configuration.has_own_database() else Cluster(configuration.data_folder() / "postgres")
    with_database(cluster, lambda: _supervise_all(cluster, address, port))


def work() -> None:
    """Jobs and the clock, until SIGTERM."""
    configuration.require_settings()
    die_with_server()
    import django  # noqa: PLC0415 -- after the settings were found to be right

    django.setup()
    from portal.core import worker  # noqa: PLC0415 -- needs Django set up

    worker.run()


def with_database(cluster: Cluster | None, run: Callable[[], None]) -> None:
    """Run with the embedded PostgreSQL started and its addresses in the environment, if there is one."""
    if cluster is None:
        run()
        return
    cluster.start()
    try:
        os.environ["DATABASE_URL"] = cluster.url()
        os.environ["MIGRATION_DATABASE_URL"] = cluster.url(OWNER_ROLE)
        run()
    finally:
        cluster.stop()


def run_once(*arguments: str) -> None:
    """One `portal` command as a process of its own, to its end.

    :raises Failure: when it failed; it has said why
    """
    environment = {**os.environ, "PORTAL_DIE_WITH_PARENT": "1"}
    done = subprocess.run(commands.portal(*arguments), env=environment, check=False)
    if done.returncode != 0:
        raise Failure(f"Stopped, because `portal {' '.join(arguments)}` failed.")


def supervisor(cluster: Cluster | None, address: str, port: int) -> Supervisor:
    children = [
        Child("web", commands.everything(address, port)),
        Child("worker", commands.portal("worker")),
    ]
    return Supervisor(children, beside=cluster.ensure_running if cluster else lambda: None)


def _supervise_all(cluster: Cluster | None, address: str, port: int) -> None:
    configuration.require_settings()
    run_once("migrate")
    print(f"Partner Portal serves at http://{address}:{port}", flush=True)
    supervisor(cluster, address, port).run()


def _free_address(default_port: int) -> tuple[str, int]:
    address, port = configuration.host(), configuration.port(default_port)
    configuration.require_free_port(address, port)
    return address, port


def _become(command: list[str]) -> NoReturn:
    os.environ["PORTAL_SUPERVISED"] = "1"
    os.execv(command[0], command)  # noqa: S606 -- the program is this Python
