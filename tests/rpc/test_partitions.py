from typing import Any

import pytest

from ledger.rpc import partitions
from tallystick.v1 import partitions_pb2, types_pb2
from tests.rpc.world import SCOUT, USD, Wire, new_id, plain, usd


async def _tree(acme: Wire) -> None:
    """Below acme: research (with scout), a, a-b, a/x, a/x/y; b closed with a closed child."""
    for path, kind in (
        ("a", "TEAM"),
        ("a/x", "TEAM"),
        ("a/x/y", "AGENT"),
        ("a-b", "TEAM"),
        ("b", "TEAM"),
        ("b/c", "AGENT"),
    ):
        await acme.call("CreatePartition", partition=f"acme/{path}", kind=f"PARTITION_KIND_{kind}")
    await acme.call("ClosePartition", partition="acme/b", cascade=True)


async def _paths(wire: Wire, **filters: Any) -> list[str]:
    """All pages of a list, put together."""
    found: list[str] = []
    token = ""
    while True:
        page = await wire.call("ListPartitions", page_token=token, **filters)
        found += [one.path for one in page.partitions]
        token = page.next_page_token
        if not token:
            return found


ALL = ["acme", "acme/a", "acme/a/x", "acme/a/x/y", "acme/a-b", "acme/b", "acme/b/c", "acme/research", SCOUT]


@pytest.mark.parametrize("page_size", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"partition": "acme", "show_closed": True}, ALL),
        ({"partition": "acme"}, [path for path in ALL if not path.startswith("acme/b")]),
        ({"partition": "acme", "levels_max": 1}, ["acme", "acme/a", "acme/a-b", "acme/research"]),
        ({"partition": "acme", "levels_max": 2}, ["acme", "acme/a", "acme/a/x", "acme/a-b", "acme/research", SCOUT]),
        ({"partition": "acme/a"}, ["acme/a", "acme/a/x", "acme/a/x/y"]),
        ({"partition": "acme/b"}, []),
        ({"partition": "acme/a/x/y", "levels_max": 3}, ["acme/a/x/y"]),
    ],
)
async def test_list__in_the_order_of_the_tree(acme: Wire, filters, expected, page_size):
    """A parent before its children, siblings by name, page after page, whatever is left out."""
    await _tree(acme)

    assert await _paths(acme, page_size=page_size, **filters) == expected


async def test_list__ends_early_among_closed_ones(acme: Wire, monkeypatch):
    """A page that passes over very many closed partitions ends early; the token goes on from there."""
    await _tree(acme)
    monkeypatch.setattr(partitions, "PASSED_OVER_MAX", 1)

    page = await acme.call("ListPartitions", partition="acme")

    assert page.next_page_token
    assert await _paths(acme, partition="acme") == [path for path in ALL if not path.startswith("acme/b")]


async def test_list__token_of_another_filter(acme: Wire):
    """A token is good for its own list only; page size and position may change on the way."""
    first = await acme.call("ListPartitions", partition="acme", page_size=1)

    again = await acme.call("ListPartitions", partition="acme", page_size=5, page_token=first.next_page_token)
    other = await acme.fails("ListPartitions", partition="acme/research", page_token=first.next_page_token)
    foreign = await acme.fails("ListReservations", partition="acme", page_token=first.next_page_token)

    assert [one.path for one in again.partitions] == ["acme/research", SCOUT]
    assert (other.reason, foreign.reason) == ("PAGE_TOKEN_INVALID", "PAGE_TOKEN_INVALID")


async def test_get__own_and_subtree(acme: Wire):
    """A reading of a partition gives its own accounts, and the sum of its own and all below it."""
    await acme.call("Reserve", partition=SCOUT, amounts=[usd(5)])

    answer = await acme.call("GetPartition", partition="acme/research")

    own = {one.unit: (one.available, one.reserved, one.spent) for one in answer.partition.own}
    subtree = {one.unit: (one.available, one.reserved, one.spent) for one in answer.partition.subtree}
    assert own == {"USD": (40 * USD, 0, 0), "tokens": (0, 0, 0)}
    assert subtree == {"USD": (50 * USD, 5 * USD, 0), "tokens": (100, 0, 0)}
    assert (answer.partition.open_children, answer.partition.open_reservations) == (1, 0)
    assert answer.position == 10


async def test_get__at_a_position(acme: Wire, told_early: float):
    """A read that asks for a position that is not reached waits, and says so in time."""
    position = (await acme.call("GetPartition", partition=SCOUT)).position

    assert (await acme.call("GetPartition", partition=SCOUT, min_position=position)).position == position
    error = await acme.fails("GetPartition", partition=SCOUT, min_position=position + 1, seconds=told_early)
    assert (error.reason, error.message) == ("POSITION_NOT_REACHED", f"the journal is at position {position}")


@pytest.mark.parametrize(
    ("partition", "reason"), [("nobody", "ORGANIZATION_NOT_FOUND"), ("acme/nobody", "PARTITION_NOT_FOUND")]
)
async def test_get__nothing_there(acme: Wire, partition, reason):
    """An organization or a partition that does not exist is not found, and named."""
    for method in ("GetPartition", "ListPartitions"):
        error = await acme.fails(method, partition=partition)
        assert (error.reason, error.message.partition(":")[0]) == (reason, partition)


async def test_create__as_created(acme: Wire):
    """The answer is the partition as created."""
    answer = await acme.call(
        "CreatePartition", partition="acme/new", kind="PARTITION_KIND_TEAM", display_name="Neu\u00fc"
    )
    read = (await acme.call("GetPartition", partition="acme/new")).partition

    assert answer.partition == read
    assert answer.receipt.time == read.create_time


async def test_update__by_etag(acme: Wire):
    """The settings change by version; the answer shows them with what the partition is."""
    mask = {"paths": ["display_name"]}
    answer = await acme.call("UpdatePartition", partition=SCOUT, etag="1", update_mask=mask, display_name="Scout")
    stale = await acme.fails("UpdatePartition", partition=SCOUT, etag="1", update_mask=mask, display_name="x")

    read = (await acme.call("GetPartition", partition=SCOUT)).partition
    for field in ("own", "subtree"):
        read.ClearField(field)
    assert (answer.partition, answer.partition.etag) == (read, "2")
    assert stale.reason == "ETAG_MISMATCH"


async def test_close__cascade(acme: Wire):
    """What was closed, leaves first, with what went up."""
    answer = await acme.call("ClosePartition", partition="acme/research", cascade=True, note="done")

    assert [(one.path, one.swept[0].parts) for one in answer.closed] == [(SCOUT, 15 * USD), ("acme/research", 55 * USD)]
    assert {one.state for one in answer.closed} == {partitions_pb2.PARTITION_STATE_CLOSED}


async def test_moves__both_sides(acme: Wire):
    """Every move says who gave, who received, and what each has afterwards."""
    amount = usd(5)

    fund = await acme.call("Fund", organization="acme", amount=amount)
    defund = await acme.call("Defund", organization="acme", amount=amount)
    allocate = await acme.call("Allocate", partition=SCOUT, amount=amount)
    reclaim = await acme.call("Reclaim", partition=SCOUT, amount=amount)

    told = []
    for answer in (fund, defund, allocate, reclaim):
        assert answer.amount == types_pb2.Amount(unit="USD", parts=5 * USD)
        told.append(
            (answer.from_partition, answer.from_available // USD, answer.to_partition, answer.to_available // USD)
        )
    assert told == [
        ("", 0, "acme", 50),
        ("acme", 45, "", 0),
        ("acme/research", 35, SCOUT, 20),
        (SCOUT, 15, "acme/research", 40),
    ]


async def test_moves__a_repeat_answers_the_same(acme: Wire):
    """Repeated under its request id, every move answers as before, marked as a repeat, whatever happened since."""
    request: dict[str, Any] = {"partition": SCOUT, "amount": usd(5), "request_id": new_id()}
    first = await acme.call("Allocate", **request)
    await acme.call("Allocate", partition=SCOUT, amount=usd(1))

    again = await acme.call("Allocate", **request)

    assert again.receipt.replayed
    again.receipt.replayed = False
    assert plain(again) == plain(first)


async def test_moves__dry_run(acme: Wire):
    """A dry run answers as the move would, at position 0, and moves nothing; no request id is needed."""
    answer = await acme.call("Allocate", partition=SCOUT, amount=usd(5), validate_only=True)

    assert (answer.receipt.position, answer.receipt.validate_only, answer.to_available) == (0, True, 20 * USD)
    assert (await acme.call("GetPartition", partition=SCOUT)).partition.own[0].available == 15 * USD
