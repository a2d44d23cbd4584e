"""A client that asks as fast as it is answered, over a few connections, and what the servers spent on it."""

import os
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Request:
    path: str
    method: str = "GET"
    headers: tuple[str, ...] = ()
    body: bytes = b""

    def wire(self) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: localhost", *self.headers]
        if self.method != "GET":
            lines += ["Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True)
class Result:
    """`cpu_ms` is what web and database together spent per request."""

    requests: int
    seconds: float
    milliseconds: tuple[float, ...]
    cpu_ms: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    def percentile(self, part: float) -> float:
        return self.milliseconds[min(len(self.milliseconds) - 1, int(len(self.milliseconds) * part))]


def run(port: int, requests: Sequence[Request], pids: Sequence[int], *, connections: int = 8) -> Result:
    """Send each request once, shared among the connections.

    :raises AssertionError: when anything is answered otherwise than with 200
    """
    waiting = iter(requests)
    lock, times = threading.Lock(), list[float]()
    threads = [
        threading.Thread(target=_ask, args=(port, waiting, lock, times), daemon=True)
        for _ in range(connections)
    ]
    spent, began = cpu_seconds(pids), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    assert len(times) == len(requests), f"{len(requests) - len(times)} requests were not answered with 200"
    cpu_ms = (cpu_seconds(pids) - spent) * 1000 / len(times)
    return Result(len(times), seconds, tuple(sorted(times)), cpu_ms)


def _ask(port: int, waiting: Iterator[Request], lock: threading.Lock, times: list[float]) -> None:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, connection.makefile("rb") as answers:
        while True:
            with lock:
                request = next(waiting, None)
            if request is None:
                return
            began = time.perf_counter()
            connection.sendall(request.wire())
            status = answers.readline().split()[1]
            length = 0
            while (line := answers.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            body = answers.read(length)
            if status != b"200":
                raise AssertionError(f"{request.path}: {status!r} {body[:300]!r}")
            times.append((time.perf_counter() - began) * 1000)


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += family(int(child))
    return found


def cpu_seconds(pids: Sequence[int]) -> float:
    total = 0
    for pid in pids:
        for each in family(pid):
            with suppress(FileNotFoundError):  # A process of the database that has just ended.
                # After the name, which may hold spaces: user and system time, own and of children that have ended.
                fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
                total += sum(int(value) for value in fields[11:15])
    return total / TICKS


def memory_mb(pid: int) -> float:
    """The share of the machine's memory that this process alone accounts for (PSS)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise LookupError(pid)
