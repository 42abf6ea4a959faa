"""What an agent may still reserve, and what binds first."""

from datetime import UTC, datetime
from decimal import Decimal

from tallystick.remaining import READS_MAX, Binding
from tallystick.requests.describe import timestamp
from tallystick.v1 import caps_pb2, partitions_pb2

USD = 10**9
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def cap(cap_id, limit, used=0, **fields):
    """A cap of the organization, on dollars unless told otherwise."""
    fields = {"kind": "CAP_KIND_WINDOW", "period": "PERIOD_DAY", "unit": "USD", "partition": "acme"} | fields
    return caps_pb2.Cap(cap_id=cap_id, limit=limit, used=used, etag="1", **fields)


def test_remaining__own_budget(service, scout):
    """Without caps the own budget binds."""
    found = scout.remaining()

    assert found.available == {"USD": 15, "tokens": 100_000}
    assert (found.first["USD"].binding, found.fits) == (Binding.BUDGET, {"USD": 15, "tokens": 100_000})
    assert str(found.first["USD"]) == "15 USD available to acme/scout"
    assert found.position == service.position


def test_remaining__cap_binds_first(service, scout):
    """The strictest cap that applies binds, and says when it is reset."""
    service.caps = [
        cap(1, 100 * USD, 90 * USD),
        cap(2, 100 * USD, 99 * USD, reset_time=timestamp(NOON)),
        cap(3, 1, mode="CAP_MODE_SHADOW"),
        cap(4, 1, kind="CAP_KIND_WORKFLOW", period=0),
        cap(5, 50, unit="tokens"),
    ]

    found = scout.remaining()

    first = found.first["USD"]
    assert (first.binding, first.room, first.reset_time) == (Binding.CAP, Decimal(1), NOON)
    assert first.cap is not None
    assert first.cap.cap_id == 2
    assert str(first) == "1 USD by the cap day, 100 USD of acme, reset at 2026-11-22T12:00:00Z"
    assert found.fits["tokens"] == 50
    assert len(found.caps) == 5
    assert [one.cap_id for one in found.per_workflow] == [4]
    of_one = scout.remaining(workflow_id="w")
    assert (of_one.fits["USD"], of_one.per_workflow) == (Decimal("1e-9"), ())


def test_remaining__of_a_tool(service, client):
    """Caps on a tool count where the tool is named, here or by the agent."""
    service.caps = [cap(1, 2 * USD, tool="web*"), cap(2, USD, tool="mail")]
    scout = client.agent("acme/scout")

    assert scout.remaining().fits["USD"] == 15
    assert scout.remaining(tool="web_search").fits["USD"] == 2
    assert client.agent("acme/scout", tool="mail").remaining().fits["USD"] == 1


def test_remaining__open_reservations(service, scout):
    """A cap on open reservations binds every unit when it is full, and none before."""
    service.caps = [cap(1, 2, 1, kind="CAP_KIND_OPEN_RESERVATIONS", period=0, unit="")]
    assert scout.remaining().fits["USD"] == 15

    service.caps[0].used = 2
    assert scout.remaining().fits == {"USD": 0, "tokens": 0}


def test_remaining__paused(service, scout):
    """A pause above admits nothing, whatever is available."""
    service.paused["acme"] = partitions_pb2.Pause(principal="boss")

    found = scout.remaining()

    assert (found.paused_at, found.fits["USD"]) == ("acme", 0)
    assert str(found.first["USD"]) == "acme is paused"


def test_remaining__debt(service, scout):
    """A debt is shown, and nothing fits."""
    service.accounts["acme/scout", "USD"].available = -USD

    found = scout.remaining()

    assert (found.available["USD"], found.fits["USD"]) == (-1, 0)


def test_remaining__one_position(service, scout):
    """Balances and caps are read again until they are of one position, though not for ever."""
    busy = service.ListCaps

    def while_others_work(request):
        service.position += 1
        return busy(request)

    service.ListCaps = while_others_work

    found = scout.remaining()

    assert service.count("GetPartition") == service.count("ListCaps") == READS_MAX
    assert found.position == service.position - 1
    assert service.requests("ListCaps")[1].min_position == found.position - 1


async def test_remaining__asynchronous(service, async_scout):
    """The same for asynchronous code."""
    assert (await async_scout.remaining()).fits["USD"] == 15
