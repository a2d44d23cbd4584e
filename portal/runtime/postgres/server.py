"""The server of one folder: make its data, start it, notice that it died, stop it."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from portal.core.death import die_with_parent
from portal.runtime.failure import Failure
from portal.runtime.postgres import layout, programs
from portal.runtime.postgres.identity import identity
from portal.runtime.postgres.leftovers import end_leftover, pid_lines

_SETTINGS = {
    "listen_addresses": "",
    "port": str(layout.PORT),
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
    # Else its log quotes the rows that it refuses, and with them people.
    "log_error_verbosity": "terse",
}
# A crash of the machine may lose everything. Tests start over anyway.
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}
_READY_SECONDS = 40
_LOG_LIMIT_BYTES = 10_000_000
# PostgreSQL's fast shutdown, its immediate one, and the last resort, each with its patience in seconds.
_WAYS_TO_STOP = ((signal.SIGINT, 10), (signal.SIGQUIT, 3), (signal.SIGKILL, 3))


class Server:
    """Only the keeper makes one: two servers on one folder would ruin the data."""

    def __init__(self, root: Path, *, fast: bool) -> None:
        self.root = root
        self.fast = fast
        self.process: subprocess.Popen[bytes] | None = None
        self._programs = programs.folder()
        self._identity = identity(root, self._programs)

    def start(self) -> None:
        """Return when the server accepts connections, after a crash as well.

        :raises Failure: with the last lines of the server's log
        """
        data = layout.data_folder(self.root)
        if not data.exists():
            self._initialize(data)
        programs.require_same_major(data, self._programs)
        end_leftover(data, layout.socket_folder(self.root))
        self._launch(data)
        self._wait_until_ready(data)

    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> None:
        if self.process is None:
            return
        for how, patience_seconds in _WAYS_TO_STOP:
            self.process.send_signal(how)
            try:
                self.process.wait(patience_seconds)
            except subprocess.TimeoutExpired:
                continue
            return

    def _initialize(self, data: Path) -> None:
        # A half-made folder is thrown away next time: only the rename makes it count.
        unfinished = data.with_name("data.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        command = [*self._identity.prefix, str(self._programs / "initdb"), "-D", str(unfinished)]
        command += ["-U", "portal_admin", "-E", "UTF8", "--auth=trust", "-T", "german"]
        # The server's own UTF-8 rules: the same order on every machine, whatever locales it has.
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        # Trust is fine on a socket that only this user can reach.
        done = subprocess.run(
            [*command, "-N", "--no-data-checksums"] if self.fast else command,
            env=programs.environment(),
            capture_output=True,
            text=True,
            check=False,
            **self._identity.popen_options,
        )
        if done.returncode != 0:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise Failure(f"PostgreSQL could not make its data folder {data}: {' '.join(last)}")
        unfinished.rename(data)

    def _launch(self, data: Path) -> None:
        settings = {**_SETTINGS, **(_FAST if self.fast else {})}
        settings["unix_socket_directories"] = str(layout.socket_folder(self.root))
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        parent = os.getpid()
        with layout.log_file(self.root).open("ab") as log:
            if log.tell() > _LOG_LIMIT_BYTES:
                log.truncate(0)
            self.process = subprocess.Popen(
                [*self._identity.prefix, str(self._programs / "postgres"), "-D", str(data), *options],
                env=programs.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # After the change of user, which would clear it. Safe here: the keeper has one thread.
                preexec_fn=lambda: die_with_parent(parent, by=signal.SIGINT),
                **self._identity.popen_options,
            )

    def _wait_until_ready(self, data: Path) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline and not self.has_died():
            if pid_lines(data)[7:8] == ["ready"]:
                return
            time.sleep(0.01)
        self.stop()
        log = layout.log_file(self.root)
        last = " ".join(log.read_text(errors="replace").splitlines()[-3:])
        raise Failure(f"PostgreSQL did not start; its log {log} ends with: {last}")
