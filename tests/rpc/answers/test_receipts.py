from ledger.core import events as ev
from ledger.core.partitions import Kind
from ledger.core.texts import Text
from ledger.rpc.answers.receipts import receipt
from tests.rpc.world import accepted, plain


def test_receipt__of_what_took_effect():
    """A receipt says where and when; a dry run's says that it was none."""
    event = ev.PartitionCreated("acme/x", 1, Kind.AGENT, Text())

    assert plain(receipt("acme", accepted(event, replayed=True))) == {
        "organization": "acme",
        "position": "7",
        "time": "1970-01-01T00:00:01Z",
        "replayed": True,
    }
    assert plain(receipt("acme", accepted(event, validate_only=True))) == {
        "organization": "acme",
        "time": "1970-01-01T00:00:01Z",
        "validate_only": True,
    }
