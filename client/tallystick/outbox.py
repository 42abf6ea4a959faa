"""The outbox: settlements that the ledger has not taken yet, in memory here; `folder_outbox` keeps them on the disk.

A settlement is put here before it is tried, and leaves when the ledger has taken it. What a rule refused stays, with
the refusal, until it is handed back. Repeating a settlement is harmless: its request id has one effect.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from google.protobuf.message import Message

from tallystick import methods
from tallystick.errors import TallystickError
from tallystick.methods import Method


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """One settlement that the ledger has not taken.

    Attributes:
        method: `Commit`, `SettlePart`, `Release` or `Charge`, as a call of the wire.
        organization: Whose books.
        reservation_id: The reservation it settles; empty for work done in an outage.
        request_id: Names the effect.
        message: The request, whole; the amounts of a charge may be missing, see `quantities`.
        quantities: A charge's amounts as written, where the units' scales were not known: (unit, number).
        refusal: Why the ledger will not take it; `None` while it has not answered.
    """

    method: Method[Any]
    organization: str
    reservation_id: str
    request_id: str
    message: Message
    quantities: tuple[tuple[str, str], ...] = ()
    refusal: TallystickError | None = None

    def __str__(self) -> str:
        of = self.reservation_id or self.organization
        numbers = ", ".join(f"{number} {unit}" for unit, number in self.quantities)
        body = " ".join(str(self.message).split())
        why = f"; refused: {self.refusal}" if self.refusal is not None else ""
        return f"{self.method.name} of {of} (request {self.request_id}): {body} {numbers}{why}"


class Outbox:
    """Settlements in memory, in the order they were put."""

    durable: bool = False
    """Whether what lies here outlives the process."""

    def __init__(self) -> None:
        self._waiting: dict[str, Pending] = {}
        self._left: set[str] = set()
        self._parts: set[str] = set()
        self._refused: dict[str, Pending] = {}

    def put(self, pending: Pending) -> None:
        """Keep a settlement that its caller is about to try."""
        self._waiting[pending.request_id] = pending
        if pending.method is methods.SETTLE_PART:
            self._parts.add(pending.request_id)

    def leave(self, request_id: str) -> None:
        """The caller has stopped trying: from now on `left` shows it."""
        if request_id in self._waiting:
            self._left.add(request_id)

    def done(self, request_id: str) -> None:
        """The ledger has taken it."""
        self._waiting.pop(request_id, None)
        self._left.discard(request_id)
        self._parts.discard(request_id)

    def refuse(self, request_id: str, refusal: TallystickError) -> None:
        """The ledger will not take it: keep it with the refusal, to be handed back."""
        pending = self._waiting.pop(request_id, None)
        self._left.discard(request_id)
        self._parts.discard(request_id)
        if pending is not None:
            self._refused[request_id] = replace(pending, refusal=refusal)

    def forget_parts(self, reservation_id: str) -> None:
        """A commit of the whole cost covers the parts that still wait."""
        for request_id in list(self._parts):
            pending = self._waiting.get(request_id)
            if pending is not None and pending.reservation_id == reservation_id:
                self.done(request_id)

    def forget_refused(self, request_id: str) -> None:
        """The caller has corrected what was refused."""
        if self._refused.pop(request_id, None) is not None:
            self._drop(request_id)

    def left(self) -> list[Pending]:
        """What no caller is trying any more."""
        return [pending for pending in self.waiting() if pending.request_id in self._left] if self._left else []

    def waiting(self) -> list[Pending]:
        """What the ledger has not answered."""
        return list(self._waiting.values())

    def refused(self) -> list[Pending]:
        """What the ledger will not take."""
        return list(self._refused.values())

    def keeps(self, pending: Pending) -> bool:  # noqa: ARG002  (a folder may)
        """Whether it outlives the process."""
        return False

    def take_refused(self) -> list[Pending]:
        """Hand back what the ledger will not take, and forget it."""
        taken = self.refused()
        for pending in taken:
            self._refused.pop(pending.request_id, None)
            self._drop(pending.request_id)
        return taken

    def adopt(self) -> int:
        """Take over what processes that have ended left behind; says how many settlements."""
        return 0

    def close(self) -> None:
        """Nothing more is put."""

    def _drop(self, request_id: str) -> None:
        """Forget what outlives the process."""


def describe(settlements: Iterable[Pending]) -> str:
    """One line for each."""
    return "\n".join(str(pending) for pending in settlements)
