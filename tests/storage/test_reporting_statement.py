from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core import commands as cmd
from ledger.core.amounts import PARTS_MAX, Amount
from ledger.core.reports import Holdings, StatementQuery
from ledger.core.texts import Text
from tests.builders import SECOND
from tests.storage.reporting_world import LATE, STEPS, History, Keep, lived, naive_changes, total


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=STEPS,
    where=st.integers(0, 3),
    subtree=st.booleans(),
    bounds=st.tuples(st.integers(0, 41), st.integers(0, 41)),
    size=st.integers(1, 9),
)
def test_statement__is_what_the_journal_says(
    keep: Keep, steps: Any, where: int, subtree: bool, bounds: tuple[int, int], size: int
):
    """Opening balances, lines and closing balances are those of the entries, and the first two make the third."""
    history = lived(steps)
    path = (history.name, history.team, history.agents[0], history.other)[where]
    times = [0, *(entry.at for entry in history.entries), history.now + 1]
    since, until = sorted(times[len(times) * bound // 42] + bound % 2 for bound in bounds)
    query = StatementQuery(history.name, path, "USD", since, until, subtree=subtree, limit=size)
    reporter = keep(history)

    found = reporter.statement(query, LATE)
    lines = list(found.lines)
    while lines and len(lines) % size == 0:
        page = reporter.statement(replace(query, after=lines[-1].position, last=found.last), LATE).lines
        lines += page
        if not page:
            break

    changes = naive_changes(history, query)
    assert found.opening == total([change for _, at, change in changes if at < since])
    assert found.closing == total([change for _, at, change in changes if at < until])
    told = [(position, at, change) for position, at, change in changes if since <= at < until]
    assert [(line.position, line.at, line.change) for line in lines] == told
    assert found.closing == total([found.opening, *(line.change for line in lines)])
    assert found.position == history.book.position


def test_statement__of_now_is_the_balance(keep: Keep):
    """Without bounds a statement begins with nothing and ends with what the accounts hold."""
    history = History()
    history.spend(history.agents[0], USD=7)
    history.hold(history.agents[0], USD=5)
    held = history.book.balance(history.book.ids[history.agents[0]], "USD")

    found = keep(history).statement(StatementQuery(history.name, history.agents[0], "USD"), LATE)

    assert found.opening == Holdings()
    assert found.closing == Holdings(held.available, held.reserved, held.spent) == Holdings(9988, 5, 7)


def test_statement__lines_say_what_they_are_about(keep: Keep):
    """A line names what happened, about which partition and reservation, what it was for, who asked and why."""
    history = History()
    number = history.spend(history.agents[0], USD=7, tool="search", workflow_id="w1")
    charge = cmd.Charge(
        history.agents[0], (Amount("USD", 2),), "", tool="mail", workflow_id="w2", note=Text.of("invoice", bytes(16)),
        basis="", confirmed=False,  # type: ignore[arg-type]
    )  # fmt: skip
    history.write(charge)

    lines = keep(history).statement(StatementQuery(history.name, history.agents[0], "USD"), LATE).lines

    assert [line.kind for line in lines] == ["Allocated", "ReservationOpened", "ReservationCommitted", "Charged"]
    committed, charged = lines[2:]
    rid = history.hold_id(number)
    assert (committed.reservation_id, committed.tool, committed.workflow_id) == (rid, "search", "w1")
    assert (charged.path, charged.tool, charged.workflow_id, charged.note) == (
        history.agents[0],
        "mail",
        "w2",
        "invoice",
    )
    assert all(line.principal for line in lines)


def test_statement__subtree_tells_its_border(keep: Keep):
    """Of a subtree only what crosses its border and what is spent is told; holds and moves inside are not."""
    history = History()
    number = history.hold(history.agents[0], USD=5)
    history.write(cmd.Reclaim(history.agents[0], Amount("USD", 100), Text()))
    history.commit(number, USD=4)
    history.write(cmd.Reclaim(history.team, Amount("USD", 30), Text()))

    found = keep(history).statement(StatementQuery(history.name, history.team, "USD", subtree=True), LATE)

    assert [(line.kind, line.change) for line in found.lines] == [
        ("Allocated", Holdings(40_000, 0, 0)),
        ("ReservationCommitted", Holdings(-4, 0, 4)),
        ("Reclaimed", Holdings(-30, 0, 0)),
    ]
    assert found.closing == Holdings(39_966, 0, 4)


def test_statement__of_a_closed_partition(keep: Keep):
    """What a closed partition spends later is told, with what its parent gives for it: its balance stays nothing."""
    history = History()
    number = history.hold(history.agents[0], USD=5)
    history.write(cmd.ClosePartition(history.agents[0], False, Text()))
    history.commit(number, USD=8)

    found = keep(history).statement(StatementQuery(history.name, history.agents[0], "USD"), LATE)

    assert [(line.kind, line.change) for line in found.lines[1:]] == [
        ("ReservationOpened", Holdings(-5, 5, 0)),
        ("PartitionClosed", Holdings(-9995, 0, 0)),
        ("ReservationCommitted", Holdings(0, -5, 8)),
    ]
    assert found.closing == Holdings(0, 0, 8)


@pytest.mark.parametrize("subtree", [False, True])
def test_statement__beyond_64_bits(keep: Keep, subtree: bool):
    """What goes up and down by all that a balance can be is added up exactly."""
    history = History()
    most = PARTS_MAX - 200_000
    history.write(cmd.Fund(Amount("USD", most), Text()))
    for _ in range(5):
        history.write(cmd.Allocate(history.team, Amount("USD", most), Text()))
        history.write(cmd.Reclaim(history.team, Amount("USD", most), Text()))
    query = StatementQuery(history.name, history.team, "USD", history.now - 3 * SECOND, subtree=subtree)

    found = keep(history).statement(query, LATE)

    own = 40_000 if subtree else 20_000
    assert (found.opening, found.closing) == (Holdings(own, 0, 0), Holdings(own, 0, 0))
    assert [line.change.available for line in found.lines] == [most, -most] * 2


def test_statement__nobody(keep: Keep):
    """Of an organization that does not exist nothing is told."""
    found = keep(History()).statement(StatementQuery("nobody", "nobody", "USD"), LATE)

    assert (list(found.lines), found.position) == ([], 0)
