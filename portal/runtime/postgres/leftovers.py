"""What a killed server leaves behind: a process that is still stopping, or only its pid file."""

import os
import signal
import subprocess
import time
from pathlib import Path

_PATIENCE_SECONDS = 20


def pid_lines(data: Path) -> list[str]:
    """The lines of postmaster.pid; the eighth is the state. Empty when there is no server."""
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def end_leftover(data: Path, socket_folder: Path) -> None:
    """Wait for a server that lost its keeper, then remove the files it could not remove.

    The caller holds the keeper's lock, so nobody else starts one. PostgreSQL would remove a stale file
    itself, but after a restart of a container the old number often belongs to another process, and it
    refuses to start.
    """
    pid = next((int(line) for line in pid_lines(data)[:1] if line.isdigit()), 0)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    if pid and _is_server_of(pid, data):
        os.kill(pid, signal.SIGINT)
    while pid and _is_server_of(pid, data):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGQUIT)
            deadline += _PATIENCE_SECONDS
        time.sleep(0.02)
    for stale in (data / "postmaster.pid", *socket_folder.glob(".s.PGSQL.*")):
        stale.unlink(missing_ok=True)


def _is_server_of(pid: int, data: Path) -> bool:
    words = _command_line(pid)
    return "postgres" in words.split("\0", 1)[0] and str(data) in words


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        if Path("/proc/self").exists():
            return ""
    # macOS has no /proc.
    asked = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return asked.stdout
