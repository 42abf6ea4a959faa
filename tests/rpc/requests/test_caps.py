from typing import Any

import pytest

from ledger.core import commands as cmd
from ledger.core.calendars import Period, Weekday
from ledger.core.caps import CapKind, CapMode
from ledger.rpc.problems import InvalidRequest
from ledger.rpc.requests import to_request
from tallystick.v1 import caps_pb2
from tests.builders import DAY, TEAM, cap, update_cap
from tests.rpc.samples import ID


def made(**fields: Any) -> cmd.Single:
    """The command that a request for a cap asks for."""
    message = caps_pb2.CreateCapRequest(partition=TEAM, limit=5, request_id=ID, **fields)
    command = to_request(message, "ann").command
    assert not isinstance(command, cmd.Group)
    return command


@pytest.mark.parametrize(
    ("fields", "command"),
    [
        ({"kind": 1, "unit": "USD"}, cap(TEAM, 5, CapKind.SINGLE)),
        ({"kind": 2, "unit": "USD", "period": 1}, cap(TEAM, 5, period=Period.HOUR)),
        ({"kind": 2, "unit": "USD", "period": 3}, cap(TEAM, 5, period=Period.WEEK)),
        (
            {"kind": 2, "unit": "USD", "period": 3, "week_start": 7},
            cap(TEAM, 5, period=Period.WEEK, week_start=Weekday.SUNDAY),
        ),
        ({"kind": 3, "unit": "USD", "length": {"seconds": 86_400}}, cap(TEAM, 5, length=DAY)),
        ({"kind": 3, "unit": "USD", "length": {"seconds": 61}}, cap(TEAM, 5, length=61_000_008)),
        ({"kind": 4, "unit": "USD", "tool": "a*"}, cap(TEAM, 5, tool="a*")),
        ({"kind": 5, "unit": "USD", "mode": 2}, cap(TEAM, 5, CapKind.WORKFLOW, mode=CapMode.SHADOW)),
        ({"kind": 6}, cap(TEAM, 5, CapKind.OPEN_RESERVATIONS)),
    ],
)
def test_create_cap__each_kind(fields, command):
    """R51, R53: each kind with the fields that it needs; a length is rounded up to twelve whole parts."""
    assert made(**fields) == command


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ({"kind": 4}, "unit", "is required for a cap of the kind lifetime"),
        ({"kind": 6, "unit": "USD"}, "unit", "is not for a cap of the kind open reservations"),
        ({"kind": 2, "unit": "USD"}, "period", "is required for a cap of the kind window"),
        ({"kind": 1, "unit": "USD", "period": 2}, "period", "is not for a cap of the kind single"),
        ({"kind": 3, "unit": "USD"}, "length", "is required for a cap of the kind rolling"),
        ({"kind": 4, "unit": "USD", "length": {"seconds": 60}}, "length", "is not for a cap of the kind lifetime"),
        ({"kind": 2, "unit": "USD", "period": 2, "week_start": 1}, "week_start", "is for weeks only"),
    ],
)
def test_create_cap__malformed(fields, field, problem):
    """A field that the kind needs and lacks, or has and has no use for, is named."""
    with pytest.raises(InvalidRequest) as error:
        made(**fields)

    assert error.value.violations == ((field, problem),)


@pytest.mark.parametrize(
    ("paths", "limit", "mode"),
    [(["limit"], 5, None), (["mode"], None, CapMode.SHADOW), (["limit", "mode"], 5, CapMode.SHADOW)],
)
def test_update_cap__what_the_mask_names(paths, limit, mode):
    """Only what the mask names is set."""
    message = caps_pb2.UpdateCapRequest(
        organization="acme",
        cap_id=7,
        update_mask={"paths": paths},
        limit=5,
        mode="CAP_MODE_SHADOW",
        etag="3",
        request_id=ID,
    )

    assert to_request(message, "ann").command == update_cap(7, 3, limit=limit, mode=mode)
