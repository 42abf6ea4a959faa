"""One story told in several ways comes to the same end."""

from dataclasses import fields, replace
from typing import Any

import pytest

from ledger.core import clockwork
from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.book import Book
from ledger.core.decide import execute
from ledger.core.invariants import check_batch
from ledger.core.journal import Entry
from ledger.core.outcomes import Accepted, Known, Outcome, Rejected
from ledger.core.requests import Key
from ledger.sequencer.zones import calendar_of
from tests import strategies
from tests.builders import HOUR, START, agent, contents, create_organization, fingerprint_of, uuid7
from tests.core.lockstep import Lockstep
from tests.model import Operation

SEEDS = range(12)
UTC = calendar_of("UTC")


def a_story(seed: int, length: int = 60) -> list[Operation]:
    """Random operations, the first of which build a tree; none depends on the clock."""
    choose = strategies.Seeded(seed)
    both = Lockstep()
    both.begin(choose)
    both.asked.clear()
    kinds = [
        kind
        for kind in strategies.FREQUENT
        if kind not in {"prune", "begin_incarnation", "group", *strategies.BY_POSITION}
    ]
    for _ in range(length):
        both.run(strategies.KINDS[choose.pick(kinds)](choose, both.model, both.now), choose)
    beginning: list[Operation] = [("create_organization", {"units": strategies.UNITS, "life": HOUR})]
    for path, kind in (("acme/a", "TEAM"), ("acme/b", "AGENT"), ("acme/a/a", "AGENT")):
        beginning.append(("create_partition", {"path": path, "kind": kind}))
    for unit in strategies.UNITS:
        beginning.append(("fund", {"unit": unit, "parts": 1000}))
        beginning += [("allocate", {"path": path, "unit": unit, "parts": 200}) for path in ("acme/a", "acme/b")]
        beginning.append(("allocate", {"path": "acme/a/a", "unit": unit, "parts": 100}))
    return beginning + [operation for *_, operation in both.asked]


def patient(operation: Operation) -> cmd.Command:
    """The command, with nothing in it that ends while a story is told."""
    command = strategies.to_command(operation)
    if isinstance(command, cmd.Commit):
        return replace(command, done_ttl_us=0)
    if isinstance(command, cmd.Reallocate):
        return replace(command, grant_ends_at=START + HOUR if command.grant_ends_at else 0)
    return replace(command, ttl_us=HOUR) if isinstance(command, cmd.Reserve | cmd.AssignWork) else command


def tell(story: list[Operation], sizes: list[int]) -> tuple[Book, list[Outcome], list[Entry]]:
    """The story in batches of these sizes, over and over; each batch has one time."""
    book, known, outcomes, journal = Book("acme"), dict[Key, Known](), list[Outcome](), list[Entry]()
    now, told = START, 0
    turn = 0
    while told < len(story):
        size, now = sizes[turn % len(sizes)], now + 1
        turn += 1
        position, at = book.position, book.at
        entries = clockwork.act(book, now, 1000, UTC)
        for number, operation in enumerate(story[told : told + size], told):
            command = patient(operation)
            request = cmd.Request("acme", "ann", uuid7(START, number), fingerprint_of(operation), command)
            outcome, written = execute(book, request, now, known, UTC)
            outcomes.append(outcome)
            entries += written
        check_batch(entries, position, at)
        journal += entries
        told += size
    return book, outcomes, journal


def timeless(outcome: Outcome) -> object:
    """An outcome without the times of its entries."""
    if isinstance(outcome, Rejected):
        return outcome
    return [_timeless(entry) for entry in outcome.entries]


def _timeless(entry: Entry) -> Entry:
    event: Any = entry.event
    times = [field.name for field in fields(event) if field.name.endswith(("_at", "_until"))]
    return replace(entry, at=0, event=replace(event, **dict.fromkeys(times, 0)), windows=())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("sizes", [[1000], [2, 1, 5], [7]], ids=str)
def test_batches__one_or_many(seed, sizes):
    """R4, R37: one batch of N, N batches of one, and anything between give the same answers and balances."""
    story = a_story(seed)

    alone, first, _ = tell(story, [1])
    batched, second, _ = tell(story, sizes)

    assert [timeless(outcome) for outcome in first] == [timeless(outcome) for outcome in second]
    assert (alone.balances, alone.sums, alone.position) == (batched.balances, batched.sums, batched.position)
    assert {k: r.units for k, r in alone.reservations.items()} == {k: r.units for k, r in batched.reservations.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_groups__as_their_items_one_by_one(seed):
    """R44: a group in which nothing is refused has the effect of its items, asked one after another."""
    story = a_story(seed)
    book, outcomes, journal = tell(story, [1])
    took_effect = [operation for operation, came in zip(story, outcomes, strict=True) if isinstance(came, Accepted)]

    items = tuple(patient(operation) for operation in took_effect)
    grouped = Book("acme")
    known: dict[Key, Known] = {}
    begin = cmd.Request("acme", "ann", uuid7(START, 0), b"", items[0])
    group = cmd.Request("acme", "ann", uuid7(START, 1), b"", cmd.Group(items[1:]))  # type: ignore[arg-type]
    execute(grouped, begin, START + 1, known, UTC)
    outcome, written = execute(grouped, group, START + 1, known, UTC)

    assert isinstance(outcome, Accepted)
    refusals = sum(isinstance(entry.event, ev.RequestRefused | ev.RefusalsNoted) for entry in journal)
    assert len(written) + 1 == len(journal) - refusals
    own = {(book.path(pid), unit): balance for (pid, unit), balance in book.balances.items()}
    assert own == {(grouped.path(pid), unit): balance for (pid, unit), balance in grouped.balances.items()}
    assert {k: r.units for k, r in book.reservations.items()} == {k: r.units for k, r in grouped.reservations.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_dry_run__foretells(seed):
    """R43: asked beforehand as a dry run, each command of a story is answered as it then is, and nothing changes."""
    story = a_story(seed)
    book, known = Book("acme"), dict[Key, Known]()
    for number, operation in enumerate(story):
        now = START + 1 + number
        request = cmd.Request(
            "acme", "ann", uuid7(START, number), fingerprint_of(operation), strategies.to_command(operation)
        )
        clockwork.act(book, now, 1000, UTC)
        before = contents(book)

        foretold, nothing = execute(book, replace(request, validate_only=True), now, known, UTC)
        assert (nothing, contents(book)) == ((), before)
        came, _ = execute(book, request, now, known, UTC)

        if isinstance(came, Accepted):
            assert foretold == replace(came, validate_only=True)
        else:
            assert foretold == replace(came, position=0)


def test_organizations__independent():
    """I17: commands of two organizations, however they are mixed, come to what they come to alone."""
    worlds = {name: (Book(name), dict[Key, Known]()) for name in ("acme", "umbrella")}
    for number, name in enumerate(["acme", "umbrella", "umbrella", "acme", "umbrella"]):
        book, known = worlds[name]
        command = create_organization() if book.organization is None else agent(f"{name}/a{number}")
        execute(book, cmd.Request(name, "ann", uuid7(START, number), b"", command), START + 1 + number, known)

    assert list(worlds["acme"][0].ids) == ["acme", "acme/a3"]
    assert list(worlds["umbrella"][0].ids) == ["umbrella", "umbrella/a2", "umbrella/a4"]
    assert [book.position for book, _ in worlds.values()] == [2, 3]
