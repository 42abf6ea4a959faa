"""The SDK as an agent's process uses it: reserve, work that takes no time, commit; and again.

`python -m ledger.bench.sdk ADDRESS ORGANIZATION` prints one JSON document. With `--bare` the same pairs are made by
gRPC's own client, so that what the SDK itself costs can be told.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import grpc.aio

import tallystick
from ledger.bench.echo import loop_factory
from ledger.bench.h2load import percentile
from ledger.bench.messages import AGENTS, HOLD, TOOL, TTL_SECONDS, UNIT, WORKFLOW, agent_path, reserve, uuid7s
from ledger.launch import own_environment
from tallystick.v1 import reservations_pb2, reservations_pb2_grpc, types_pb2

COST: Final = HOLD - 1
PROBLEM_CHARACTERS: Final = 2000

_END_SECONDS: Final = 60.0

Pair = Callable[[str], Awaitable[None]]
"""Reserves for the agent of this path, and commits."""


class CallerFailed(Exception):
    """The calling process did not come to its end; the message has what it said."""


@dataclass(slots=True)
class Tally:
    """What was measured.

    Attributes:
        pairs: How many were made altogether.
        latencies: Of each pair that began in the window, in seconds.
        seconds: How long the window was.
        cpu_seconds: Processor time of this process in the window.
    """

    pairs: int = 0
    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def document(self) -> dict[str, float]:
        """For whoever started this process."""
        done = sorted(self.latencies)
        return {
            "pairs": self.pairs,
            "rate": len(done) / self.seconds,
            "p50_ms": 1000 * percentile(done, 0.5),
            "p99_ms": 1000 * percentile(done, 0.99),
            "client_us": 1e6 * self.cpu_seconds / len(done),
        }


async def press(pair: Pair, paths: Sequence[str], in_flight: int, seconds: float, warm_up_seconds: float) -> Tally:
    """So many callers make pairs, one after the other, until the time is over."""
    tally = Tally()
    start = time.monotonic() + warm_up_seconds
    end = start + seconds

    async def call(number: int) -> None:
        turn = number
        while (began := time.monotonic()) < end:
            await pair(paths[turn % len(paths)])
            turn += in_flight
            tally.pairs += 1
            if start <= began and (now := time.monotonic()) < end:
                tally.latencies.append(now - began)

    async def watch() -> None:
        await asyncio.sleep(max(0.0, start - time.monotonic()))
        began, used = time.monotonic(), _cpu_seconds()
        await asyncio.sleep(max(0.0, end - began))
        tally.seconds, tally.cpu_seconds = time.monotonic() - began, _cpu_seconds() - used

    async with asyncio.TaskGroup() as group:
        group.create_task(watch())
        for number in range(in_flight):
            group.create_task(call(number))
    return tally


async def by_sdk(address: str, run: Callable[[Pair], Awaitable[Tally]]) -> Tally:
    """Pairs as the SDK's users make them."""
    held, cost = tallystick.Amount(UNIT, HOLD, 9), tallystick.Amount(UNIT, COST, 9)
    async with tallystick.AsyncClient(address) as client:

        async def pair(path: str) -> None:
            agent = client.agent(path, ttl=TTL_SECONDS, tool=TOOL, workflow_id=WORKFLOW)
            async with agent.reserve(held) as hold:
                hold.commit(cost)

        return await run(pair)


async def by_stub(address: str, run: Callable[[Pair], Awaitable[Tally]]) -> Tally:
    """The same pairs by gRPC's own client."""
    ids = _ids()
    async with grpc.aio.insecure_channel(address) as channel:
        stub: Any = reservations_pb2_grpc.ReservationServiceStub(channel)

        async def pair(path: str) -> None:
            opening = reserve(path)
            opening.request_id = next(ids)
            opened = await stub.Reserve(opening)
            await stub.Commit(
                reservations_pb2.CommitRequest(
                    organization=opened.receipt.organization,
                    reservation_id=opened.reservation_id,
                    actual=[types_pb2.Amount(unit=UNIT, parts=COST)],
                    request_id=next(ids),
                )
            )

        return await run(pair)


def start(
    address: str, organization: str, in_flight: int, seconds: float, warm_up_seconds: float, *, bare: bool
) -> dict[str, float]:
    """A process of its own has made pairs for a while; what it measured.

    Raises:
        CallerFailed: It did not end as it should.
    """
    words = [address, organization, "--in-flight", str(in_flight), "--seconds", str(seconds)]
    words += ["--warm-up", str(warm_up_seconds), *(["--bare"] if bare else [])]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "ledger.bench.sdk", *words],
            env=own_environment(os.environ),
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds + warm_up_seconds + _END_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise CallerFailed("the SDK's process did not end") from None
    if done.returncode != 0:
        raise CallerFailed(f"the SDK's process failed: {(done.stdout + done.stderr).strip()[-PROBLEM_CHARACTERS:]}")
    told: dict[str, float] = json.loads(done.stdout)
    return told


def main(words: Sequence[str]) -> int:
    """The process."""
    parser = argparse.ArgumentParser(prog="python -m ledger.bench.sdk", description=__doc__)
    parser.add_argument("address")
    parser.add_argument("organization")
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--warm-up", type=float, default=1.0)
    parser.add_argument("--bare", action="store_true")
    asked = parser.parse_args(words)
    paths = [agent_path(asked.organization, number) for number in range(AGENTS)]

    async def run(pair: Pair) -> Tally:
        return await press(pair, paths, asked.in_flight, asked.seconds, asked.warm_up)

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        tally = runner.run((by_stub if asked.bare else by_sdk)(asked.address, run))
    print(json.dumps(tally.document()))
    return 0


def _ids() -> Iterator[str]:
    while True:
        yield from uuid7s(1000)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
