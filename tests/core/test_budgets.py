from dataclasses import replace

import pytest

from ledger.core import budgets
from ledger.core.allowances import Allowance, AllowanceMode
from ledger.core.budgets import FORETOLD_MAX, Pace, Refill, budgets_of, forecast, paused_at
from ledger.core.calendars import Period, Weekday
from ledger.core.reports import BudgetQuery, Cell, Forecast, Ground, Group, Holdings, Node, Sums

NOW = 1000
ROOT, TEAM, A, B, OLD = 1, 2, 3, 4, 5
QUERY = BudgetQuery("acme", "acme", None, "", 100, False, 1000, NOW)
GROUND = Ground(
    [
        Node(B, "acme/team/b", False, 950),
        Node(ROOT, "acme", False, 0),
        Node(A, "acme/team/a", False, 0),
        Node(TEAM, "acme/team", False, 0),
        Node(OLD, "acme/team/old", True, 0),
    ],
    {
        (ROOT, "USD"): Holdings(50, 0, 0),
        (TEAM, "USD"): Holdings(20, 0, 0),
        (A, "USD"): Holdings(6, 4, 30),
        (B, "USD"): Holdings(8, 0, 1),
        (B, "tokens"): Holdings(9, 0, 0),
        (OLD, "USD"): Holdings(0, 1, 3),
    },
    {B: TEAM, A: TEAM, TEAM: ROOT, ROOT: 0, OLD: TEAM},
    frozenset({"acme/team/b"}),
    {A: 2, OLD: 1},
    {B: 3},
    [],
    [Cell(Group("USD", "acme/team/a"), Sums(30, 5, 3)), Cell(Group("USD", "acme/team/old"), Sums(3, 0, 1))],
    NOW,
    77,
)


@pytest.fixture(autouse=True)
def _small_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """A microsecond is long enough to go by."""
    monkeypatch.setattr(budgets, "OBSERVED_MIN", 1)


def allowance(parts: int, mode: AllowanceMode = AllowanceMode.ADD, *, pid: int = A, next_at: int = 1100) -> Allowance:
    """Fills a partition at an instant."""
    return Allowance(pid, "USD", 9, parts, mode, Period.DAY, Weekday.MONDAY, next_at, 0, 0, 0, 1)


def test_budgets_of__rolled_up():
    """A partition's budget is that of all below it, closed ones too; its own is told apart."""
    told, left_out = budgets_of(QUERY, ("USD", "tokens"), GROUND)

    assert [(one.path, one.paused_at, one.open, one.pending) for one in told] == [
        ("acme", "", 3, 3),
        ("acme/team", "", 3, 3),
        ("acme/team/a", "", 2, 0),
        ("acme/team/b", "acme/team/b", 0, 3),
    ]
    assert {(one.path, budget.unit): (budget.held, budget.own) for one in told for budget in one.budgets} == {
        ("acme", "USD"): (Holdings(84, 5, 34), 50),
        ("acme", "tokens"): (Holdings(9, 0, 0), 0),
        ("acme/team", "USD"): (Holdings(34, 5, 34), 20),
        ("acme/team", "tokens"): (Holdings(9, 0, 0), 0),
        ("acme/team/a", "USD"): (Holdings(6, 4, 30), 6),
        ("acme/team/b", "USD"): (Holdings(8, 0, 1), 8),
        ("acme/team/b", "tokens"): (Holdings(9, 0, 0), 9),
    }
    assert left_out == 0


def test_budgets_of__a_part():
    """Fewer levels, one unit, closed ones, or the first few: sums stay, and what is left out is counted."""
    one_level, _ = budgets_of(replace(QUERY, levels=1), ("USD", "tokens"), GROUND)
    tokens, _ = budgets_of(replace(QUERY, unit="tokens", levels=0), ("USD", "tokens"), GROUND)
    closed, left_out = budgets_of(replace(QUERY, show_closed=True, limit=2), ("USD",), GROUND)
    whole, _ = budgets_of(replace(QUERY, show_closed=True), ("USD",), GROUND)

    assert [one.path for one in one_level] == ["acme", "acme/team"]
    assert one_level[1].budgets[0].held == Holdings(34, 5, 34)
    assert [[budget.unit for budget in one.budgets] for one in tokens] == [["tokens"]]
    assert ([one.path for one in closed], left_out) == (["acme", "acme/team"], 3)
    assert (whole[-1].path, whole[-1].closed) == ("acme/team/old", True)


def test_budgets_of__forecasts():
    """The rate is of the window, or since the partition began; what admits nothing is not refilled."""
    ground = replace(GROUND, allowances=[allowance(40), allowance(40, pid=B), allowance(9, pid=OLD)])

    told, _ = budgets_of(replace(QUERY, show_closed=True), ("USD",), ground)

    found = {one.path: one.budgets[0].forecast for one in told}
    assert found["acme/team/a"] == Forecast(30, 3, 100, NOW + 6 * 100 // 30, 1100, 20)
    assert found["acme/team"] == Forecast(33, 4, 100, NOW + 34 * 100 // 33, None, 0)
    assert found["acme/team/b"] == Forecast(0, 0, 50, None, None, 0)
    assert found["acme/team/old"] == Forecast(3, 1, 100, None, None, 0)


@pytest.mark.parametrize(
    ("path", "expected"), [("acme/a/b", "acme/a"), ("acme/a", "acme/a"), ("acme/ab", ""), ("acme", "")]
)
def test_paused_at__nearest(path: str, expected: str):
    """The partition itself, or the nearest one above it."""
    assert paused_at(path, frozenset({"acme/a"})) == expected


def test_forecast__at_the_rate():
    """R93: what is available lasts as long as it does at the rate; a debt has no time left."""
    pace = Pace(Sums(30, 9, 3), 60)

    assert forecast(60, pace, NOW) == Forecast(30, 3, 60, NOW + 120)
    assert forecast(0, pace, NOW).exhausted_at == NOW
    assert forecast(-5, pace, NOW).exhausted_at == NOW


@pytest.mark.parametrize("pace", [Pace(Sums(30, 0, 2), 60), Pace(Sums(0, 5, 0), 60), Pace(Sums(30, 0, 3), 0)])
def test_forecast__too_little_to_go_by(pace: Pace):
    """Two entries, no cost, or no time are not enough."""
    assert forecast(60, pace, NOW).exhausted_at is None


@pytest.mark.parametrize(("seconds", "known"), [(59, False), (60, True)])
def test_pace__after_a_minute(seconds: int, known: bool, monkeypatch: pytest.MonkeyPatch):
    """What was observed for less than a minute foretells nothing."""
    monkeypatch.undo()

    assert Pace(Sums(30, 0, 3), seconds * 1_000_000).known is known


def test_forecast__too_far():
    """What lies beyond the last year that a date can name is not foretold."""
    assert forecast(FORETOLD_MAX, Pace(Sums(1, 0, 3), 60), NOW).exhausted_at is None


@pytest.mark.parametrize(
    ("available", "exhausted_at"),
    [
        (10, NOW + 20),  # before the refill at 1100
        (50, NOW + 100),  # just then
        (60, NOW + 200),  # the refill of 40 is counted
    ],
)
def test_forecast__next_refill(available: int, exhausted_at: int):
    """A refill is counted where what is available lasts until then, and only the next one."""
    refill = Refill(allowance(40), Holdings(available), 1000)

    found = forecast(available, Pace(Sums(30, 0, 3), 60), NOW, refill)

    assert (found.exhausted_at, found.refill_at, found.refill) == (exhausted_at, 1100, 40)


@pytest.mark.parametrize(
    ("given", "own", "used", "above", "expected"),
    [
        (allowance(40), Holdings(100), 0, 1000, 40),
        (allowance(40), Holdings(100), 0, 15, 15),
        (allowance(40), Holdings(100), 0, -5, 0),
        (allowance(40, AllowanceMode.REFILL_TO), Holdings(25, 5), 0, 1000, 10),
        (allowance(40, AllowanceMode.REFILL_TO), Holdings(25, 5), 20, 1000, 30),
        (allowance(40, AllowanceMode.REFILL_TO), Holdings(100), 0, 1000, 0),
    ],
)
def test_refill__as_the_parent_has_it(given: Allowance, own: Holdings, used: int, above: int, expected: int):
    """An amount, or what is missing to it, as far as the parent has it."""
    assert Refill(given, own, above).given(used) == expected


def test_forecast__refill_that_is_due():
    """A refill whose time has come is expected at once."""
    refill = Refill(allowance(40, next_at=5), Holdings(0), 1000)

    assert forecast(0, Pace(Sums(), 0), NOW, refill).refill_at == NOW
