"""A ledger for your own tests: in this process, in memory, with the arithmetic of the real one.

It is the real service on a free port of loopback, on a store that forgets everything, with a clock that a test can
move. It needs the distribution `tallystick-server`, which a test environment may have and an agent's need not.

For pytest, put `pytest_plugins = ["tallystick.testing"]` into `conftest.py` and ask for `tallystick_ledger`:

    def test_stops_when_broke(tallystick_ledger):
        scout = tallystick_ledger.agent("acme/research/scout", "0.10 USD")
        with pytest.raises(tallystick.BudgetExhausted):
            ask(scout, "an expensive question")
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from datetime import timedelta
from types import TracebackType
from typing import Any, Final, Self

from tallystick.agents import Agent, AsyncAgent
from tallystick.amounts import AmountLike
from tallystick.async_client import AsyncClient
from tallystick.client import Client
from tallystick.errors import OrganizationExists, PartitionExists, Undelivered
from tallystick.requests import Seconds
from tallystick.results import Entry, Partition, PartitionKind, Reservation

UNITS: Final[Mapping[str, int]] = {"USD": 9, "tokens": 0, "calls": 0}


class FakeLedger:
    """A ledger in this process. A context manager: it serves inside its block.

    Args:
        budgets: What to begin with: amounts by the path of the agent that has them; see `agent`.
        units: Decimal places of each unit's smallest part.

    Attributes:
        address: Where it listens.
        client: A client of it.
    """

    def __init__(
        self, budgets: Mapping[str, AmountLike] | None = None, *, units: Mapping[str, int] | None = None
    ) -> None:
        self.address = ""
        self._budgets = dict(budgets or {})
        self._units = dict(UNITS if units is None else units)
        self._clock = _Clock()
        self._stack = ExitStack()
        self._clients: list[Client] = []

    def __enter__(self) -> Self:
        from ledger.testing import serving

        service = self._stack.enter_context(serving(clock=self._clock))
        self.address = service.address
        self.client = self.make_client()
        for path, amounts in self._budgets.items():
            self.agent(path, amounts)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients:
            with suppress(Undelivered):
                client.close(timeout=1.0)
        self._stack.close()

    def make_client(self, **options: Any) -> Client:  # noqa: ANN401  (see Client)
        """Another client of this ledger, closed with it; it gives up soon, because nothing here takes long."""
        options.setdefault("retry_for", 2.0)
        self._clients.append(Client(self.address, **options))
        return self._clients[-1]

    def make_async_client(self, **options: Any) -> AsyncClient:  # noqa: ANN401  (see AsyncClient)
        """An asynchronous client of this ledger; close it where it is used."""
        options.setdefault("retry_for", 2.0)
        return AsyncClient(self.address, **options)

    def agent(self, path: str, *amounts: AmountLike) -> Agent:
        """The agent at that path, with the amounts added to its budget.

        The organization, the teams above it and the agent itself are created where they do not exist; what it gets
        is brought into the organization and allocated down to it.
        """
        names = path.split("/")
        with suppress(OrganizationExists):
            self.client.create_organization(names[0], units=self._units)
        above = ["/".join(names[:depth]) for depth in range(2, len(names) + 1)]
        for one in above:
            with suppress(PartitionExists):
                kind = PartitionKind.AGENT if one == path else PartitionKind.TEAM
                self.client.create_partition(one, kind=kind.value)  # type: ignore[arg-type]
        for amount in amounts:
            for single in _apart(amount):
                self.client.fund(names[0], single)
                for lower in above:
                    self.client.allocate(lower, single)
        return self.client.agent(path)

    def async_agent(self, path: str, *amounts: AmountLike) -> AsyncAgent:
        """The same, for asynchronous code."""
        self.agent(path, *amounts)
        return self.make_async_client().agent(path)

    def advance(self, length: Seconds) -> None:
        """Let time pass for the ledger, at once: holds lapse without anybody waiting."""
        left = length.total_seconds() if isinstance(length, timedelta) else length
        self._clock.advance(left)

    def partition(self, path: str) -> Partition:
        """What a partition is and holds."""
        return self.client.get_partition(path)

    def reservations(self, path: str) -> list[Reservation]:
        """The reservations of a partition and all below it, in the order of their opening."""
        return list(self.client.list_reservations(path))

    def entries(self, organization: str) -> list[Entry]:
        """An organization's journal."""
        return list(self.client.list_entries(organization))


class _Clock:
    """The machine's clock, ahead by what a test has let pass."""

    def __init__(self) -> None:
        self._ahead_us = 0

    def advance(self, seconds: float) -> None:
        """Both readings move together, so that nothing looks like a broken clock."""
        self._ahead_us += int(seconds * 1e6)

    def now(self) -> int:
        """Microseconds since 1970."""
        return time.time_ns() // 1000 + self._ahead_us

    def monotonic(self) -> int:
        """Microseconds since some fixed moment."""
        return time.monotonic_ns() // 1000 + self._ahead_us


def _apart(amount: AmountLike) -> list[AmountLike]:
    """One amount for each unit."""
    if isinstance(amount, str):
        return list(amount.split(","))
    if isinstance(amount, Mapping):
        return [(number, unit) for unit, number in amount.items()]
    return [amount]


try:
    import pytest
except ImportError:  # the fake is of use without pytest, too
    pass
else:

    @pytest.fixture
    def tallystick_ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLedger]:
        """An empty `FakeLedger`, where clients without an address of their own find it."""
        with FakeLedger() as ledger:
            monkeypatch.setenv("TALLYSTICK_ADDRESS", ledger.address)
            yield ledger
