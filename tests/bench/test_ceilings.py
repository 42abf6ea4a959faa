from ledger.bench.ceilings import LIMIT, caps
from ledger.bench.messages import agent_path
from tallystick.v1.caps_pb2 import CAP_KIND_OPEN_RESERVATIONS, CapKind


def test_caps__ten_on_the_path():
    """Ten bind each agent: its own, its team's, the root's; of every kind that counts in time, and all out of reach."""
    made = list(caps("w1", 3))
    path = agent_path("w1", 2)
    binding = [cap for cap in made if path == cap.partition or path.startswith(f"{cap.partition}/")]

    assert len(made) == 8 + 3 * 2
    assert len(binding) == 10
    assert {CapKind.Name(cap.kind).removeprefix("CAP_KIND_") for cap in binding} == {
        "WINDOW",
        "ROLLING",
        "LIFETIME",
        "OPEN_RESERVATIONS",
    }
    assert all(cap.limit == LIMIT for cap in made)
    assert all(bool(cap.unit) == (cap.kind != CAP_KIND_OPEN_RESERVATIONS) for cap in made)
