"""State: the balances of any moment of the past, worked out from the postings.

What lies at or before a committed position never changes, so it is read in steps, with nothing held in between: from
the beginning up to the position, or from the balances of now back to it, whichever is less. A posting says what its
account has afterwards and, less its amount, what it had before. One state is worked out at a time, and the last few
are kept, so that the pages of one are cut from the same.

Source: docs/rules.md, R6, R87, R89.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ledger.core.journal import Role
from ledger.core.outcomes import Reason, Rejected
from ledger.core.paths import at_or_below, depth_of, organization_of, parent_of, tree_key
from ledger.core.queries import AccountsFound
from ledger.rpc import tokens, values
from ledger.rpc.calls import Call
from ledger.rpc.ports import Reader
from ledger.rpc.problems import InvalidRequest, PageTokenInvalid, Refused, Violation
from ledger.rpc.reading import PAGE_SIZE_DEFAULT, page, patiently, reached
from tallystick.v1 import journal_pb2, types_pb2

STEP: Final = 20_000
"""Positions that one statement goes through."""

KEPT_MAX: Final = 4

Account = tuple[int, str, Role]
Parts = dict[str, dict[Role, int]]
"""Balances of one partition: by unit, then by role."""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """An organization's balances at a position.

    Attributes:
        position: Whose state it is.
        at: The time of the entry there, microseconds since 1970.
        paths: Of the partitions that existed, in the order of the tree.
        own: Balances by path.
        subtree: Likewise, with all below.
    """

    position: int
    at: int
    paths: tuple[str, ...]
    own: Mapping[str, Parts]
    subtree: Mapping[str, Parts]


class States:
    """Answers about the past."""

    def __init__(self, reader: Reader, clock: Callable[[], int]) -> None:
        """Nothing is worked out. The clock tells microseconds since 1970."""
        self._reader = reader
        self._clock = clock
        self._one_at_a_time = asyncio.Semaphore(1)
        self._kept: dict[tuple[str, int, int], State] = {}

    async def answer(self, message: journal_pb2.GetStateRequest, call: Call) -> journal_pb2.GetStateResponse:
        """A partition and those below it, as they stood.

        Raises:
            InvalidRequest: The moment has not come yet, or lies before the first entry.
            Refused: There was no such partition.
        """
        name = organization_of(message.partition)
        place = tokens.place(message, str, paths=False)
        at = _instant(message)

        async def attempt() -> AccountsFound:
            found = await self._reader.accounts(name)
            reached(found.position, message.min_position, name)
            return found

        found = await patiently(attempt, call.seconds)
        if place is None:
            position, after = await self._position(message, at, found), ""
        else:
            place.check(found.incarnation)  # R87
            position, after = _went_on(str(place.after), found.position)
        state = await self._state(name, found, position)
        if message.partition not in state.own:
            raise Refused(name, Rejected(Reason.PARTITION_NOT_FOUND, message.partition))
        shown = (_balances(state, path) for path in _listed(state, message, after))
        taken, more = page(shown, message.page_size or PAGE_SIZE_DEFAULT)
        last = f"{position} {taken[-1].partition}" if more else ""
        return journal_pb2.GetStateResponse(
            partitions=taken,
            next_page_token=tokens.token(message, last, found.incarnation) if more else "",
            at_position=position,
            at_time=values.timestamp(state.at),
            position=found.position,
            incarnation=found.incarnation,
        )

    async def _position(self, message: journal_pb2.GetStateRequest, at: int | None, found: AccountsFound) -> int:
        """The position that is asked for. Source: R89."""
        if message.at_position > found.position:
            raise InvalidRequest(Violation("at_position", f"is beyond the last one, {found.position}"))
        if at is None:
            return message.at_position or found.position
        if at > self._clock():
            raise InvalidRequest(Violation("at_time", "has not come yet"))
        name = organization_of(message.partition)
        position = found.position if at >= found.at else await self._last_before(name, at, found.position)
        if not position:
            raise InvalidRequest(Violation("at_time", "is before the first entry"))
        return position

    async def _last_before(self, name: str, at: int, head: int) -> int:
        """The last position whose time is not later; 0 where the first is later already. Times never fall."""
        lowest, highest = 0, head
        while lowest < highest:
            middle = (lowest + highest + 1) // 2
            if await self._reader.time_of(name, middle) <= at:
                lowest = middle
            else:
                highest = middle - 1
        return lowest

    async def _state(self, name: str, found: AccountsFound, position: int) -> State:
        key = name, found.incarnation, position
        async with self._one_at_a_time:
            state = self._kept.pop(key, None)
            if state is None:
                accounts = await self._accounts(name, found, position)
                created = await self._reader.created(name, position)
                at = found.at if position == found.position else await self._reader.time_of(name, position)
                state = await asyncio.to_thread(_state, position, at, dict(created), accounts)  # there may be very many
            self._kept[key] = state
            if len(self._kept) > KEPT_MAX:
                del self._kept[next(iter(self._kept))]
            return state

    async def _accounts(self, name: str, found: AccountsFound, position: int) -> dict[Account, int]:
        """The balance at a position of each account that was posted to by then."""
        if found.position - position < position:
            return await self._back(name, found, position)
        accounts: dict[Account, int] = {}
        for after in range(0, position, STEP):
            upto = min(after + STEP, position)
            for one in await self._reader.posted(name, after, upto, first=False):
                accounts[one.partition_id, one.unit, one.role] = one.balance
        return accounts

    async def _back(self, name: str, found: AccountsFound, position: int) -> dict[Account, int]:
        accounts = {(pid, unit, role): parts for pid, unit, role, parts in found.accounts}
        seen: set[Account] = set()
        for after in range(position, found.position, STEP):
            upto = min(after + STEP, found.position)
            for one in await self._reader.posted(name, after, upto, first=True):
                account = one.partition_id, one.unit, one.role
                if account in seen:
                    continue
                seen.add(account)
                if one.version == 1:
                    del accounts[account]  # there was no such account yet
                else:
                    accounts[account] = one.balance - one.amount
        return accounts


def _instant(message: journal_pb2.GetStateRequest) -> int | None:
    """The time that is asked for, microseconds since 1970; rounded down, so nothing later is in it."""
    if not message.HasField("at_time"):
        return None
    return values.instant(message.at_time, "at_time") - bool(message.at_time.nanos % 1000)


def _went_on(after: str, head: int) -> tuple[int, str]:
    """Position and last path of the page before. Anybody may have written the token that has them."""
    position, _, path = after.partition(" ")
    if not (position.isascii() and position.isdecimal() and 0 < int(position) <= head):
        raise PageTokenInvalid
    return int(position), path


def _state(position: int, at: int, created: Mapping[int, str], accounts: Mapping[Account, int]) -> State:
    own: dict[str, Parts] = {path: {} for path in created.values()}
    subtree: dict[str, Parts] = {path: {} for path in created.values()}
    for (pid, unit, role), parts in accounts.items():
        path = created[pid]
        own[path].setdefault(unit, {})[role] = parts
        while path:
            held = subtree[path].setdefault(unit, {})
            held[role] = held.get(role, 0) + parts  # R6
            path = parent_of(path)
    return State(position, at, tuple(sorted(own, key=tree_key)), own, subtree)


def _listed(state: State, message: journal_pb2.GetStateRequest, after: str) -> Iterator[str]:
    top, levels = message.partition, message.levels_max
    begins_after = tree_key(after) if after else ""
    for path in state.paths:
        below = at_or_below(path, top) and not (levels and depth_of(path) - depth_of(top) > levels)
        if below and tree_key(path) > begins_after:
            yield path


def _balances(state: State, path: str) -> journal_pb2.PartitionBalances:
    return journal_pb2.PartitionBalances(
        partition=path, own=_by_unit(state.own[path]), subtree=_by_unit(state.subtree[path])
    )


def _by_unit(parts: Parts) -> list[types_pb2.Balance]:
    return [
        types_pb2.Balance(
            unit=unit,
            available=held.get(Role.AVAILABLE, 0),
            reserved=held.get(Role.RESERVED, 0),
            spent=held.get(Role.SPENT, 0),
        )
        for unit, held in sorted(parts.items())
    ]
