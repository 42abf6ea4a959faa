"""Faults planted on purpose: each must be found by the tests that claim to find its like."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from ledger.core import (
    book,
    clockwork,
    closing,
    decide,
    holding,
    posting,
    requests,
    settling,
)
from ledger.core import commands as cmd
from ledger.core.invariants import InvariantBroken
from ledger.core.outcomes import Accepted
from ledger.core.partitions import Balance, Sums
from ledger.core.reservations import NEXT_STATE, ReservationState, Step
from tests.core.lockstep import run_seed
from tests.core.test_machine import Ledger
from tests.model import MOST

Patch = pytest.MonkeyPatch


class _Lying:
    """A book that says something else than it has."""

    def __init__(self, inner: book.Book) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _Rich(_Lying):
    """A book in which everybody has plenty."""

    def balance(self, _pid: int, _unit: str) -> Balance:
        return Balance(available=MOST)


class _Alone(_Lying):
    """A book in which nobody has anything below."""

    def subtree(self, _pid: int, _unit: str) -> Sums:
        return Sums()


def no_balance_check(patch: Patch) -> None:
    """A hold is admitted whatever is available."""
    reserve: Any = holding.decide_reserve
    patch.setitem(decide.RULES, cmd.Reserve, lambda inner, command, now: reserve(_Rich(inner), command, now))


def expiry_off_by_one(patch: Patch) -> None:
    """Now equal to the end is not expired yet."""
    patch.setattr(clockwork, "is_due", lambda book, now: (clockwork.due_at(book) or now) < now)


def given_back_twice(patch: Patch) -> None:
    """A release gives the hold back twice."""
    once = holding.give_back
    patch.setattr(holding, "give_back", lambda reservation: (once(reservation)[0], once(reservation)[1] * 2))


def overrun_dropped(patch: Patch) -> None:
    """What the hold does not cover is on the reservation but on nobody's account."""
    whole = settling._spend

    def spend(reservation, line, parts, legs):
        return whole(reservation, line, parts, []) if parts > line.remaining else whole(reservation, line, parts, legs)

    patch.setattr(settling, "_spend", spend)


def ids_forgotten(patch: Patch) -> None:
    """A request that took effect is new each time."""
    patch.setattr(requests, "recall", lambda *_: None)


def bodies_not_compared(patch: Patch) -> None:
    """Another body gets the answer of the first."""
    recall = requests.recall

    def careless(book, request, now, known):
        bound = known.get((request.principal, request.request_id))
        return recall(book, replace(request, fingerprint=bound.fingerprint) if bound else request, now, known)

    patch.setattr(requests, "recall", careless)


def principals_mixed(patch: Patch) -> None:
    """One principal's request id is everybody's."""
    recall = requests.recall

    def shared(book, request, now, known):
        same = [bound for (_, request_id), bound in known.items() if request_id == request.request_id]
        bound = {(request.principal, request.request_id): same[0]} if same else {}
        return recall(book, request, now, bound)

    patch.setattr(requests, "recall", shared)


def dead_hold_replayed(patch: Patch) -> None:
    """A repeated reserve says that the hold is there."""
    patch.setattr(requests, "_again", lambda _book, _request, bound: Accepted(bound.entries, replayed=True))


def refusals_not_bound(patch: Patch) -> None:
    """A refused move may take effect under its old id."""
    patch.setattr(requests, "binds", lambda *_: False)


def dry_run_with_effect(patch: Patch) -> None:
    """What is taken back stays."""
    patch.setattr(book.Book, "rollback", lambda *_: None)


def closed_keeps_budget(patch: Patch) -> None:
    """What comes back to a closed partition stays there."""
    patch.setattr(posting, "_balancing", lambda *_: iter(()))


def sweep_of_debts_skipped(patch: Patch) -> None:
    """Only what is above zero goes up when a partition closes."""
    whole = closing.decide_close

    def only_plus(book, command):
        change = whole(book, command)
        legs = getattr(change, "legs", ())
        if legs and legs[0][3] > 0:
            return replace(change, legs=legs[2:])
        return change

    patch.setitem(decide.RULES, cmd.ClosePartition, lambda book, command, _: only_plus(book, command))


def range_not_checked(patch: Patch) -> None:
    """Balances may become whatever they like."""
    patch.setattr(posting, "in_range", lambda _: True)


def sums_not_checked(patch: Patch) -> None:
    """Own balances are in range, sums of them need not be."""
    whole: Any = posting.entry_of
    patch.setattr(decide, "entry_of", lambda inner, *given: whole(_Alone(inner), *given))


def factor_of_a_thousand(patch: Patch) -> None:
    """A mistake of units is taken for a cost up to a factor of a thousand."""
    patch.setattr(settling, "IMPLAUSIBLE_FACTOR", 1000)


def committed_after_release(patch: Patch) -> None:
    """A released hold may be committed."""
    patch.setitem(NEXT_STATE, (ReservationState.RELEASED, Step.COMMIT), ReservationState.COMMITTED)


def group_in_part(patch: Patch) -> None:
    """The items before a refused one stand."""
    run = decide._run

    def half(book, request, moment, entries, unreported):
        refusal = run(book, request, moment, entries, unreported)
        if refusal is not None and refusal.culprit:
            book.rollback = lambda _mark: None
        return refusal

    patch.setattr(decide, "_run", half)


def extend_inward(patch: Patch) -> None:
    """An end may be moved nearer."""
    whole = holding.decide_extend

    def nearer(book, command, moment):
        change = whole(book, command)
        event = getattr(change, "event", None)
        if event is not None and moment.at < command.expires_at < event.expires_at:
            return replace(change, event=replace(event, expires_at=command.expires_at))
        return change

    patch.setitem(decide.RULES, cmd.Extend, nearer)


FAULTS: Final[tuple[Callable[[Patch], None], ...]] = (
    no_balance_check,
    expiry_off_by_one,
    given_back_twice,
    overrun_dropped,
    ids_forgotten,
    bodies_not_compared,
    principals_mixed,
    dead_hold_replayed,
    refusals_not_bound,
    dry_run_with_effect,
    closed_keeps_budget,
    sweep_of_debts_skipped,
    range_not_checked,
    sums_not_checked,
    factor_of_a_thousand,
    committed_after_release,
    group_in_part,
    extend_inward,
)


@pytest.fixture
def patch() -> Iterator[Patch]:
    """Takes the fault out again."""
    with Patch.context() as found:
        yield found


def _run_seeds(count: int) -> None:
    for seed in range(count):
        run_seed(seed, 100)


@pytest.mark.parametrize("plant", FAULTS, ids=lambda fault: fault.__name__)
def test_lockstep__finds_a_fault(patch, plant):
    """A planted fault is found within a few seeded runs."""
    plant(patch)

    with pytest.raises((AssertionError, InvariantBroken)):
        _run_seeds(120)


@pytest.mark.parametrize("plant", [no_balance_check, ids_forgotten], ids=lambda fault: fault.__name__)
def test_machine__finds_a_fault(patch, plant):
    """The state machine finds what is planted, too."""
    plant(patch)
    quick = settings(
        max_examples=200,
        stateful_step_count=40,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )

    with pytest.raises(AssertionError):
        run_state_machine_as_test(Ledger, settings=quick)
