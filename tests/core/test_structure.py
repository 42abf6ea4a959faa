from dataclasses import replace

import pytest

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.amounts import Unit
from ledger.core.outcomes import Reason, Rejected
from ledger.core.partitions import Kind
from ledger.core.paths import TEAM_DEPTH_MAX
from ledger.core.texts import Text
from tests.builders import HOUR, SCOUT, TEAM, World, acme, agent, close, create_organization, fund, team


def test_create_organization__with_its_root():
    """R9, R2: an organization begins with its units and an open root of its name."""
    world = World()

    entry = world.do(create_organization((Unit("USD", 9),))).entries[0]

    root = world.book.partition("acme")
    assert root is not None
    assert (root.kind, root.parent_id, root.closed, root.partition_id) == (Kind.ORGANIZATION, 0, False, entry.position)
    assert world.book.organization is not None
    assert world.book.organization.units == (Unit("USD", 9),)


def test_create_organization__twice():
    """R9: one that exists, or existed, is not created again."""
    world = World()
    world.do(create_organization())

    assert world.refused(create_organization()) == Rejected(Reason.ORGANIZATION_EXISTS, "acme")
    world.do(close("acme"))
    assert world.refused(create_organization()).reason is Reason.ORGANIZATION_EXISTS


def test_organization__not_found():
    """R9: any other command on a name without an organization is refused, and binds nothing."""
    world = World()

    assert world.refused(fund(1)) == Rejected(Reason.ORGANIZATION_NOT_FOUND, "acme")
    assert world.journal == []
    assert world.known == {}


def test_units__never_change():
    """R2: no command changes the units."""
    world = acme()
    assert world.book.organization is not None
    units = world.book.organization.units

    world.do(cmd.UpdateOrganization(1, "Europe/Berlin", Text("Acme"), 2 * HOUR))

    assert world.book.organization.units == units
    assert "units" not in cmd.UpdateOrganization.__slots__


def test_update_organization__by_version():
    """R10: an update carries the version that was read; what is left out stays."""
    world = acme()

    world.do(cmd.UpdateOrganization(1, None, Text("Acme"), None))
    refusal = world.refused(cmd.UpdateOrganization(1, "Europe/Berlin", None, None))
    world.do(cmd.UpdateOrganization(2, "Europe/Berlin", None, 2 * HOUR))

    assert refusal == Rejected(Reason.ETAG_MISMATCH, "acme")
    settings = world.book.organization
    assert settings is not None
    assert (settings.version, settings.time_zone, settings.display_name.value) == (3, "Europe/Berlin", "Acme")
    assert settings.reservation_life_max_us == 2 * HOUR


def test_update_partition__by_version():
    """R10: so does one of a partition; balances are not settings, and closing is."""
    world = acme(USD=15)

    world.do(cmd.UpdatePartition(SCOUT, 1, Text("Scout")))
    assert world.refused(cmd.UpdatePartition(SCOUT, 1, Text("Clerk"))) == Rejected(Reason.ETAG_MISMATCH, SCOUT)
    world.do(close(SCOUT))
    assert world.refused(cmd.UpdatePartition(SCOUT, 2, Text("Clerk"))).reason is Reason.ETAG_MISMATCH
    world.do(cmd.UpdatePartition(SCOUT, 3, Text("Clerk")))

    assert world.refused(cmd.UpdatePartition("acme/x", 1, Text())).reason is Reason.PARTITION_NOT_FOUND
    partition = world.book.partition(SCOUT)
    assert partition is not None
    assert (partition.version, partition.display_name.value, partition.closed) == (4, "Clerk", True)


def test_update_partition__watched():
    """R10: a mark is a setting like the name; what a command leaves out stays."""
    world = acme(USD=15)

    world.do(cmd.UpdatePartition(SCOUT, 1, Text("Scout"), watched=True))
    world.do(cmd.UpdatePartition(SCOUT, 2, Text("Clerk")))
    marked = world.book.partition(SCOUT)
    world.do(cmd.UpdatePartition(SCOUT, 3, None, watched=False))

    after = world.book.partition(SCOUT)
    assert marked is not None
    assert after is not None
    assert (marked.watched, marked.display_name.value) == (True, "Clerk")
    assert (after.watched, after.display_name.value) == (False, "Clerk")


def test_create_partition__never_reused():
    """R7: a path is never used twice, also not after a close."""
    world = acme(USD=15)
    world.do(close(SCOUT))

    assert world.refused(agent(SCOUT)) == Rejected(Reason.PARTITION_EXISTS, SCOUT)


def test_create_partition__kinds():
    """R8: an agent is a leaf."""
    world = acme()

    assert world.refused(agent(f"{SCOUT}/helper")) == Rejected(Reason.PARENT_IS_AGENT, SCOUT)


def test_create_partition__depth():
    """R8: teams lie at most eight deep; the deepest may still have agents."""
    world = acme()
    path = "acme"
    for _ in range(TEAM_DEPTH_MAX):
        path += "/t"
        world.do(team(path))

    assert world.refused(team(f"{path}/t")) == Rejected(Reason.DEPTH_EXCEEDED, f"{path}/t")
    world.do(agent(f"{path}/t"))


@pytest.mark.parametrize("path", ["acme/x/y", "other/x", "acme/researc/x"])
def test_create_partition__no_parent(path):
    """R7: the parent must exist, in this organization."""
    world = acme()

    assert world.refused(agent(path)).reason is Reason.PARTITION_NOT_FOUND


def test_create_partition__under_a_closed_one():
    """R32: a closed partition takes no child."""
    world = acme()
    world.do(close(TEAM, cascade=True))

    assert world.refused(agent(f"{TEAM}/new")) == Rejected(Reason.PARTITION_CLOSED, TEAM)


def test_create_partition__open_and_empty():
    """R7: a new partition is open and owns nothing; its id is its entry's position."""
    world = acme(USD=15)

    entry = world.do(replace(agent(f"{TEAM}/new"), display_name=Text("New"))).entries[0]

    partition = world.book.partition(f"{TEAM}/new")
    assert partition is not None
    assert isinstance(entry.event, ev.PartitionCreated)
    assert (partition.partition_id, partition.version, partition.closed) == (entry.position, 1, False)
    assert world.have(f"{TEAM}/new") == (0, 0, 0)
