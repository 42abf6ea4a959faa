"""Answers about tools and who may use them."""

from ledger.core import events as ev
from ledger.core.outcomes import Accepted
from ledger.rpc import resources
from ledger.rpc.answers.receipts import only, receipt
from tallystick.v1 import tools_pb2


def tool_set(name: str, accepted: Accepted) -> tools_pb2.SetToolResponse:
    """The tool as it is in the catalogue."""
    event, _ = only(accepted, ev.ToolSet)
    wire = tools_pb2.Tool(
        name=event.name,
        estimate=resources.amounts(event.estimate),
        enabled=event.enabled,
        etag=str(event.version),
    )
    return tools_pb2.SetToolResponse(receipt=receipt(name, accepted), tool=wire)


def tool_deleted(name: str, accepted: Accepted) -> tools_pb2.SetToolResponse:
    """The tool as one that is in no catalogue."""
    event, _ = only(accepted, ev.ToolDeleted)
    wire = tools_pb2.Tool(name=event.name, etag=str(event.version), deleted=True)
    return tools_pb2.SetToolResponse(receipt=receipt(name, accepted), tool=wire)


def tool_rules_set(name: str, accepted: Accepted) -> tools_pb2.SetToolRulesResponse:
    """The partition's lists."""
    event, _ = only(accepted, ev.ToolRulesSet)
    wire = tools_pb2.ToolRules(
        partition=event.path, allowed=event.allowed, denied=event.denied, etag=str(event.version)
    )
    return tools_pb2.SetToolRulesResponse(receipt=receipt(name, accepted), rules=wire)
