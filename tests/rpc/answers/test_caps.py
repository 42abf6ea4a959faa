from ledger.core import commands as cmd
from ledger.core.calendars import Period, Weekday
from ledger.core.caps import CapMode
from ledger.rpc.answers import ANSWERS
from tallystick.v1 import caps_pb2
from tests.builders import SCOUT, TEAM, acme, cap, delete_cap, reserve, update_cap
from tests.rpc.world import plain


def test_answer__the_cap_afterwards():
    """R38, R55: a cap is answered as it is afterwards, by the entries alone."""
    world = acme(USD=100)
    world.do(reserve(SCOUT, 1, USD=5))
    command = cap(TEAM, 10, period=Period.WEEK, week_start=Weekday.SUNDAY, tool="a*")
    created = world.do(command)
    at, cap_id = world.now, created.entries[0].position
    update = update_cap(cap_id, 1, limit=0, mode=CapMode.SHADOW)

    first = ANSWERS[cmd.CreateCap]("acme", created, 0)
    second = ANSWERS[cmd.UpdateCap]("acme", world.do(update), 0)
    third = ANSWERS[cmd.DeleteCap]("acme", world.do(delete_cap(cap_id, 2)), 0)

    assert isinstance(first, caps_pb2.CapResponse)
    assert first.receipt.position == cap_id
    assert first.cap.create_time.ToMicroseconds() == at
    expected = {
        "cap_id": str(cap_id),
        "partition": TEAM,
        "kind": "CAP_KIND_WINDOW",
        "unit": "USD",
        "limit": "10",
        "period": "PERIOD_WEEK",
        "week_start": "WEEKDAY_SUNDAY",
        "tool": "a*",
        "mode": "CAP_MODE_ENFORCED",
        "etag": "1",
        "create_time": first.cap.create_time.ToJsonString(),
    }
    assert plain(first)["cap"] == expected
    expected |= {"mode": "CAP_MODE_SHADOW", "etag": "2"}
    del expected["limit"]
    assert plain(second)["cap"] == expected
    assert plain(third)["cap"] == expected | {"etag": "3", "deleted": True}
