"""Who may ask for what: every command, every role, at every place in the tree."""

import typing
from typing import Final

import pytest

from ledger.core import commands as cmd
from ledger.core.authority import LOCAL, acts_alone, forbidden, may_read, role_on
from ledger.core.outcomes import Accepted, Reason, Rejected
from ledger.core.roles import PrincipalRole
from tests import builders
from tests.builders import (
    CLERK,
    SCOUT,
    TEAM,
    World,
    acme,
    agent,
    appoint,
    commit,
    escalate,
    expire,
    forward,
    fund,
    group,
    pause,
    release,
    reserve,
    resume,
    uuid7,
)
from tests.core.governed import NEEDS, asked, cap

SALES: Final = "acme/sales"
PLACES: Final = ("acme", TEAM, SCOUT, CLERK, SALES)
"""The root, the team, the agent that all commands are about, its sibling, and the team's."""

COMMANDS: Final = [pytest.param(*row, id=f"{number}-{type(row[0]).__name__}") for number, row in enumerate(NEEDS)]


def governed() -> World:
    """`acme` with somebody who is its admin, a reservation, a cap and an escalation of the agent."""
    world = acme(USD=15)
    world.do(agent(SALES), reserve(SCOUT, 1, USD=5), appoint("boss", "acme", PrincipalRole.ADMIN))
    cap(world.book, SCOUT)
    asked(world.book)
    world.book.keep()
    return world


@pytest.fixture(scope="module")
def everybody() -> World:
    """The same, with a principal for each role and place, called by both."""
    world = governed()
    for path in PLACES:
        for role in PrincipalRole:
            world.ask(appoint(f"{role.name} {path}", path, role), principal="boss")
    return world


def test_needs__every_command():
    """R83: what each command needs is said, and tried."""
    assert {type(command) for command, _, _ in NEEDS} == set(typing.get_args(cmd.Single))


@pytest.mark.parametrize(("command", "needed", "place"), COMMANDS)
def test_forbidden__every_role_everywhere(everybody, command, needed, place):
    """R83: a role of that kind or a greater one, on the place or above it; not below it, nor beside it."""
    said = {
        (path, role): forbidden(everybody.book, f"{role.name} {path}", command)
        for path in PLACES
        for role in PrincipalRole
    }

    denied = Rejected(Reason.PERMISSION_DENIED, place, role=needed.name)
    above = [path for path in PLACES if place == path or place.startswith(f"{path}/")]
    assert said == {(path, role): None if role >= needed and path in above else denied for path, role in said}


@pytest.mark.parametrize(("command", "needed", "place"), COMMANDS)
def test_forbidden__denied_without_a_trace(command, needed, place):
    """R83, R39: whoever was given no role is denied; nothing is bound, nothing is written."""
    world = governed()
    position, known = world.book.position, dict(world.known)

    refusal = world.refused(command, principal="mallory")

    assert refusal == Rejected(Reason.PERMISSION_DENIED, place, role=needed.name)
    assert (world.book.position, world.known) == (position, known)


@pytest.mark.parametrize("principal", [LOCAL, ""])
@pytest.mark.parametrize(("command", "needed", "place"), COMMANDS)
def test_forbidden__nothing_to_owners(everybody, principal, command, needed, place):
    """R83: whoever is on this machine, and the service itself, may do everything."""
    assert forbidden(everybody.book, principal, command) is None


@pytest.mark.parametrize(("command", "needed", "place"), COMMANDS)
def test_forbidden__nothing_where_nobody_has_a_role(command, needed, place):
    """R83: while nobody was ever given a role, whoever is let in may do everything."""
    world = acme(USD=15)
    world.do(reserve(SCOUT, 1, USD=5))

    assert forbidden(world.book, "mallory", command) is None


@pytest.mark.parametrize("command", [commit(7), cmd.DeleteCap(7, 1), cmd.DenyEscalation(7, fund(1).note)])
def test_forbidden__what_does_not_exist(everybody, command):
    """R83: of what is not there nobody knows a partition; the command's own rule says that it is not there."""
    assert forbidden(everybody.book, "mallory", command) is None


def test_forbidden__a_partition_that_does_not_exist(everybody):
    """R83: of a path that is not there the roles above it count, so nobody finds out by asking what there is."""
    command = reserve(f"{TEAM}/nobody", USD=1)

    assert forbidden(everybody.book, f"COORDINATOR {TEAM}", command) is None
    assert forbidden(everybody.book, f"COORDINATOR {SCOUT}", command) is not None


def test_forbidden__whoever_paused_may_resume(everybody):
    """R83: a coordinator of the partition itself may take back its own pause, and nobody else's."""
    here, above = f"COORDINATOR {SCOUT}", f"COORDINATOR {TEAM}"
    world = governed()
    for principal, path in ((here, SCOUT), (above, TEAM)):
        world.ask(appoint(principal, path, PrincipalRole.COORDINATOR), principal="boss")

    assert isinstance(world.ask(pause(SCOUT), principal=here), Accepted)
    assert isinstance(world.ask(resume(SCOUT), principal=here), Accepted)
    assert isinstance(world.ask(pause(SCOUT), principal=above), Accepted)
    assert world.refused(resume(SCOUT), principal=here).reason is Reason.PERMISSION_DENIED
    assert world.refused(resume(SCOUT), principal=here).reason is Reason.PERMISSION_DENIED


def test_forbidden__groups_name_the_culprit(everybody):
    """R44, R83: the first item that its principal may not ask for denies the group."""
    world = governed()
    world.ask(appoint("ann", SCOUT, PrincipalRole.AGENT), principal="boss")
    position = world.book.position

    refusal = world.refused(group(release(1), fund(1), fund(2)), principal="ann")

    assert refusal == Rejected(Reason.PERMISSION_DENIED, "acme", role="ADMIN", culprit=1)
    assert world.book.position == position


def test_role_on__the_greatest_above():
    """R83: of several roles at and above a partition the greatest counts."""
    world = governed()
    for path, role in (
        ("acme", PrincipalRole.AUDITOR),
        (TEAM, PrincipalRole.COORDINATOR),
        (SCOUT, PrincipalRole.AGENT),
    ):
        world.ask(appoint("ann", path, role), principal="boss")

    roles = {path: role_on(world.book, "ann", path) for path in ("acme", TEAM, SCOUT, CLERK, SALES, "other")}

    assert roles == {
        "acme": PrincipalRole.AUDITOR,
        TEAM: PrincipalRole.COORDINATOR,
        SCOUT: PrincipalRole.COORDINATOR,
        CLERK: PrincipalRole.COORDINATOR,
        SALES: PrincipalRole.AUDITOR,
        "other": PrincipalRole.NONE,
    }


@pytest.mark.parametrize("role", PrincipalRole)
def test_may_read__any_role(everybody, role):
    """R81: whoever has any role on a partition or above may be told of it."""
    principal = f"{role.name} {SCOUT}"

    assert may_read(everybody.book, principal, SCOUT) is (role is not PrincipalRole.NONE)
    assert not may_read(everybody.book, principal, TEAM)


def test_acts_alone__while_nobody_else_could_be_asked(everybody):
    """R84: where nobody has ever been given a role, one's own escalation is one's own to decide."""
    assert acts_alone(acme(USD=15).book, "ann")
    assert acts_alone(everybody.book, LOCAL)
    assert not acts_alone(everybody.book, "boss")


def test_forbidden__cap_that_is_no_more():
    """R83: of a deleted cap everybody hears that it is not there, whether or not the book still knows where it was."""
    world = acme(USD=10)
    world.do(builders.cap(TEAM, 5))
    cap_id = world.book.position
    world.do(builders.delete_cap(cap_id))
    world.give_role("bob", TEAM, PrincipalRole.COORDINATOR)

    refused = world.refused(builders.delete_cap(cap_id), principal="eve")

    assert refused.reason is Reason.CAP_NOT_FOUND


def test_forbidden__a_pause_from_above():
    """R83: whoever coordinates below cannot lift a pause by making it their own first."""
    world = acme(USD=15)
    for principal, path in (("boss", "acme"), ("lead", TEAM)):
        world.ask(appoint(principal, path, PrincipalRole.COORDINATOR), principal=LOCAL)
    for principal, command in (("boss", pause(TEAM)), ("lead", pause(TEAM))):
        assert isinstance(world.ask(command, principal=principal), Accepted)

    assert world.refused(resume(TEAM), principal="lead").reason is Reason.PERMISSION_DENIED
    assert isinstance(world.ask(resume(TEAM), principal="boss"), Accepted)


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("command", ["forward", "resume", "give up"])
def test_forbidden__not_the_repeat_of_what_cost_the_right(command, grouped):
    """R38, R83: whoever forwarded, resumed, or gave a role away is told so again, though they may not ask anew."""
    world = acme(USD=15)
    for principal, path in (("boss", "acme"), ("lead", TEAM)):
        role = PrincipalRole.ADMIN if principal == "boss" else PrincipalRole.COORDINATOR
        world.ask(appoint(principal, path, role), principal=LOCAL)
    world.ask(pause(TEAM), principal="lead")
    world.ask(escalate(SCOUT, 5), principal="lead")
    asks: dict[str, tuple[str, cmd.Single]] = {
        "forward": ("lead", forward(world.book.position)),
        "resume": ("lead", resume(TEAM)),
        "give up": ("boss", appoint("boss", "acme", PrincipalRole.NONE)),
    }
    principal, single = asks[command]
    asked_for = group(single) if grouped else single
    key = uuid7(world.now, 10**6)

    first = world.ask(asked_for, principal=principal, request_id=key)
    again = world.ask(asked_for, principal=principal, request_id=key)
    anew = world.refused(asked_for, principal=principal)

    assert isinstance(first, Accepted)
    assert again == Accepted(first.entries, replayed=True)
    assert anew.reason is Reason.PERMISSION_DENIED


def test_forbidden__other_repeats():
    """R83: whoever has lost a role otherwise is told nothing again, not even what they once did."""
    world = acme(USD=15)
    world.ask(appoint("bot", SCOUT, PrincipalRole.AGENT), principal=LOCAL)
    key = uuid7(world.now, 10**6)
    first = world.ask(reserve(SCOUT, 1, USD=5), principal="bot", request_id=key)
    world.ask(appoint("bot", SCOUT, PrincipalRole.NONE), principal=LOCAL)

    again = world.refused(reserve(SCOUT, 1, USD=5), principal="bot", request_id=key)

    assert isinstance(first, Accepted)
    assert again.reason is Reason.PERMISSION_DENIED


def test_forbidden__what_the_group_itself_opened():
    """R83: what an item opens needs the same roles from those after it as if it had been there."""
    world = acme(USD=15)
    world.do(appoint("bot", SCOUT, PrincipalRole.AGENT))

    refusal = world.refused(group(reserve(SCOUT, 1, USD=5), expire(1)), principal="bot")

    assert (refusal.reason, refusal.culprit, world.have(SCOUT)) == (Reason.PERMISSION_DENIED, 1, (15, 0, 0))
