"""Plain calls of the client."""

import inspect
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import grpc
import pytest

import tallystick
from tallystick import requests
from tallystick.amounts import Amount
from tallystick.results import Balance, ReservationState
from tests.client.fake_service import Refusal

USD = 10**9


def test_client__plain_calls(service, client):
    """What a block does can be done call by call."""
    held = client.reserve("acme/scout", "0.25 USD", ttl=timedelta(minutes=2), labels={"a": "b"})
    client.settle_part(held, "0.05 USD")
    client.extend(held, datetime.now(UTC) + timedelta(minutes=5))
    settlement = client.commit(held.reservation_id, "0.12 USD", organization="acme")
    shown = client.get_reservation(settlement)

    assert held.held == (Amount("USD", 250_000_000, 9),)
    assert held.available == (Amount("USD", 14_750_000_000, 9),)
    assert settlement.units["USD"].actual == Decimal("0.12")
    assert (shown.state, shown.labels) == (ReservationState.COMMITTED, {"a": "b"})
    assert service.requests("Reserve")[0].ttl.seconds == 120


def test_client__units_are_asked_once(service, client):
    """The units never change, so one question is enough."""
    for _ in range(3):
        client.release(client.reserve("acme/scout", "0.25 USD"))

    assert service.count("GetOrganization") == 1


def test_client__unknown_unit(service, client):
    """A unit that the organization lacks is the same refusal that the ledger would give."""
    with pytest.raises(tallystick.UnitUnknown, match="it has USD, tokens"):
        client.reserve("acme/scout", "1 EUR")

    assert service.count("Reserve") == 0


def test_client__unknown_organization(client):
    """The units of an organization that does not exist cannot be asked for."""
    with pytest.raises(tallystick.OrganizationNotFound):
        client.reserve("nobody/scout", "1 USD")


def test_client__request_id(service, client):
    """The caller's request id names the effect; a repeat answers it."""
    name = tallystick.uuid7()

    first = client.charge("acme/scout", "1 USD", request_id=name)
    again = client.charge("acme/scout", "1 USD", request_id=name)

    assert (first.receipt.position, again.receipt.replayed) == (again.receipt.position, True)
    assert service.usd()[2] == USD


def test_client__validate_only(service, client):
    """What has no effect has no name."""
    service.refuse["Charge"] = Refusal(grpc.StatusCode.FAILED_PRECONDITION, "PARTITION_CLOSED")

    with pytest.raises(tallystick.PartitionClosed):
        client.charge("acme/scout", "1 USD", validate_only=True)

    (request,) = service.requests("Charge")
    assert (request.request_id, request.validate_only) == ("", True)


def test_client__get_partition(client):
    """A partition shows its balances in whole units."""
    partition = client.get_partition("acme/scout")

    assert partition.own["USD"] == Balance("USD", Decimal(15), Decimal(0), Decimal(0))
    assert partition.kind is tallystick.PartitionKind.AGENT


def test_client__list_partitions(service, client):
    """A list is walked page by page, as it is asked for."""
    walk = client.list_partitions("acme", page_size=2)

    assert next(walk).path == "acme"
    assert service.count("ListPartitions") == 1
    assert [one.path for one in walk] == ["acme/a", "acme/b", "acme/c", "acme/d"]
    assert service.count("ListPartitions") == 3


def test_client__pages_of_one_list(service, client):
    """All pages of a list are asked for alike, whatever happens meanwhile: a token is bound to its question."""
    client.charge("acme/scout", "1 USD")
    walk = client.list_partitions("acme", page_size=2)
    next(walk)
    client.charge("acme/scout", "1 USD")
    list(walk)

    assert len({request.min_position for request in service.requests("ListPartitions")}) == 1


def test_client__list_entries(client):
    """The journal is read by position."""
    assert [entry.kind for entry in client.list_entries("acme")] == ["OrganizationCreated"]


def test_client__reads_see_what_it_did(service, client):
    """A read asks for the newest position that this client has seen, whichever process answers it."""
    client.charge("acme/scout", "1 USD")
    client.get_partition("acme/scout")

    assert service.requests("GetPartition")[0].min_position == service.position


def test_client__journal_restored(service, make_client):
    """After a restore positions begin anew, and a client that saw later ones goes on."""
    client = make_client(retry_for=0.05)
    client.charge("acme/scout", "1 USD")
    service.position = 1
    service.incarnation = 2

    assert client.get_partition("acme/scout").position == 1


def test_client__position_not_reached(service, make_client):
    """A replica that stays behind is a fault."""
    client = make_client(retry_for=0.05)
    client.charge("acme/scout", "1 USD")
    service.position = 1

    with pytest.raises(tallystick.PositionNotReached):
        client.get_partition("acme/scout")


def test_batch__outcomes(service, client):
    """Each item has its own result, or the exception that its own call would have raised."""
    reserved, refused, moved = client.batch(
        "acme",
        [
            requests.reserve("acme/scout", "1 USD"),
            requests.reserve("acme/scout", "100 USD"),
            requests.allocate("acme/scout", "5 USD"),
        ],
    )

    assert reserved.held == (Amount("USD", USD, 9),)
    assert isinstance(refused, tallystick.BudgetExhausted)
    assert refused.request_id
    assert moved.amount == Amount("USD", 5 * USD, 9)
    assert service.usd() == (19 * USD, USD, 0)


def test_client__governance(service, client):
    """Every verb of governance goes to the ledger and comes back."""
    assert client.set_tool("acme", "search", "0.25 USD").enabled
    assert [str(one) for one in client.tools("acme")[0].estimate] == ["0.25 USD"]
    assert client.delete_tool("acme", "search", etag="1").deleted
    assert client.set_tool_rules("acme", allowed=["a"]).allowed == client.tool_rules("acme")[0].allowed
    assert client.pause("acme/scout").paused
    with pytest.raises(tallystick.PartitionPaused, match="PARTITION_PAUSED"):
        client.reserve("acme/scout", "1 USD")
    assert not client.resume("acme/scout").repeated
    asked = client.request_escalation("acme/scout", "1 USD", reason="why")
    assert client.escalation(asked).reason == "why"
    assert client.cancel_escalation(asked).state is tallystick.EscalationState.CANCELLED
    with pytest.raises(tallystick.EscalationDecided) as caught:
        client.approve(asked)
    assert caught.value.escalation_id == asked.escalation_id
    assert client.assign_work("acme", "k", "acme/scout").state is tallystick.ClaimState.ASSIGNED
    with pytest.raises(tallystick.WorkClaimed):
        client.reserve("acme/scout", "1 USD", claim="k")
    assert client.claim("acme", "k").assignee == "acme/scout"
    assert [one.key for one in client.claims("acme")] == ["k"]
    assert client.unassign_work("acme", "k").receipt.position == service.position
    assert client.claim("acme", "k").state is None
    with pytest.raises(tallystick.CapNotFound):
        client.delete_cap(7, etag="1", organization="acme")


def test_client__dry_runs(service, client):
    """A dry run is decided and answered, without effect and without a name."""
    held = client.reserve("acme/scout", "1 USD", validate_only=True)
    asked = client.request_escalation("acme/scout", "1 USD", validate_only=True)

    assert held.held == (Amount("USD", USD, 9),)
    assert asked.pending
    assert (service.usd(), service.escalations) == ((15 * USD, 0, 0), {})
    with pytest.raises(tallystick.BudgetExhausted):
        client.reserve("acme/scout", "100 USD", validate_only=True)


def test_client__closed(client):
    """After close nothing is called, and closing again is nothing."""
    client.server_info()
    client.close()
    client.close()

    with pytest.raises(tallystick.ClientClosed):
        client.server_info()


def test_client__with_block(service):
    """As a context manager it closes at the end."""
    with tallystick.Client(service.address) as client:
        client.server_info()

    with pytest.raises(tallystick.ClientClosed):
        client.server_info()


def test_client__close_with_refused(service, make_client):
    """Close hands back what a rule refused, and raises it; an error of the block itself comes first."""
    client = make_client()

    def work():
        with client, client.agent("acme/scout").reserve("0.01 USD") as hold:
            hold.commit("10 USD")

    with pytest.raises(tallystick.ActualImplausible) as caught:
        work()
    assert "has not taken a settlement" in caught.value.__notes__[0]


def test_client__shape():
    """Both clients have the same methods with the same arguments."""
    for name, member in vars(tallystick.Client).items():
        if inspect.isfunction(member) and not name.startswith("_"):
            other = getattr(tallystick.AsyncClient, name)
            assert list(inspect.signature(member).parameters) == list(inspect.signature(other).parameters), name


def test_client__methods_are_the_requests():
    """Every request has its method, with the same documentation; a method that does more says more."""
    types = {name for name in requests.__all__ if name[0].isupper()}
    for name in set(requests.__all__) - types - {"batch", "reserve"}:
        assert getattr(tallystick.Client, name).__doc__ == getattr(requests, name).__doc__
