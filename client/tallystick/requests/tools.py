"""What agents may call, and at which estimate."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick import governance_readings, methods
from tallystick.amounts import AmountLike, quantities
from tallystick.governance import Tool, ToolRules
from tallystick.requests.describe import Request, Scales, name_request, organization_of, to_wire
from tallystick.v1 import tools_pb2


def set_tool(
    organization: str,
    name: str,
    *estimate: AmountLike,
    enabled: bool = True,
    etag: str = "0",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[Tool]:
    """Put a tool into the catalogue, or change it, for every connected agent at once.

    Args:
        organization: Whose catalogue.
        name: The tool's, as reservations have it.
        estimate: What a reservation without amounts is to hold; none where amounts must be given.
        enabled: Otherwise no reservation for it is admitted.
        etag: The version that was read; `0` for a tool that is not in the catalogue.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.
    """
    wanted = quantities(estimate)
    request_id = name_request(request_id, validate_only=validate_only)

    def build(scales: Scales) -> tools_pb2.SetToolRequest:
        return tools_pb2.SetToolRequest(
            organization=organization,
            name=name,
            estimate=to_wire(wanted, scales),
            disabled=not enabled,
            etag=etag,
            request_id=request_id,
            validate_only=validate_only,
        )

    return Request(methods.SET_TOOL, organization, build, _changed, request_id)


def delete_tool(
    organization: str, name: str, *, etag: str, request_id: str = "", validate_only: bool = False
) -> Request[Tool]:
    """Take a tool out of the catalogue, if nobody changed it since `etag` was read."""
    request_id = name_request(request_id, validate_only=validate_only)
    message = tools_pb2.DeleteToolRequest(
        organization=organization, name=name, etag=etag, request_id=request_id, validate_only=validate_only
    )
    return Request(methods.DELETE_TOOL, organization, lambda _: message, _changed, request_id)


def tools(organization: str) -> Request[tuple[Tool, ...]]:
    """List an organization's catalogue of tools, by name."""
    return Request(
        methods.LIST_TOOLS,
        organization,
        lambda _: tools_pb2.ListToolsRequest(organization=organization),
        lambda answer, scales: tuple(governance_readings.tool(one, scales) for one in answer.tools),
    )


def set_tool_rules(
    partition: str,
    *,
    allowed: Iterable[str] = (),
    denied: Iterable[str] = (),
    etag: str = "0",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[ToolRules]:
    """Say which tools may be used at and below a partition; lists above it hold too.

    Args:
        partition: Path of the partition.
        allowed: Names, or beginnings that end in `*`. Not empty: only these, and no reservation without a tool.
        denied: Likewise, what may not be used, whatever is allowed.
        etag: The version that was read; `0` where none were ever set.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.
    """
    request_id = name_request(request_id, validate_only=validate_only)
    message = tools_pb2.SetToolRulesRequest(
        partition=partition,
        allowed=_names(allowed),
        denied=_names(denied),
        etag=etag,
        request_id=request_id,
        validate_only=validate_only,
    )
    return Request(
        methods.SET_TOOL_RULES,
        organization_of(partition),
        lambda _: message,
        lambda answer, _: governance_readings.tool_rules(answer.rules, answer.receipt),
        request_id,
    )


def tool_rules(partition: str) -> Request[tuple[ToolRules, ...]]:
    """Say which lists bind a partition, from the root downwards; its own, perhaps empty, are the last."""
    return Request(
        methods.GET_TOOL_RULES,
        organization_of(partition),
        lambda _: tools_pb2.GetToolRulesRequest(partition=partition),
        lambda answer, _: tuple(governance_readings.tool_rules(one) for one in answer.rules),
    )


def _names(given: Iterable[str]) -> list[str]:
    """A name alone is one, not its letters."""
    return [given] if isinstance(given, str) else list(given)


def _changed(answer: tools_pb2.SetToolResponse, scales: Scales) -> Tool:
    return governance_readings.tool(answer.tool, scales, answer.receipt)
