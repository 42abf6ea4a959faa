"""Messages: an entry as an event, signed. The form is CloudEvents 1.0, the signature that of Standard Webhooks."""

import base64
import hashlib
import hmac
import json
from typing import Final, NamedTuple

from google.protobuf.json_format import MessageToDict

from tallystick.v1 import journal_pb2

CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"


class Message(NamedTuple):
    """What is sent for one entry.

    Attributes:
        event_id: Organization, incarnation and position: the same whenever the entry is sent.
        body: The event as JSON.
    """

    event_id: str
    body: bytes


def message(organization: str, incarnation: int, path: str, entry: journal_pb2.Entry) -> Message:
    """An entry as an event.

    Args:
        organization: Whose.
        incarnation: Of its journal.
        path: The partition that it is about.
        entry: As the wire has it; the event's data is its JSON.
    """
    event_id = f"{organization}/{incarnation}/{entry.position}"
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/tallystick/{organization}",
        "type": f"tallystick.v1.{entry.kind}",
        "subject": path,
        "time": entry.time.ToJsonString(),
        "datacontenttype": "application/json",
        "data": MessageToDict(entry, preserving_proto_field_name=True),
    }
    return Message(event_id, json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode())


def headers(made: Message, secret: bytes, at: int) -> dict[str, str]:
    """What goes before the body: among others the signature over id, time of sending and body.

    Args:
        made: What is sent.
        secret: Shared with the receiver.
        at: When, in seconds since 1970: a receiver refuses what is old, so that nobody can send it again later.
    """
    return {
        "content-type": CONTENT_TYPE,
        "user-agent": "tallystick",
        "webhook-id": made.event_id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{signature(made, secret, at)}",
    }


def signature(made: Message, secret: bytes, at: int) -> str:
    """HMAC-SHA256 over `id.timestamp.body`, in base64."""
    signed = f"{made.event_id}.{at}.".encode() + made.body
    return base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
