from ledger.core import events as ev
from ledger.core.partitions import Kind, PartitionState
from ledger.core.texts import Text
from ledger.rpc.answers.partitions import partition_updated
from tests.rpc.world import accepted, plain

NAME = Text("Acme")


def test_partition_updated__state_of_then():
    """An update's answer says what the partition was at that moment."""
    event = ev.PartitionUpdated(3, "acme/x", Kind.TEAM, PartitionState.CLOSED, NAME, 2, 4_000_000)

    full = partition_updated("acme", accepted(event)).partition

    assert plain(full) == {
        "path": "acme/x",
        "display_name": "Acme",
        "etag": "2",
        "update_time": "1970-01-01T00:00:01Z",
        "kind": "PARTITION_KIND_TEAM",
        "state": "PARTITION_STATE_CLOSED",
        "create_time": "1970-01-01T00:00:04Z",
    }
