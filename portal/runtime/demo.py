"""`portal demo`: the whole portal on one machine, with a sample shop, a mailbox and a ticket list."""

import http.client
import json
import os
import secrets
import shutil
from pathlib import Path

from portal.runtime import configuration, serving
from portal.runtime.failure import Failure
from portal.runtime.locks import FileLock
from portal.runtime.postgres import Cluster, layout

# The demo signs anybody in with a password everybody knows: it must not be reachable from elsewhere.
ADDRESS = "127.0.0.1"
_MARK = "secrets.json"

_READY = """
Partner Portal is ready: http://localhost:{port}

  Sign in with the password "demo" as
    partner@demo.example     a partner with bookings to decide
    partner2@demo.example    another partner, who must see nothing of the first
    manager@demo.example     the marketplace's staff

  Six things to try
    1. Order a course as a customer at http://localhost:{port}/demo/shop
       and find the partner's mail at http://localhost:{port}/demo/mailbox
    2. Confirm it from the mail, with the partner's list of bookings open beside it
    3. Decline another one: undo it within 15 seconds, or find its ticket at http://localhost:{port}/demo/tickets
    4. Half a minute after a decline its customer has a mail in the mailbox: choose another date from there,
       in a window as narrow as a phone, and see the partner's page follow
    5. In the overview, open the date that was sold too often and the one whose seats differ from the shop
    6. Let a whole date fall through, and watch on its page who has read the mail

  Ctrl-C stops everything. The data stays in {folder}; `make demo-reset` starts over.
"""


def run() -> None:
    """Until Ctrl-C. Starting again continues with the same data."""
    folder, port = configuration.demo_folder(), configuration.port()
    lock = _only_one(folder)
    configuration.require_free_port(ADDRESS, port)
    os.environ.update(_environment(folder, port))
    cluster = Cluster(folder / "postgres")
    try:
        serving.with_database(cluster, lambda: _serve(cluster, folder, port))
    finally:
        lock.release()


def reset() -> None:
    """Remove all data of the demo.

    :raises Failure: while it runs, or when the folder is something else
    """
    folder = configuration.demo_folder()
    if not folder.exists():
        print(f"There is no demo in {folder}.")
        return
    if not (folder / _MARK).exists():
        raise Failure(f"{folder} does not look like the folder of a demo; it was left as it is.")
    lock = _only_one(folder)
    shutil.rmtree(layout.socket_folder(folder / "postgres"), ignore_errors=True)
    shutil.rmtree(folder)
    lock.release()
    print(f"The demo in {folder} is gone; `make demo` starts a new one.")


def _serve(cluster: Cluster, folder: Path, port: int) -> None:
    configuration.require_settings()
    serving.run_once("migrate")
    seeded = folder / "seeded"
    if not seeded.exists():
        serving.run_once("seed-demo")
        seeded.touch()
    announcement = _Announcement(port, folder)
    serving.supervisor(cluster, ADDRESS, port).run(on_turn=announcement.make_once_ready)


class _Announcement:
    """The page of text with the address, printed once, when the first request is answered."""

    def __init__(self, port: int, folder: Path) -> None:
        self._port, self._folder, self._made = port, folder, False

    def make_once_ready(self) -> None:
        if not self._made and _answers(self._port):
            self._made = True
            print(_READY.format(port=self._port, folder=self._folder), flush=True)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(ADDRESS, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def _only_one(folder: Path) -> FileLock:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(folder / "demo.lock")
        held = lock.acquire()
    except OSError as problem:
        raise Failure(f"The folder {folder} cannot be used: {problem.strerror}.") from problem
    if not held:
        raise Failure(f"The demo in {folder} is already running; stop it first, or choose another DEMO_DIR.")
    return lock


def _environment(folder: Path, port: int) -> dict[str, str]:
    return {
        "DEMO": "1",
        "HOST": ADDRESS,
        "PORTAL_URL": f"http://localhost:{port}",
        # What is set for a real installation must not make a demo write to real systems.
        **dict.fromkeys(
            (
                *("MAGENTO_DATABASE_URL", "MAGENTO_DB_HOST", "MAGENTO_API_URL"),
                *("ODOO_URL", "SMTP_HOST", "SENDGRID_API_KEY"),
            ),
            "",
        ),
        **_kept_secrets(folder / _MARK),
    }


def _kept_secrets(path: Path) -> dict[str, str]:
    """The same in every start: otherwise a restart would sign everybody out and break the links in mails."""
    if not path.exists():
        made = {name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "LINK_SECRET")}
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(made))
        unfinished.rename(path)
    return {str(name): str(value) for name, value in json.loads(path.read_text()).items()}
