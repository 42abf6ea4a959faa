import json

import pytest

from tests.rpc.world import SCOUT, USD, Wire, usd


async def test_list__entries_as_they_are_stored(acme: Wire):
    """An entry says what happened, who asked, and its legs with the balances afterwards."""
    answer = await acme.call("Fund", organization="acme", amount=usd(3), note="for June")

    listed = await acme.call("ListEntries", organization="acme", from_position=answer.receipt.position)

    (entry,) = listed.entries
    assert (entry.position, entry.kind, entry.version, entry.principal) == (10, "Funded", 1, "local")
    assert entry.time == answer.receipt.time
    assert json.loads(entry.event_json)["path"] == "acme"
    assert "June" not in entry.event_json
    assert dict(entry.texts) == {"note": "for June"}
    assert [(leg.partition, leg.unit, leg.amount, leg.balance) for leg in entry.postings] == [
        ("acme", "USD", -3 * USD, -103 * USD),
        ("acme", "USD", 3 * USD, 48 * USD),
    ]
    assert len(entry.digest) == 32
    assert listed.position == 10


async def test_list__pages_without_gap(acme: Wire):
    """Pages follow each other without gap or repetition, also while the journal grows."""
    found, token = [], ""
    while True:
        page = await acme.call("ListEntries", organization="acme", page_size=2, page_token=token)
        found += [entry.position for entry in page.entries]
        token = page.next_page_token
        if len(found) == 2:
            await acme.call("Fund", organization="acme", amount=usd(1))
        if not token:
            break

    assert found == list(range(1, 11))


async def test_list__by_kind_and_partition(acme: Wire):
    """Entries are found by kind, and by the partitions that they are about."""
    await acme.call("Reserve", partition=SCOUT, amounts=[usd(1)])

    async def kinds(**filters: object) -> list[str]:
        answer = await acme.call("ListEntries", **{"organization": "acme", **filters})  # type: ignore[arg-type]
        return [entry.kind for entry in answer.entries]

    assert await kinds(kinds=["ReservationOpened"]) == ["ReservationOpened"]
    assert await kinds(kinds=["Funded"]) == ["Funded"] * 2
    assert await kinds(partition=SCOUT) == ["PartitionCreated", "Allocated", "Allocated", "ReservationOpened"]


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        ({"organization": "nobody"}, "ORGANIZATION_NOT_FOUND"),
        ({"organization": "acme", "partition": "acme/nobody"}, "PARTITION_NOT_FOUND"),
        ({"organization": "acme", "partition": "other/x"}, "INVALID_REQUEST"),
        ({"organization": "acme", "min_position": 99, "seconds": 0.2}, "POSITION_NOT_REACHED"),
    ],
)
async def test_list__nothing_there(acme: Wire, filters, reason):
    """What does not exist, or not yet, is an error and not an empty list."""
    assert (await acme.fails("ListEntries", **filters)).reason == reason


async def test_list__token_of_another_filter(acme: Wire):
    """A token is good for its own list only."""
    first = await acme.call("ListEntries", organization="acme", page_size=1)

    error = await acme.fails("ListEntries", organization="acme", kinds=["Funded"], page_token=first.next_page_token)

    assert error.reason == "PAGE_TOKEN_INVALID"


async def test_list_entries__no_such_kind(acme):
    """A kind that does not exist is a mistake to be told of, not a list of nothing."""
    error = await acme.fails("ListEntries", organization="acme", kinds=["Funded", "Fundet"])

    assert "is no kind of entry" in error.violations["kinds[1]"]
