"""What is sent: files of request messages, each with a request id of its own, all of one size.

A record is a message as gRPC frames it: a byte that says uncompressed, four for the length, the message. The fixed size
lets the generator find the next one without looking; the ids are UUIDv7, as every caller's are.
"""

import os
import random
import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from pathlib import Path
from typing import Final

from google.protobuf.duration_pb2 import Duration

from tallystick.v1 import batch_pb2, reservations_pb2, types_pb2

AGENTS: Final = 1000
TEAM: Final = "research"
UNIT: Final = "USD"
HOLD: Final = 2_500_000
"""What each call holds: a quarter of a cent, in nano-dollars."""

TTL_SECONDS: Final = 3600
TOOL: Final = "web_search"
WORKFLOW: Final = "nightly-digest-20260722"
ZIPF_EXPONENT: Final = 1.1
BATCH_ITEMS: Final = 50

_REQUEST_ID: Final = "0" * 36
_RESERVATION_ID: Final = "1" * 36


class Draw(StrEnum):
    """Which agents call."""

    SPREAD = "spread"
    HOT = "hot"
    ZIPF = "zipf"


@dataclass(frozen=True, slots=True)
class Records:
    """A file of records.

    Attributes:
        file: Holds nothing else.
        sizes: The bytes of each, in turn.
    """

    file: Path
    sizes: tuple[int, ...]


def agent_path(organization: str, number: int) -> str:
    """Path of an agent; as long for each number below 100,000."""
    return f"{organization}/{TEAM}/agent-{number:05}"


def uuid7s(count: int, unix_ms: int | None = None) -> Iterator[str]:
    """New UUIDv7s, many at once."""
    now = unix_ms if unix_ms is not None else time.time_ns() // 1_000_000
    head = f"{now:012x}"
    random_digits = os.urandom(10 * count).hex()
    for at in range(0, 20 * count, 20):
        some = random_digits[at : at + 20]
        yield f"{head[:8]}-{head[8:]}-7{some[1:4]}-{'89ab'[int(some[4], 16) & 3]}{some[5:8]}-{some[8:20]}"


def drawn(draw: Draw, agents: int, count: int, seed: int) -> Sequence[int]:
    """Numbers of agents, one for each call."""
    if draw is Draw.HOT:
        return [0] * count
    chance = random.Random(seed)
    if draw is Draw.SPREAD:
        return chance.choices(range(agents), k=count)
    weights = list(accumulate((rank + 1) ** -ZIPF_EXPONENT for rank in range(agents)))
    return chance.choices(range(agents), cum_weights=weights, k=count)


def reserve(partition: str) -> reservations_pb2.ReserveRequest:
    """A hold as an agent asks for it, with a placeholder for its request id."""
    return reservations_pb2.ReserveRequest(
        partition=partition,
        amounts=[types_pb2.Amount(unit=UNIT, parts=HOLD)],
        ttl=Duration(seconds=TTL_SECONDS),
        request_id=_REQUEST_ID,
        tool=TOOL,
        workflow_id=WORKFLOW,
    )


def write_reserves(
    file: Path, organizations: Sequence[str], count: int, draw: Draw, *, agents: int = AGENTS, seed: int = 1
) -> Records:
    """`count` reserves of drawn agents, of the organizations in turn.

    Args:
        file: Where to.
        organizations: Their names, equally long.
        count: How many.
        draw: Which agents.
        agents: How many there are in each organization.
        seed: What is drawn from; the same agents call in the same order where it is the same.
    """
    halves: dict[tuple[str, int], tuple[bytes, bytes]] = {}
    size = 0
    ids = uuid7s(count)
    with file.open("wb") as out:
        for number, agent in enumerate(drawn(draw, agents, count, seed)):
            organization = organizations[number % len(organizations)]
            if (key := (organization, agent)) not in halves:
                framed = frame(reserve(agent_path(organization, agent)).SerializeToString())
                head, _, tail = framed.partition(_REQUEST_ID.encode())
                assert size in {0, len(framed)}, "all records have one size"
                size = len(framed)
                halves[key] = head, tail
            head, tail = halves[key]
            out.write(head + next(ids).encode() + tail)
    return Records(file, (size,))


def write_pairs(file: Path, organization: str, count: int, *, agents: int = AGENTS, seed: int = 1) -> Records:
    """`count` pairs of a reserve, whose reservation id the caller chooses, and its commit."""
    opened = reserve(agent_path(organization, 0))
    opened.reservation_id = _RESERVATION_ID
    templates = []
    for agent in range(agents):
        opened.partition = agent_path(organization, agent)
        templates.append(frame(opened.SerializeToString()))
    commit = frame(
        reservations_pb2.CommitRequest(
            organization=organization,
            reservation_id=_RESERVATION_ID,
            actual=[types_pb2.Amount(unit=UNIT, parts=HOLD - 1)],
            request_id=_REQUEST_ID,
        ).SerializeToString()
    )
    ids = uuid7s(3 * count)
    wanted, chosen = _REQUEST_ID.encode(), _RESERVATION_ID.encode()
    with file.open("wb") as out:
        for agent in drawn(Draw.SPREAD, agents, count, seed):
            reservation = next(ids).encode()
            out.write(templates[agent].replace(wanted, next(ids).encode()).replace(chosen, reservation))
            out.write(commit.replace(wanted, next(ids).encode()).replace(chosen, reservation))
    return Records(file, (len(templates[0]), len(commit)))


def write_batches(
    file: Path, organization: str, count: int, *, items: int = BATCH_ITEMS, agents: int = AGENTS, seed: int = 1
) -> Records:
    """`count` batches of so many reserves."""
    chance = random.Random(seed)
    templates = []
    for _ in range(min(count, 50)):
        wire = batch_pb2.BatchExecuteRequest(organization=organization)
        for agent in chance.choices(range(agents), k=items):
            wire.items.add().reserve.CopyFrom(reserve(agent_path(organization, agent)))
        templates.append(frame(wire.SerializeToString()).split(_REQUEST_ID.encode()))
    ids = uuid7s(count * items)
    size = 0
    with file.open("wb") as out:
        for number in range(count):
            parts = templates[number % len(templates)]
            record = bytearray(parts[0])
            for part in parts[1:]:
                record += next(ids).encode()
                record += part
            size = len(record)
            out.write(record)
    return Records(file, (size,))


def frame(message: bytes) -> bytes:
    """A message as gRPC sends it."""
    return b"\0" + struct.pack(">I", len(message)) + message
