"""What the core and the naive model must agree in: what both answered, and all that both remember."""

from typing import Any

from ledger.core import clockwork
from ledger.core.allowances import Allowance
from ledger.core.book import Book
from ledger.core.capping_windows import counting_now
from ledger.core.caps import Cap, CapKind
from ledger.core.caps import Counter as CapCounter
from ledger.core.claims import Claim
from ledger.core.escalations import Escalation, Grant, Policy
from ledger.core.invariants import check_book, check_closed
from ledger.core.outcomes import Accepted, Outcome
from ledger.core.pauses import Pause
from ledger.core.roles import RoleHeld
from ledger.core.tools import Tool
from tests import strategies
from tests.model import Model
from tests.strategies import UNITS


def seen(outcome: Outcome) -> tuple[Any, ...]:
    """What an outcome says, as far as the model says it."""
    if isinstance(outcome, Accepted):
        return "ok", outcome.replayed
    if outcome.reason == "HOLD_ENDED":
        return outcome.reason.value, "", None, None, None, outcome.replayed
    if outcome.reason in {"AMOUNT_OUT_OF_RANGE", "PARTITION_CLOSED"}:
        return outcome.reason.value, "", None, None, outcome.culprit, outcome.replayed
    return outcome.reason.value, outcome.unit, outcome.needed, outcome.available, outcome.culprit, outcome.replayed


def wanted(expected: dict[str, Any]) -> tuple[Any, ...]:
    """The same of the model's answer."""
    if expected["ok"]:
        return "ok", expected["replayed"]
    return *expected["answer"], expected["culprit"], expected["replayed"]


def compare(book: Book, model: Model, now: int, positions: int) -> None:
    """The book is what the model says, and nothing that must hold is broken."""
    check_book(book)
    check_closed(book)
    assert book.position == model.entries == positions
    assert set(book.ids) == set(model.partitions)
    assert not clockwork.is_due(book, now), "I13"
    balances = model.every_balance()
    for path, facts in model.partitions.items():
        below_it = [other for other in model.partitions if other == path or other.startswith(f"{path}/")]
        partition = book.partition(path)
        assert partition is not None
        pid = partition.partition_id
        assert (partition.kind.value, partition.version) == (facts["kind"], facts["version"])
        assert book.state(partition).value == model.state(path)
        for unit in UNITS:
            own, below = book.balance(pid, unit), book.subtree(pid, unit)
            for role in ("available", "reserved", "spent"):
                assert getattr(own, role) == balances.get((path, role, unit), 0)
                assert getattr(below, role) == sum(balances.get((each, role, unit), 0) for each in below_it)
    if book.organization is not None:
        settings = book.organization
        assert (settings.version, settings.reservation_life_max_us) == (model.version, model.life)
        assert settings.time_zone == model.zone
        assert (settings.request_ids_since, settings.incarnation) == (model.pruned, model.incarnation)
    _compare_standing(book, model, now)
    assert {key: _hold(book, model, key) for key in model.holds} == {
        key: (
            hold["state"],
            book.path(book.reservations[key].partition_id),
            hold["ends"],
            {
                unit: (
                    model.fact(key, unit, "held"),
                    model.remaining(key, unit),
                    model.actual(key, unit),
                    model.actual(key, unit) - model.fact(key, unit, "refund"),
                )
                for unit in model.units_of(key)
            },
        )
        for key, hold in model.holds.items()
    }
    assert len(book.reservations) == len(model.holds)


def _compare_standing(book: Book, model: Model, now: int) -> None:
    """What governs is what the model says."""
    live = {cap.cap_id: cap for cap in book.standing[Cap].values() if not cap.deleted}
    assert {cap_id: (cap.limit, cap.mode.value, cap.version) for cap_id, cap in live.items()} == {
        cap_id: (cap["limit"], cap["mode"], cap["version"]) for cap_id, cap in model.caps.items() if not cap["deleted"]
    }
    for cap_id, cap in live.items():
        for workflow in strategies.WORKFLOWS if cap.kind is CapKind.WORKFLOW else ("",):
            used = counting_now(book, cap, workflow, now)[1]
            assert used == model.used(cap_id, workflow, now), (model.caps[cap_id], workflow, "I14")
        if cap.kind is CapKind.WINDOW:
            last = [(counter.starts_at, counter.ends_at) for counter in book.filed(CapCounter, cap_id)]
            assert last == model.caps[cap_id]["windows"][-1:], "R52"
    assert {book.path(one.partition_id) for one in book.standing[Pause].values() if not one.over} == set(model.paused)
    assert {
        (book.path(one.partition_id), one.principal): one.role.name for one in book.standing[RoleHeld].values()
    } == (model.roles)
    assert {tool.name: (tool.version, tool.deleted) for tool in book.standing[Tool].values()} == {
        name: (tool["version"], tool["deleted"]) for name, tool in model.tools.items()
    }
    escalations = book.standing[Escalation]
    assert {
        number: (
            asked.state.value,
            asked.granted,
            book.path(asked.source_id) if asked.source_id else "",
            asked.reservation_id,
        )
        for number, asked in escalations.items()
    } == {
        number: (asked["state"], asked["granted"], asked["source"], asked["opened"])
        for number, asked in model.escalations.items()
    }
    assert {
        (book.path(one.partition_id), one.unit): (one.version, one.deleted, one.due_at)
        for one in book.standing[Allowance].values()
    } == {
        place: (one["version"], one["deleted"], 0 if one["deleted"] else one["next"])
        for place, one in model.allowances.items()
    }
    assert {number: _grant(book, grant) for number, grant in book.standing[Grant].items()} == {
        number: {**lent, "ended": bool(lent["ended"])} for number, lent in model.grants.items()
    }
    for (path, unit), policy in model.policies.items():
        found = book.standing[Policy][f"{book.ids[path]}/{unit}"]
        used = found.used if found.window_ends_at > now else 0
        assert (found.version, used) == (policy["version"], model.approved_by(path, unit, now))
    claims = [claim for claim in book.standing[Claim].values() if not claim.ended]
    assert {(book.path(claim.partition_id), claim.name): _claim(book, claim) for claim in claims} == {
        work: (facts["holder"], facts["done"], facts["assigned"]) for work, facts in model.every_work().items()
    }


def _grant(book: Book, grant: Grant) -> Any:
    return {
        "path": book.path(grant.partition_id),
        "unit": grant.unit,
        "giver": book.path(grant.source_id),
        "left": grant.left,
        "ends": grant.ends_at,
        "ended": bool(grant.ended_position),
        "over": grant.over,
        "shortfall": grant.shortfall,
    }


def _claim(book: Book, claim: Claim) -> Any:
    done = {"key": claim.reservation_id, "until": claim.done_until} if claim.done_at else None
    given = {"path": book.path(claim.assignee_id), "until": claim.assigned_until} if claim.assignee_id else None
    return "" if done else claim.reservation_id, done, given


def _hold(book: Book, model: Model, key: str) -> Any:
    hold = book.reservations[key]
    lines = {line.unit: (line.held, line.remaining, line.actual, line.charged) for line in hold.units}
    return hold.state.value, model.holds[key]["path"], hold.expires_at, lines
