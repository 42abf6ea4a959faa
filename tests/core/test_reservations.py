from pathlib import Path

import pytest

from ledger.core import commands as cmd
from ledger.core.outcomes import Accepted, Reason, Rejected
from ledger.core.reservations import NEXT_STATE, ReservationState, ReservedUnit, Step, extend_at
from tests.builders import (
    SCOUT,
    World,
    acme,
    charge,
    commit,
    expire,
    extend,
    part,
    refund,
    release,
    reserve,
)
from tests.core.lifecycle import PAGE, diagram

State = ReservationState

LEADING_TO: dict[State, tuple[cmd.Command, ...]] = {
    State.OPEN: (),
    State.COMMITTED: (commit(1, USD=6),),
    State.RELEASED: (release(1),),
    State.EXPIRED: (expire(1),),
    State.COMMITTED_LATE: (expire(1), commit(1, USD=6)),
}


def _command(world: World, step: Step):
    """The step as a command on reservation 1, of which 3 are recorded as a part and 10 were held."""
    return {
        Step.COMMIT: commit(1, USD=5),
        Step.SETTLE_PART: part(1, USD=1),
        Step.RELEASE: release(1),
        Step.EXTEND: extend(1, world.now + 1),
        Step.EXPIRE: expire(1),
        Step.CHARGE: charge(SCOUT, 1, USD=1),
        Step.REFUND: refund(1, USD=1),
    }[step]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Step)
def test_next_state__every_pair(state, step):
    """R15: a step that the table lists leads where it says; any other is refused and changes nothing."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, USD=10), part(1, USD=3), *LEADING_TO[state])
    before = world.reservation()

    outcome = world.ask(_command(world, step))

    assert world.status() is NEXT_STATE.get((state, step), state)
    if (state, step) in NEXT_STATE:
        assert isinstance(outcome, Accepted)
    else:
        assert isinstance(outcome, Rejected)
        expected = Reason.RESERVATION_OPEN if step is Step.CHARGE else Reason.RESERVATION_RESOLVED
        assert outcome.reason is expected
        assert world.reservation() == before


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Step)
def test_next_state__resolved_once(state, step):
    """R15: no step leads back to open, and only an expired reservation changes its state again, by its late commit."""
    after = NEXT_STATE.get((state, step), state)

    assert (
        after is state
        or state is State.OPEN
        or (state, step, after)
        == (
            State.EXPIRED,
            Step.COMMIT,
            State.COMMITTED_LATE,
        )
    )


def test_next_state__a_cost_is_recorded_in_each_state():
    """R20: whatever state a reservation is in, some step records a cost."""
    recording = {Step.COMMIT, Step.SETTLE_PART, Step.CHARGE}

    assert all(any((state, step) in NEXT_STATE for step in recording) for state in State)


def test_reserved_unit__three_facts():
    """R30: held, charged and actual stay apart; a refund lowers what is charged and nothing else."""
    line = ReservedUnit("USD", held=10, remaining=1, settled=7, overrun=4, late=2, charges=3, refunds=5)

    assert (line.held, line.actual, line.charged) == (10, 16, 11)


def test_with_lines__new_ones_last():
    """R30: a unit that was added when settling follows those that were held."""
    world = acme(USD=15, tokens=9)
    world.do(reserve(SCOUT, tokens=5))

    world.do(part(1, USD=1, confirmed=True))

    assert [line.unit for line in world.reservation().units] == ["tokens", "USD"]
    assert world.reservation().unit("calls") == ReservedUnit("calls")


def test_extend_at__half_way():
    """A caller extends when half of the time that is left has passed, or at once where none is left."""
    assert extend_at(100, 160) == 130
    assert extend_at(100, 90) == 100


def test_lifecycle__diagram_is_current():
    """R15: the page on the life cycle shows the table as it is in the code."""
    page = Path(PAGE).read_text(encoding="utf-8")

    assert diagram() in page, "write it anew: python -m tests.core.lifecycle"
