"""What stands beside a refusal, and who may be told what of it."""

from dataclasses import fields, replace
from typing import Any

import pytest

from ledger.core import commands as cmd
from ledger.core.calendars import Moment
from ledger.core.caps import Cap, CapKind, Counter
from ledger.core.claims import Claim
from ledger.core.explaining import Room, explained, no_room_asked, redacted
from ledger.core.outcomes import Circumstances, ClaimFound, Reason, Rejected, ToolRefusal, ToolRefused
from ledger.core.pauses import Pause
from ledger.core.roles import PrincipalRole
from tests.builders import (
    CLERK,
    DAY,
    HOUR,
    SCOUT,
    TEAM,
    World,
    acme,
    agent,
    allocate,
    amounts,
    appoint,
    assign,
    close,
    commit,
    delete_cap,
    delete_tool,
    fund,
    group,
    pause,
    release,
    reservation_id,
    reserve,
    resume,
    set_tool,
    set_tool_rules,
    team,
    unassign,
    use,
    uuid7,
)
from tests.builders import cap as new_cap
from tests.core.governed import CAP, cap

NOT_ASKED: Any = reserve(SCOUT, 9, USD=1)


def explain(
    world: World,
    refusal: Rejected,
    command: cmd.Command = NOT_ASKED,
    *,
    principal: str = "ann",
    room: Room = no_room_asked,
) -> Rejected:
    """A refusal as it leaves."""
    request = world.request(command, principal=principal)
    return explained(world.book, refusal, request, Moment(world.now, principal, world.calendar), room)


def ask(world: World, command: cmd.Command, **how: Any) -> Rejected:
    """The refusal of a command, as it leaves."""
    return explain(world, world.refused(command), command, **how)


# Numbers


def test_explained__exhausted():
    """R81: of an exhausted budget: the unit's scale, when the next hold lapses, whom to ask, and what would fit."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=9), reserve(SCOUT, 2, USD=5))
    soonest = min(world.reservation(number).expires_at for number in (1, 2))

    refusal = ask(world, reserve(SCOUT, 3, USD=2))

    assert refusal == Rejected(Reason.BUDGET_EXHAUSTED, SCOUT, "USD", 2, 1, TEAM)
    assert refusal.circumstances == Circumstances(scale=9, next_expire_at=soonest, fits=1, command=cmd.Reserve)


def test_explained__resolved():
    """Of a resolved reservation it shows what became of it."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=9), release(1))

    refusal = ask(world, commit(1, USD=9))

    assert refusal.circumstances.reservation == (world.reservation(), SCOUT)


def test_explained__not_told():
    """A reservation that is not found where it was looked for may exist elsewhere, which is not told."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=9))

    refusal = explain(world, Rejected(Reason.RESERVATION_NOT_FOUND, reservation_id=reservation_id(1)))

    assert refusal.circumstances == Circumstances(command=cmd.Reserve)


def test_explained__is_the_same_refusal():
    """What stands beside a refusal is no part of it."""
    facts = ("USD", 5, 3, "acme", "r", 7, "2/x", 9, "ADMIN", 1, 5)
    refusal = Rejected(Reason.BUDGET_EXHAUSTED, SCOUT, *facts, replayed=True)
    unset = [field.name for field in fields(Rejected) if getattr(refusal, field.name) == field.default]

    assert explain(acme(USD=15), refusal) == refusal
    assert unset == ["circumstances"]


# What would fit


@pytest.mark.parametrize(
    ("command", "room", "fits"),
    [
        (reserve(SCOUT, USD=16), None, 15),
        (reserve(SCOUT, USD=16), 4, 4),
        (reserve(SCOUT, USD=16), 40, 15),
        (reserve(SCOUT, USD=16), 0, None),
        (reserve(SCOUT, USD=16, tokens=3), None, 15),
        (reserve(SCOUT, USD=16, tokens=10), None, None),
        (use("search", SCOUT), None, 15),
        (allocate(SCOUT, 99), None, None),
        (group(reserve(SCOUT, USD=16)), None, None),
    ],
    ids=["alone", "cap", "wide cap", "full cap", "another", "another short", "estimate", "a move", "a group"],
)
def test_explained__what_fits(command, room, fits):
    """R81: the most that is available and that caps leave; nothing, where another amount or a cap leaves no room."""
    world = acme(USD=15, tokens=9)
    world.do(set_tool("search", USD=16))

    refusal = ask(world, command, room=lambda *_: room)

    assert (refusal.reason, refusal.circumstances.fits) == (Reason.BUDGET_EXHAUSTED, fits)


def test_explained__what_fits_is_admitted():
    """R81: what is said to fit is admitted, and one part more is refused again."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=4))
    fits = ask(world, reserve(SCOUT, 2, USD=99)).circumstances.fits
    assert fits is not None

    world.refused(reserve(SCOUT, 2, USD=fits + 1))
    world.do(reserve(SCOUT, 2, USD=fits))


def test_explained__what_a_giver_could_give():
    """R81: of a move that is not covered, what would be."""
    world = acme(USD=15)

    assert ask(world, cmd.Reclaim(SCOUT, amounts(USD=16)[0], pause(SCOUT).note)).circumstances.fits == 15


def test_explained__the_room_is_asked_for_each_unit():
    """R81: caps are asked with the command, each unit, and the moment that the refusal was decided at."""
    world = acme(USD=15, tokens=9)
    command = reserve(SCOUT, 3, USD=16, tokens=2)
    heard: list[Any] = []

    ask(world, command, room=lambda *given: heard.append(given))

    moment = Moment(world.now, "ann", world.calendar)
    assert heard == [(world.book, command, "USD", moment), (world.book, command, "tokens", moment)]


# When it changes


def counter(world: World, number: int, starts_at: int, ends_at: int, counted: int = 5) -> None:
    """A window of the cap, put there without an entry."""
    world.book.put_standing(
        Counter(number, world.book.ids[TEAM], CAP, "", "USD", starts_at, ends_at, counted, last_at=starts_at)
    )


@pytest.mark.parametrize(
    ("kind", "windows", "reset"),
    [
        (CapKind.WINDOW, [(-HOUR, HOUR)], HOUR),
        (CapKind.WINDOW, [(-DAY, -HOUR)], None),
        (CapKind.WINDOW, [], None),
        (CapKind.ROLLING, [(-12 * HOUR, -10 * HOUR), (-2 * HOUR, 0)], 14 * HOUR),
        (CapKind.LIFETIME, [(-HOUR, 0)], None),
        (CapKind.SINGLE, [], None),
    ],
)
def test_explained__cap(kind, windows, reset):
    """R81: the cap, when the first that counts runs out of its sight, and whom to ask."""
    world = acme(USD=15)
    found = cap(world.book, TEAM, kind=kind)
    for number, (starts, ends) in enumerate(windows):
        counter(world, 1000 + number, world.now + starts, world.now + ends)

    refusal = explain(world, Rejected(Reason.CAP_REACHED, TEAM, "USD", 16, 2, cap_id=CAP))

    assert refusal.ask == "acme"
    assert refusal.circumstances == Circumstances(
        scale=9, cap=found, reset_at=None if reset is None else world.now + reset, fits=15, command=cmd.Reserve
    )


@pytest.mark.parametrize(("more", "reset"), [(0, HOUR), (1, None)])
def test_explained__more_than_a_cap_ever_admits(more, reset):
    """R81: whoever asks for more than the limit itself is not told to wait."""
    world = acme(USD=15)
    limit = cap(world.book, TEAM).limit
    counter(world, 1000, world.now - HOUR, world.now + HOUR)

    refusal = explain(world, Rejected(Reason.CAP_REACHED, TEAM, "USD", limit + more, 95, cap_id=CAP))

    assert refusal.circumstances.reset_at == (None if reset is None else world.now + reset)


@pytest.mark.parametrize(
    ("reason", "command"),
    [
        (Reason.ESTIMATE_UNKNOWN, use("search", SCOUT)),
        (Reason.TOOL_NOT_FOUND, delete_tool("search", 1)),
        (Reason.TOOL_NOT_FOUND, set_tool("search", version=1, USD=1)),
    ],
)
def test_explained__a_tool_that_the_catalogue_lacks(reason, command):
    """R81: which tool it is."""
    refusal = ask(acme(USD=15), command)

    assert (refusal.reason, refusal.circumstances.named_tool) == (reason, "search")


def claim(world: World, **facts: Any) -> Rejected:
    """A refusal about a piece of work of the team."""
    found = Claim(world.book.ids[TEAM], "report", 7, **facts)
    world.book.put_standing(found)
    return Rejected(Reason.WORK_DONE if found.done_at else Reason.WORK_CLAIMED, SCOUT, claim=found.key)


def test_explained__work_that_is_held():
    """R76, R81: who has it, by which reservation, until when."""
    world = acme(USD=15)
    world.do(reserve(CLERK, 1, USD=1))

    refusal = explain(
        world, claim(world, holder_id=world.book.ids[CLERK], reservation_id=reservation_id(1), assigned_until=1)
    )

    assert refusal.circumstances == Circumstances(
        claim=ClaimFound(TEAM, "report", CLERK, reservation_id(1), ""),
        reset_at=world.reservation().expires_at,
        command=cmd.Reserve,
    )


def test_explained__work_that_is_assigned_or_done():
    """R78, R80, R81: to whom and until when; by whom and with what result."""
    world = acme(USD=15)
    clerk = world.book.ids[CLERK]

    assigned = explain(world, claim(world, assignee_id=clerk, assigned_until=99)).circumstances
    done = explain(
        world, claim(world, holder_id=clerk, reservation_id="r", done_at=5, done_until=77, result="s3://x")
    ).circumstances

    to_nobody = Circumstances(command=cmd.Reserve)
    assert assigned == replace(to_nobody, claim=ClaimFound(TEAM, "report", CLERK, "", ""), reset_at=99)
    assert done == replace(to_nobody, claim=ClaimFound(TEAM, "report", CLERK, "r", "s3://x"), reset_at=77)


@pytest.mark.parametrize("remembered", [True, False])
def test_explained__what_is_deleted_or_ended(remembered):
    """R81: of a deleted cap, and of work that has ended, it says the same whether or not a book still has it."""
    world = acme(USD=15)
    cap_id = world.do(new_cap(TEAM, 10)).entries[0].position
    world.do(delete_cap(cap_id), assign(SCOUT), unassign())
    if not remembered:
        world.book.keep()
        world.book.forget_resolved(0)

    cap_said, claim_said = ask(world, delete_cap(cap_id, 2)), ask(world, unassign())

    assert (cap_id in world.book.standing[Cap]) is remembered
    assert (cap_said.reason, cap_said.cap_id) == (Reason.CAP_NOT_FOUND, cap_id)
    assert cap_said.circumstances == Circumstances(command=cmd.DeleteCap)
    assert (claim_said.reason, claim_said.path) == (Reason.CLAIM_NOT_FOUND, TEAM)
    assert claim_said.circumstances == Circumstances(command=cmd.UnassignWork)


# Who stopped it


def test_explained__pause():
    """R61, R81: of several pauses the nearest: who paused, since when, and why."""
    world = acme(USD=15)
    world.do(pause("acme", "audit"))
    world.ask(pause(TEAM, "runs wild"), principal="bob")
    paused: Any = world.journal[-1]

    refusal = ask(world, reserve(SCOUT, USD=1))

    pid = world.book.ids[TEAM]
    assert refusal == Rejected(Reason.PARTITION_PAUSED, TEAM, ask="acme")
    assert refusal.circumstances == Circumstances(
        pause=Pause(pid, paused.position, "bob", paused.at, paused.event.note), command=cmd.Reserve
    )
    assert paused.event.note.value == "runs wild"


def test_explained__pause_of_a_repeated_refusal():
    """R39: of a refusal that is bound the pause that there is now is told of, and none where it is over."""
    world = acme(USD=15)
    world.do(pause(TEAM, "runs wild"))
    command, key = group(fund(1), reserve(SCOUT, USD=1)), uuid7(world.now, 1)
    world.ask(command, request_id=key)
    again = world.ask(command, request_id=key)
    assert isinstance(again, Rejected)

    while_paused = explain(world, again, command).circumstances
    world.do(resume(TEAM))
    afterwards = explain(world, again, command).circumstances

    assert while_paused.pause is not None
    assert while_paused.pause.note.value == "runs wild"
    assert afterwards == Circumstances(command=cmd.Reserve)


@pytest.mark.parametrize(
    ("tool", "why", "path", "pattern"),
    [
        ("fetch", ToolRefusal.DISABLED, "acme", ""),
        ("shell_sh", ToolRefusal.DENIED, SCOUT, "shell*"),
        ("paint", ToolRefusal.NOT_LISTED, TEAM, ""),
        ("", ToolRefusal.NOT_LISTED, TEAM, ""),
    ],
)
def test_explained__tool(tool, why, path, pattern):
    """R58, R59, R81: which tool, which rule, whose list, and what of it; also of the culprit of a group."""
    world = acme(USD=15)
    world.do(
        set_tool("fetch", enabled=False),
        set_tool_rules(SCOUT, denied="shell*"),
        set_tool_rules(TEAM, allowed="web_* fetch shell*"),
    )
    alone = use(tool, SCOUT, USD=1)

    refusals = [ask(world, command) for command in (alone, group(use("web_search", SCOUT, 2, USD=1), alone))]

    told = Circumstances(tool=ToolRefused(tool, why, path, pattern), command=cmd.Reserve)
    assert [refusal.circumstances for refusal in refusals] == [told, told]
    assert [(refusal.reason, refusal.path) for refusal in refusals] == [(Reason.TOOL_NOT_ALLOWED, path)] * 2


# What a refused group created

NEW = f"{TEAM}/new"


@pytest.mark.parametrize("validate_only", [False, True], ids=["in earnest", "dry run"])
def test_explained__tool_of_what_was_taken_back(validate_only):
    """R44, R81: a list of a partition that is there says why not, also to one that the refused group created."""
    world = acme(USD=15)
    world.do(set_tool_rules(TEAM, denied="shell"))
    command = group(agent(NEW), use("shell", NEW, USD=1))

    refusal = explain(world, world.refused(command, validate_only=validate_only), command)

    assert (refusal.reason, refusal.path, refusal.ask) == (Reason.TOOL_NOT_ALLOWED, TEAM, "acme")
    assert refusal.circumstances.tool == ToolRefused("shell", ToolRefusal.DENIED, TEAM, "shell")


@pytest.mark.parametrize(
    "items",
    [
        (pause(NEW), reserve(NEW, USD=1)),
        (set_tool_rules(NEW, denied="shell"), use("shell", NEW, USD=1)),
        (new_cap(NEW, 1), reserve(NEW, USD=2)),
        (new_cap(NEW, 1), fund(1), reserve(NEW, USD=2)),
        (reserve(f"{NEW}/nobody", USD=1),),
    ],
    ids=["pause", "list", "cap", "cap, bound", "partition"],
)
def test_explained__what_was_taken_back_says_nothing(items):
    """R44, R81: what the refused group created itself is no reason that anybody could look up, nor is its partition."""
    world = acme(USD=15)
    command = group(team(NEW), *items)

    refusal = ask(world, command)

    assert refusal.path.startswith(NEW)
    assert refusal.ask in {"", TEAM}
    assert refusal.circumstances == Circumstances(scale=refusal.circumstances.scale, command=cmd.Reserve)


def test_explained__what_came_to_its_number_since():
    """R44, R81: a repeat of a bound refusal does not show a cap that has the number of the one that was taken back."""
    world = acme(USD=15)
    command, key = group(team(NEW), new_cap(NEW, 1), reserve(NEW, 1, USD=2)), uuid7(world.now, 1)
    refused = world.ask(command, request_id=key)
    assert isinstance(refused, Rejected)
    cap(world.book, TEAM, refused.cap_id)

    again = explain(world, replace(refused, replayed=True), command)

    assert again.circumstances.cap is None


# Whom to ask


def test_explained__whom_to_ask():
    """R81: the coordinators of the nearest open partition above the one whose rule said no; of the root, its own."""
    world = acme(USD=15)
    world.do(set_tool_rules(SCOUT, denied="shell"), pause(CLERK), set_tool("fetch"), set_tool("fetch", version=1))

    said = {
        "tool": ask(world, use("shell", SCOUT, USD=1)),
        "estimate": ask(world, use("fetch", SCOUT)),
        "pause": ask(world, reserve(CLERK, USD=1)),
    }
    world.do(set_tool("fetch", version=2, enabled=False))
    said["disabled"] = ask(world, use("fetch", SCOUT, USD=1))
    world.do(close(TEAM, cascade=True))
    said["closed"] = ask(world, reserve(SCOUT, USD=1))

    assert {name: refusal.ask for name, refusal in said.items()} == {
        "tool": TEAM,
        "estimate": "acme",
        "pause": TEAM,
        "disabled": "acme",
        "closed": "acme",
    }


# Who may be told


def governed() -> World:
    """`acme`, where `ann` has a role on the agent only, `lead` on the team."""
    world = acme(USD=15)
    world.do(appoint("boss", "acme", PrincipalRole.ADMIN))
    world.ask(appoint("ann", SCOUT, PrincipalRole.AGENT), principal="boss")
    world.ask(appoint("lead", TEAM, PrincipalRole.AUDITOR), principal="boss")
    return world


def test_redacted__a_cap_above():
    """R81: of a cap that the principal may not read: that it is full, until when, and which role to ask. No more."""
    world = governed()
    cap(world.book, TEAM)
    counter(world, 1000, world.now, world.now + HOUR)
    refusal = Rejected(Reason.CAP_REACHED, TEAM, "USD", 16, 2, cap_id=CAP)

    told = explain(world, refusal, principal="ann")

    assert told == Rejected(Reason.CAP_REACHED, role="COORDINATOR")
    assert told.circumstances == Circumstances(reset_at=world.now + HOUR)
    assert explain(world, refusal, principal="lead").cap_id == CAP


def test_redacted__a_cap_that_is_named_elsewhere():
    """R81: a cap is hidden by where it sits, whatever partition the refusal names."""
    world = governed()
    cap(world.book, TEAM)

    told = explain(world, Rejected(Reason.CAP_REACHED, SCOUT, "USD", 16, 2, cap_id=CAP), principal="ann")

    assert (told.path, told.cap_id, told.circumstances.cap) == ("", 0, None)


def test_redacted__work_of_a_scope_above():
    """R81: of work in a scope that the principal may not read: that it is taken, until when, and which role to ask."""
    world = governed()
    refusal = claim(world, assignee_id=world.book.ids[CLERK], assigned_until=99)

    told = explain(world, refusal, principal="ann")

    assert told == Rejected(Reason.WORK_CLAIMED, role="COORDINATOR")
    assert told.circumstances == Circumstances(reset_at=99)
    assert explain(world, refusal, principal="lead").circumstances.claim is not None


def test_redacted__ones_own():
    """R81: of what the principal has a role on everything is told."""
    world = governed()

    refusal = Rejected(Reason.BUDGET_EXHAUSTED, SCOUT, "USD", 16, 15, TEAM)

    told = explain(world, refusal, reserve(SCOUT, USD=16), principal="ann")

    assert told == refusal
    assert told.circumstances.fits == 15


def test_redacted__missing_authority():
    """R81, R83: whoever has no role is told which one, and not whether or where something is."""
    world = governed()
    denied = Rejected(Reason.PERMISSION_DENIED, CLERK, role="AGENT", culprit=1)

    assert explain(world, denied, principal="ann") == replace(denied, path="")


def test_redacted__anothers_reservation():
    """R81: an id that is taken may be another partition's, whose reservation is not shown."""
    world = governed()
    world.ask(reserve(CLERK, 1, USD=1), principal="boss")
    taken = Rejected(Reason.RESERVATION_ID_TAKEN, SCOUT, reservation_id=reservation_id(1))

    told = {who: explain(world, taken, principal=who) for who in ("ann", "lead")}

    assert told["ann"] == told["lead"] == taken
    assert told["ann"].circumstances.reservation is None
    assert told["lead"].circumstances.reservation == (world.reservation(), CLERK)


@pytest.mark.parametrize("reason", Reason)
def test_redacted__no_reason_leaks(reason):
    """R81: whatever the reason, of a partition that the principal may not read nothing is left but what is public."""
    world = governed()
    facts = Rejected(
        reason, TEAM, "USD", 16, 2, "acme", "r", cap_id=7, claim="2/x", escalation_id=9, position=5, culprit=1
    )

    told = redacted(world.book, replace(facts, circumstances=Circumstances(9, 5, fits=7, reset_at=3)), "ann")

    assert told == Rejected(reason, role="COORDINATOR", position=5, culprit=1)
    assert told.circumstances == Circumstances(reset_at=3)


def test_redacted__nobody_has_a_role():
    """R81, R83: while nobody was given a role, whoever is let in may know everything."""
    world = acme(USD=15)
    refusal = Rejected(Reason.CAP_REACHED, TEAM, "USD", 16, 2, cap_id=7)

    assert redacted(world.book, refusal, "ann") is refusal
