"""Events and their signatures."""

import json

from ledger.webhooks.messages import headers, message
from tallystick.v1 import journal_pb2
from tests.webhooks.receiver import SECRET, genuine

ENTRY = journal_pb2.Entry(
    position=7,
    kind="Funded",
    version=1,
    principal="ann",
    event_json='{"path":"acme"}',
    texts={"note": "für Juni"},
    postings=[
        journal_pb2.Posting(
            partition="acme", unit="USD", role="ACCOUNT_ROLE_AVAILABLE", amount=5, balance=2**60, version=1
        )
    ],
)
ENTRY.time.FromMicroseconds(1_769_882_400_000_001)


def test_message__is_a_cloud_event():
    """R90: the id is organization, incarnation and position; the data is the entry as the wire's JSON has it."""
    made = message("acme", 3, "acme", ENTRY)
    event = json.loads(made.body)

    data = event.pop("data")
    assert event == {
        "specversion": "1.0",
        "id": "acme/3/7",
        "source": "/tallystick/acme",
        "type": "tallystick.v1.Funded",
        "subject": "acme",
        "time": "2026-01-31T18:00:00.000001Z",
        "datacontenttype": "application/json",
    }
    assert (data["position"], data["texts"]["note"], data["postings"][0]["balance"]) == ("7", "für Juni", str(2**60))


def test_headers__signed():
    """Whoever has the secret can tell that body, id and time are the sender's; a changed bit is found."""
    import time

    made = message("acme", 1, "acme", ENTRY)
    signed = headers(made, SECRET, int(time.time()))

    assert genuine(signed, made.body)
    assert not genuine(signed, made.body.replace(b"acme", b"acmd"))
    assert not genuine({**signed, "webhook-id": "acme/1/8"}, made.body)
    assert not genuine(headers(made, b"another secret of twenty-four", int(time.time())), made.body)
    assert not genuine(headers(made, SECRET, 1), made.body)
    assert signed["content-type"].startswith("application/cloudevents+json")


def test_headers__a_known_signature():
    """The signature is that of the Standard Webhooks specification's own example."""
    import base64

    from ledger.webhooks.messages import Message, signature

    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    known = Message("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}')

    assert signature(known, secret, 1614265330) == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
