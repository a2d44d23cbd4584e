"""Servers asked in turns, round by round, and what came of it as rows of a table."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import load
from benchmarks.load import Request, Result

ROUNDS = 3
CONNECTIONS = 8
HEAD = """
| what | requests/s | CPU-ms each (web and database) | median | p95 | p99 | ratio to floor |
|---|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class Side:
    """What is asked of one server: a round to warm up, then those that count."""

    port: int
    pids: Sequence[int]
    rounds: Sequence[Sequence[Request]]
    connections: int = CONNECTIONS


def in_turns(*sides: Side) -> list[Result]:
    """A round of each, then again: whatever else the machine does meets all of them."""
    done: list[list[Result]] = [[] for _ in sides]
    for turn in range(ROUNDS + 1):
        for side, results in zip(sides, done, strict=True):
            result = load.run(side.port, side.rounds[turn], side.pids, connections=side.connections)
            if turn:  # The first one only warms up.
                results.append(result)
    return [_sum(results) for results in done]


def drawn(requests: Sequence[Request], per_round: int) -> list[list[Request]]:
    """The same in each round; one request may come several times."""
    return [random.Random(11).choices(requests, k=per_round) for _ in range(ROUNDS + 1)]


def dealt(requests: Sequence[Request]) -> list[Sequence[Request]]:
    """Each request once."""
    return [requests[turn :: ROUNDS + 1] for turn in range(ROUNDS + 1)]


def print_row(name: str, result: Result, floor: Result | None = None) -> None:
    ratio = (
        f"{result.per_second / floor.per_second:.2f} (CPU {floor.cpu_ms / result.cpu_ms:.2f})"
        if floor
        else ""
    )
    numbers = " | ".join(f"{result.percentile(part):.1f} ms" for part in (0.5, 0.95, 0.99))
    print(f"| {name} | {result.per_second:,.0f} | {result.cpu_ms:.2f} | {numbers} | {ratio} |", flush=True)


def _sum(results: Sequence[Result]) -> Result:
    count = sum(each.requests for each in results)
    return Result(
        count,
        sum(each.seconds for each in results),
        tuple(sorted(time for each in results for time in each.milliseconds)),
        sum(each.cpu_ms * each.requests for each in results) / count,
    )
