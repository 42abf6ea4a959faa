"""State: what a part of the tree had at a moment of the past."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tallystick import methods, readings
from tallystick.requests.describe import Request, Scales, organization_of, timestamp
from tallystick.results import Balance
from tallystick.v1 import journal_pb2
from tallystick.verbs import Steps, perform

PAGE_SIZE = 1000


@dataclass(frozen=True, slots=True)
class PartitionBalances:
    """What a partition had.

    Attributes:
        path: Where it is.
        own: Its own accounts, by unit, for each in which anything was posted by then.
        subtree: Its own and all below it, likewise.
    """

    path: str
    own: Mapping[str, Balance]
    subtree: Mapping[str, Balance]


@dataclass(frozen=True, slots=True)
class State:
    """What a partition and those below it had at a moment.

    Attributes:
        position: The journal position whose state this is.
        time: The time of the entry there.
        partitions: In the order of the tree; those that existed then.
        incarnation: Of the journal that the position is of.
    """

    position: int
    time: datetime
    partitions: tuple[PartitionBalances, ...]
    incarnation: int

    def __getitem__(self, path: str) -> PartitionBalances:
        """One partition's.

        Raises:
            KeyError: It did not exist then, or was not asked for.
        """
        for one in self.partitions:
            if one.path == path:
                return one
        raise KeyError(path)


def state(partition: str, *, at: int | datetime | None = None, levels: int = 0) -> Steps[State]:
    """What a partition and those below it had at a moment of the past.

    Args:
        partition: The top.
        at: A journal position, or a time with its zone: after the last entry that is not later. Now where absent.
        levels: How many levels below it; all where 0.

    Raises:
        InvalidRequest: That moment has not come yet, or nothing was there.
        PartitionNotFound: The partition did not exist then.
    """
    moment: dict[str, Any] = {}
    if isinstance(at, datetime):
        moment["at_time"] = timestamp(at)
    elif at is not None:
        moment["at_position"] = at
    message = journal_pb2.GetStateRequest(partition=partition, levels_max=levels, page_size=PAGE_SIZE, **moment)
    found: list[PartitionBalances] = []
    while True:
        answer, scales = yield perform(
            Request(methods.GET_STATE, organization_of(partition), lambda _: message, lambda one, _: one)
        )
        found += [_partition(one, scales) for one in answer.partitions]
        if not answer.next_page_token:
            return State(answer.at_position, readings.instant(answer.at_time), tuple(found), answer.incarnation)
        message.page_token = answer.next_page_token


def _partition(message: journal_pb2.PartitionBalances, scales: Scales) -> PartitionBalances:
    return PartitionBalances(message.partition, _balances(message.own, scales), _balances(message.subtree, scales))


def _balances(messages: Iterable[Any], scales: Scales) -> dict[str, Balance]:
    return {one.unit: readings.balance(one, scales) for one in messages}
