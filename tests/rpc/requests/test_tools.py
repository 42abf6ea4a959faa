import pytest

from ledger.core import commands as cmd
from ledger.core.amounts import Amount
from ledger.rpc.problems import InvalidRequest
from ledger.rpc.requests import to_request
from tallystick.v1 import tools_pb2
from tests.rpc.samples import ID, RESERVE


def test_set_tool__in_full():
    """R58: the estimate's amounts are of distinct units and more than zero; what is not disabled is enabled."""
    message = tools_pb2.SetToolRequest(
        organization="acme", name="search", estimate=RESERVE.amounts, disabled=True, etag="3", request_id=ID
    )

    assert to_request(message, "local").command == cmd.SetTool("search", (Amount("USD", 5),), False, 3)
    message.estimate.add(unit="USD", parts=5)
    with pytest.raises(InvalidRequest, match="estimate"):
        to_request(message, "local")


def test_set_tool_rules__each_once():
    """R59: a list has what it names once, in the order given."""
    message = tools_pb2.SetToolRulesRequest(
        partition="acme", allowed=["b", "a", "b"], denied=["c*"], etag="0", request_id=ID
    )

    assert to_request(message, "local").command == cmd.SetToolRules("acme", ("b", "a"), ("c*",), 0)
