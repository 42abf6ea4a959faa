"""The story of a hold: what its block has said so far, decided here and carried by the clients.

Nothing here waits for the ledger. What is to be settled is put into the outbox as soon as it is known.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

from tallystick import forks, methods, outage, requests
from tallystick.amounts import AmountLike, Quantity, decimal_of, quantities
from tallystick.before_work import says
from tallystick.delivery import Delivery
from tallystick.errors import CostUnreadable, TallystickError
from tallystick.extension import Extender, Lease
from tallystick.ids import uuid7
from tallystick.outbox import Pending
from tallystick.requests import BasisLike, Request, Seconds
from tallystick.requests.describe import amounts_of, basis_number, organization_of
from tallystick.results import Basis, Held
from tallystick.terms import Terms
from tallystick.v1 import reservations_pb2

log = logging.getLogger("tallystick")


class Mark(NamedTuple):
    """Whether the claimed work is done, what came of it, and how long others are told; see `requests.commit`."""

    done: bool = False
    result: str = ""
    done_ttl: Seconds | None = None


_NO_MARK: Final = Mark()


@dataclass(slots=True, eq=False)
class Story:
    """What one block has said of its work, and what follows from it.

    Attributes:
        terms: What it asked for.
        delivery: Where settlements go.
        extender: What keeps the hold while the block works.
        scales: The organization's units; empty where an outage kept them from being known.
        held: The hold; `None` before the block, and in an outage.
        in_outage: The block works without a hold, under the local limit.
        stated: The commit or release that ends the story; `None` until it is said.
    """

    terms: Terms
    delivery: Delivery
    extender: Extender
    scales: Mapping[str, int] = field(default_factory=dict)
    held: Held | None = None
    in_outage: bool = False
    stated: Pending | None = None
    entered: bool = False
    left: bool = False
    _units: Mapping[str, Decimal] = field(default_factory=dict)
    _parts: dict[str, Decimal] = field(default_factory=dict)
    _parts_measured: bool = True
    _parts_confirmed: bool = False
    _taken: tuple[Quantity, ...] = ()
    _refused: str = ""
    _corrects: bool = False

    # ----------------------------------------------------------------------------------------------- the block begins

    def enter(self) -> None:
        """Mark the one block of this hold as begun.

        Raises:
            RuntimeError: There was one before.
        """
        if self.entered:
            raise RuntimeError("a hold is for one block; ask the agent for another")
        self.entered = True
        self.delivery.begin()

    def opened(self, held: Held, scales: Mapping[str, int]) -> None:
        """The ledger holds the budget: keep it until the block ends."""
        self.held = held
        self.scales = scales
        self._units = {one.unit: one.value for one in held.held}
        if held.expire_time is not None:
            self.extender.keep(Lease.of(organization_of(held.partition), held, self.terms.ttl_s))

    def goes_on_in_outage(self) -> bool:
        """Whether the block may work without a hold; not where only the ledger knows how much, or who has the work."""
        wanted = quantities(self.terms.amounts)
        if self.terms.outage_limit is None or not wanted or self.terms.claim is not None:
            return False
        if not outage.take(wanted, self.terms.outage_limit):
            return False
        log.warning("%s works without a hold: the ledger does not answer", self.terms.partition)
        self._taken = wanted
        self._units = {unit: number for unit, number in wanted if unit is not None}
        self.in_outage = True
        return True

    # ------------------------------------------------------------------------------------------- the block says things

    def commit(
        self,
        actual: tuple[AmountLike, ...],
        basis: BasisLike | None,
        *,
        confirm: bool,
        done: bool | None = None,
        result: str = "",
        done_ttl: Seconds | None = None,
        request_id: str = "",
    ) -> tuple[Pending | None, CostUnreadable | None]:
        """State the whole cost; what cannot be read becomes the whole hold, as an estimate, and an error.

        Raises:
            ValueError: Work is said to be done that the hold does not claim.
        """
        self._must_be_open()
        mark = self._mark(done, result, done_ttl)
        if not actual:
            return self._whole(request_id, mark), None
        try:
            cost = self._read_cost(actual, confirm=confirm)
        except (TypeError, ValueError, TallystickError) as error:
            return self._whole(mark=mark), _unreadable(error)
        self._corrects = True
        return self._end(cost, basis, confirm=confirm, request_id=request_id, mark=mark), None

    def part(
        self, amounts: tuple[AmountLike, ...], basis: BasisLike | None, *, confirm: bool, request_id: str = ""
    ) -> tuple[Pending | None, CostUnreadable | None]:
        """State a part of the cost, as an increment; what cannot be read ends the story as `commit` would."""
        self._must_be_open()
        try:
            cost = self._read(amounts)
            _must_be_above_zero(cost)
            if not confirm:
                self._must_be_held(unit for unit, _ in cost)
        except (TypeError, ValueError, TallystickError) as error:
            return self._whole(), _unreadable(error)
        for unit, number in cost:
            self._parts[unit] = self._parts.get(unit, Decimal(0)) + number
        self._parts_measured = self._parts_measured and (basis is None or basis == Basis.MEASURED)
        self._parts_confirmed = self._parts_confirmed or confirm
        if self.held is None:
            return None, None
        written = _written(cost)
        request = requests.settle_part(
            self.held, *written, basis=basis, confirm_implausible=confirm, request_id=request_id
        )
        return self._put(request), None

    def release(self, request_id: str = "") -> Pending | None:
        """State that no work happened, or that no more will."""
        self._must_be_open()
        if self.held is None:
            return self._charge(self._parts, Basis.MEASURED)
        self.stated = self._put(requests.release(self.held, request_id=request_id))
        self._let_go()
        return self.stated

    def refused(self, pending: Pending) -> None:
        """The ledger refused what was said: it may be said again, differently."""
        if pending is self.stated:
            self.stated = None
            self._refused = pending.request_id
            self._corrects = False
        if pending.method is methods.SETTLE_PART:
            message: Any = pending.message
            for one in message.amounts:
                self._parts[one.unit] -= decimal_of(one.parts, self.scales[one.unit])
            self._parts = {unit: number for unit, number in self._parts.items() if number}

    def corrected(self) -> None:
        """The ledger took what the block said; what it said before, and was refused, need not be handed back."""
        if self._refused and self._corrects:
            self.delivery.outbox.forget_refused(self._refused)
            self._refused = ""

    # ------------------------------------------------------------------------------------------------ the block is left

    def leave(self, error: BaseException | None) -> Pending | None:
        """State what follows where the block itself has not said what became of its work.

        A normal exit commits the whole hold, as an estimate. After an exception: a release where no work happened,
        a commit of the parts where there are any, else nothing: the outcome is unknown, and the hold lapses.
        """
        if forks.forked() and error is not None:
            return None  # the block is the parent's, and so is its story
        forks.check()
        self.left = True
        self._let_go()
        if self.stated is not None or not (self.held or self.in_outage):
            return None
        if error is None:
            return self._whole(mark=self._mark(None))
        if self._parts:
            return self._end(self._total_of_parts(), self._parts_basis(), confirm=self._parts_confirmed)
        if says(self.terms.release_on, error):
            return self.release()
        if self.in_outage:
            outage.give_back(self._taken)
        return None

    # --------------------------------------------------------------------------------------------------------- numbers

    def _mark(self, done: bool | None, result: str = "", done_ttl: Seconds | None = None) -> Mark:  # noqa: FBT001
        """What is said of the work; a result says that it is done, and the terms do where nothing is said."""
        if done is None:
            done = bool(result) or self.terms.done
        if not done:
            return _NO_MARK
        if self.terms.claim is None:
            raise ValueError("the hold claims no work that could be done; nothing was committed")
        return Mark(done, result, done_ttl)

    def _whole(self, request_id: str = "", mark: Mark = _NO_MARK) -> Pending | None:
        """The whole hold as the cost, or the parts where they come to more."""
        if self.held is not None and not any(
            number > self._units.get(unit, -1) for unit, number in self._parts.items()
        ):
            return self._conclude(
                requests.commit(self.held, basis=Basis.ESTIMATED, request_id=request_id, **mark._asdict())
            )
        most = self._units
        cost = {unit: max(number, self._parts.get(unit, Decimal(0))) for unit, number in most.items()}
        confirm = self._parts_confirmed
        return self._end(self._parts | cost, Basis.ESTIMATED, confirm=confirm, request_id=request_id, mark=mark)

    def _total_of_parts(self) -> dict[str, Decimal]:
        return dict.fromkeys(self._units, Decimal(0)) | self._parts

    def _parts_basis(self) -> Basis:
        return Basis.MEASURED if self._parts_measured else Basis.ESTIMATED

    def _read_cost(self, actual: tuple[AmountLike, ...], *, confirm: bool) -> dict[str, Decimal]:
        cost = dict(self._read(actual))
        if any(number < 0 for number in cost.values()):
            raise ValueError("a cost is not below zero")
        if not confirm:
            self._must_be_held(cost)
        missing = self._units.keys() - cost.keys()
        if missing:
            raise ValueError(f"the cost lacks {', '.join(sorted(missing))}: a commit states every unit of the hold")
        return cost

    def _read(self, amounts: tuple[AmountLike, ...]) -> list[tuple[str, Decimal]]:
        """Numbers by unit, whole parts where the scales are known: what is counted here is what the ledger counts."""
        read = quantities(amounts)
        units = list(self._units)
        if self.scales:
            return [(one.unit, one.value) for one in amounts_of(read, self.scales, units)]
        if any(unit is None for unit, _ in read) and len(units) != 1:
            raise ValueError("a number alone could mean any unit of the hold")
        return [(units[0] if unit is None else unit, number) for unit, number in read]

    def _must_be_held(self, named: Any) -> None:  # noqa: ANN401  (any names)
        wrong = [unit for unit in named if unit not in self._units]
        if wrong:
            raise ValueError(f"the hold has no {', '.join(wrong)}; confirm_implausible=True if it is meant")

    # ------------------------------------------------------------------------------------------------------- the outbox

    def _end(
        self,
        cost: Mapping[str, Decimal],
        basis: BasisLike | None,
        *,
        confirm: bool,
        request_id: str = "",
        mark: Mark = _NO_MARK,
    ) -> Pending | None:
        if self.held is None:
            return self._charge(cost, basis, request_id)
        written = _written(cost.items())
        request = requests.commit(
            self.held, *written, basis=basis, confirm_implausible=confirm, request_id=request_id, **mark._asdict()
        )
        return self._conclude(request)

    def _conclude(self, request: Request[Any]) -> Pending:
        self.stated = self._put(request)
        self._let_go()
        return self.stated

    def _put(self, request: Request[Any]) -> Pending:
        assert self.held is not None
        pending = Pending(
            request.method,
            request.organization,
            self.held.reservation_id,
            request.request_id,
            request.build(self.scales),
        )
        self.delivery.outbox.put(pending)
        return pending

    def _charge(self, cost: Mapping[str, Decimal], basis: BasisLike | None, request_id: str = "") -> Pending | None:
        """What ran in an outage is charged when the ledger answers."""
        used = tuple((unit, number) for unit, number in cost.items() if number > 0)
        outage.give_back(self._taken)
        outage.use(used)
        message = reservations_pb2.ChargeRequest(
            partition=self.terms.partition,
            basis=basis_number(basis),
            tool=self.terms.tool,
            workflow_id=self.terms.workflow_id,
            note="ran while the ledger did not answer",
            request_id=request_id or uuid7(),
        )
        written = tuple((unit, f"{number:f}") for unit, number in used)
        owner = organization_of(self.terms.partition)
        self.stated = Pending(methods.CHARGE, owner, "", message.request_id, message, written)
        if not used:
            return None
        self.delivery.outbox.put(self.stated)
        return self.stated

    def _let_go(self) -> None:
        if self.held is not None:
            self.extender.let_go(self.held.reservation_id)

    def _must_be_open(self) -> None:
        forks.check()
        if not self.entered or not (self.held or self.in_outage):
            raise RuntimeError("the hold is open only inside its block")
        if self.stated is not None:
            raise RuntimeError(f"the hold has been settled already, by a {self.stated.method.name.lower()}")


def _must_be_above_zero(cost: list[tuple[str, Decimal]]) -> None:
    if any(number <= 0 for _, number in cost):
        raise ValueError("a part is more than zero")


def _unreadable(error: Exception) -> CostUnreadable:
    unreadable = CostUnreadable(f"the cost cannot be read, so the whole hold is committed as an estimate: {error}")
    unreadable.__cause__ = error
    return unreadable


def _written(cost: Any) -> tuple[AmountLike, ...]:  # noqa: ANN401  (pairs of unit and number)
    return tuple((number, unit) for unit, number in cost)
