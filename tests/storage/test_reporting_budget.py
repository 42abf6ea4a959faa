from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings

from ledger.core import commands as cmd
from ledger.core.amounts import Amount
from ledger.core.budgets import budgets_of
from ledger.core.calendars import Period
from ledger.core.journal import Role
from ledger.core.reports import BudgetQuery, Group, Holdings, SpendingQuery, Sums
from ledger.core.reservations import ReservationState
from ledger.core.texts import Text
from tests.builders import DAY, HOUR, SECOND, allowance, cancel, escalate, pause
from tests.storage.reporting_world import LATE, STEPS, History, Keep, lived, naive_spending


def asking(history: History, path: str = "", **changed: Any) -> BudgetQuery:
    """What is asked of a history when it ends."""
    asked = BudgetQuery(history.name, path or history.name, None, "", DAY, True, 1000, history.now)
    return replace(asked, **changed)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_ground__is_what_the_journal_says(keep: Keep, steps: Any):
    """Balances, open reservations and burn rates of every partition are those of the entries, added up by hand."""
    history = lived(steps)
    query = asking(history)

    told, left_out = budgets_of(query, ("USD", "tokens"), keep(history).budgets(query, LATE))

    assert (sorted(one.path for one in told), left_out) == (sorted(history.pids.values()), 0)
    for one in told:
        below = {pid for pid, path in history.pids.items() if f"{path}/".startswith(f"{one.path}/")}
        assert one.open == sum(
            hold.partition_id in below and hold.state is ReservationState.OPEN
            for hold in history.book.reservations.values()
        )
        for unit, held, own, forecast in one.budgets:
            postings = [leg for entry in history.entries for leg in entry.postings if leg.unit == unit]
            mine = [leg for leg in postings if leg.partition_id in below]
            sums = [sum(leg.amount for leg in mine if leg.role is role) for role in list(Role)[:3]]
            assert held == Holdings(*sums)
            pid = history.book.ids[one.path]
            assert own == sum(leg.amount for leg in mine if (leg.partition_id, leg.role) == (pid, Role.AVAILABLE))
            window = SpendingQuery(history.name, one.path, unit=unit, since=history.now - DAY)
            burned = naive_spending(history, window).get((unit,), Sums())
            assert (forecast.burned, forecast.settlements) == (burned.spent, burned.settlements)


def test_ground__what_governs(keep: Keep):
    """Pauses, escalations that wait, allowances and the parent's balance are told."""
    history = History()
    history.hold(history.agents[0], USD=3)
    history.write(pause(history.team), escalate(history.agents[0], 5), escalate(history.agents[1], 5))
    history.write(cancel(history.book.position))
    history.write(allowance(history.agents[0], 50, period=Period.DAY))
    ids = history.book.ids

    found = keep(history).budgets(asking(history, history.agents[0]), LATE)

    a = ids[history.agents[0]]
    assert [(node.path, node.closed) for node in found.nodes] == [(history.agents[0], False)]
    assert found.parents == {a: ids[history.team]}
    assert found.own[a, "USD"] == Holdings(9997, 3, 0)
    assert found.own[ids[history.team], "USD"].available == 20_000
    assert found.paused == {history.team}
    assert (found.open.get(a), found.pending.get(a)) == (1, 1)
    assert [(one.partition_id, one.parts) for one in found.allowances] == [(a, 50)]
    assert (found.position, found.at) == (history.book.position, history.now)


def test_ground__within_the_window(keep: Keep):
    """Only what was spent within the window is told, by partition and unit; a clock that is behind moves nothing."""
    history = History()
    history.spend(history.agents[0], USD=100)
    history.write(later=2 * HOUR)
    history.spend(history.agents[0], USD=7, tokens=2)
    late = asking(history, window=HOUR, now=history.now + HOUR // 2)

    reporter = keep(history)

    expected = {Group("USD", history.agents[0]): Sums(7, 0, 1), Group("tokens", history.agents[0]): Sums(2, 0, 1)}
    assert dict(reporter.budgets(late, LATE).burned) == expected
    assert dict(reporter.budgets(asking(history, window=HOUR, now=5), LATE).burned) == expected
    assert list(reporter.budgets(replace(late, now=history.now + 3 * HOUR), LATE).burned) == []


def test_ground__nobody(keep: Keep):
    """Of an organization that does not exist nothing is told."""
    history = History()

    found = keep(history).budgets(replace(asking(history), organization="nobody", path="nobody"), LATE)

    assert (list(found.nodes), found.position) == ([], 0)


def test_ground__of_a_closed_partition(keep: Keep):
    """What a closed partition spent is told of it and of those above it."""
    history = History()
    history.spend(history.agents[0], USD=100)
    history.write(cmd.ClosePartition(history.agents[0], False, Text()), later=SECOND)
    history.write(cmd.Defund(Amount("USD", 1), Text()))
    query = asking(history, show_closed=False)

    told, _ = budgets_of(query, ("USD",), keep(history).budgets(query, LATE))

    spent = {one.path: one.budgets[0].held.spent for one in told}
    assert history.agents[0] not in spent
    assert (spent[history.name], spent[history.team]) == (100, 100)
