"""Caps for the benchmark: of every kind that counts, ten on the path from an agent to the root, and out of reach."""

from collections.abc import Iterator
from typing import Final

from google.protobuf.duration_pb2 import Duration

from ledger.bench.messages import TEAM, UNIT, agent_path
from tallystick.v1.caps_pb2 import (
    CAP_KIND_LIFETIME,
    CAP_KIND_OPEN_RESERVATIONS,
    CAP_KIND_ROLLING,
    CAP_KIND_WINDOW,
    PERIOD_DAY,
    PERIOD_HOUR,
    CreateCapRequest,
)

LIMIT: Final = 10**18
"""In nano-dollars, or of reservations: more than any window uses."""

ROLLING_SECONDS: Final = 3600


def caps(organization: str, agents: int) -> Iterator[CreateCapRequest]:
    """Four on the root, four on the team, two on each agent: ten bind each reservation. They have no request ids."""
    yield _hour(organization)
    yield _day(organization)
    yield _rolling(organization)
    yield _open(organization)
    team = f"{organization}/{TEAM}"
    yield _hour(team)
    yield _day(team)
    yield _rolling(team)
    yield CreateCapRequest(partition=team, kind=CAP_KIND_LIFETIME, unit=UNIT, limit=LIMIT)
    for number in range(agents):
        agent = agent_path(organization, number)
        yield _day(agent)
        yield _open(agent)


def _hour(partition: str) -> CreateCapRequest:
    return CreateCapRequest(partition=partition, kind=CAP_KIND_WINDOW, unit=UNIT, limit=LIMIT, period=PERIOD_HOUR)


def _day(partition: str) -> CreateCapRequest:
    return CreateCapRequest(partition=partition, kind=CAP_KIND_WINDOW, unit=UNIT, limit=LIMIT, period=PERIOD_DAY)


def _rolling(partition: str) -> CreateCapRequest:
    length = Duration(seconds=ROLLING_SECONDS)
    return CreateCapRequest(partition=partition, kind=CAP_KIND_ROLLING, unit=UNIT, limit=LIMIT, length=length)


def _open(partition: str) -> CreateCapRequest:
    return CreateCapRequest(partition=partition, kind=CAP_KIND_OPEN_RESERVATIONS, limit=LIMIT)
