from ledger.rpc.requests import fingerprint_of, to_request
from tallystick.v1 import partitions_pb2, reservations_pb2
from tests.rpc.samples import ID, RESERVE


def test_fingerprint_of__method_and_fields():
    """Another method, another field or another value is another body; the order of labels and a dry run are not."""
    amount, other = {"unit": "USD", "parts": 5}, {"unit": "USD", "parts": 6}
    base = {"organization": "acme", "request_id": ID}
    prints = [
        fingerprint_of(message)
        for message in (
            partitions_pb2.FundRequest(**base, amount=amount),  # type: ignore[arg-type]
            partitions_pb2.DefundRequest(**base, amount=amount),  # type: ignore[arg-type]
            partitions_pb2.FundRequest(**base, amount=other),  # type: ignore[arg-type]
            partitions_pb2.FundRequest(**base, amount=amount, note="x"),  # type: ignore[arg-type]
        )
    ]
    labels = {f"k{n}": str(n) for n in range(8)}
    one = reservations_pb2.ReserveRequest(labels=labels)
    two = reservations_pb2.ReserveRequest(labels=dict(reversed(labels.items())))
    dry = reservations_pb2.ReserveRequest(labels=labels, validate_only=True)

    assert len(set(prints)) == len(prints)
    assert fingerprint_of(one) == fingerprint_of(two) == fingerprint_of(dry)
    assert dry.validate_only


def test_fingerprint__of_the_claim():
    """R38: another claim is another body."""
    other = reservations_pb2.ReserveRequest()
    other.CopyFrom(RESERVE)
    other.claim.key = "other"

    assert to_request(other, "ann").fingerprint != to_request(RESERVE, "ann").fingerprint
