"""Requests about tools and who may use them, as the commands they ask for."""

from ledger.core import commands as cmd
from ledger.rpc import values
from tallystick.v1 import tools_pb2


def set_tool(message: tools_pb2.SetToolRequest) -> cmd.SetTool:
    """The estimate's units are distinct."""
    estimate = values.amounts(message.estimate, "estimate")
    return cmd.SetTool(message.name, estimate, not message.disabled, int(message.etag))


def delete_tool(message: tools_pb2.DeleteToolRequest) -> cmd.DeleteTool:
    """By its name."""
    return cmd.DeleteTool(message.name, int(message.etag))


def set_tool_rules(message: tools_pb2.SetToolRulesRequest) -> cmd.SetToolRules:
    """Both lists whole; what a list says twice it says once."""
    allowed, denied = tuple(dict.fromkeys(message.allowed)), tuple(dict.fromkeys(message.denied))
    return cmd.SetToolRules(message.partition, allowed, denied, int(message.etag))
