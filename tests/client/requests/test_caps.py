"""Requests about caps, as they go on the wire."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tallystick import requests
from tallystick.governance import Cap, CapKind, CapMode, Period

SCALES = {"USD": 9, "tokens": 0}
CAP = Cap(
    cap_id=7,
    partition="acme/team",
    kind=CapKind.WINDOW,
    unit="USD",
    limit=Decimal(100),
    period=Period.DAY,
    week_start=None,
    length=None,
    tool="",
    mode=CapMode.ENFORCED,
    etag="3",
    create_time=None,
    used=Decimal(40),
    reset_time=None,
    window_start_time=None,
    deleted=False,
)


def test_create_cap__window():
    """A period makes it a cap on a window; the limit is in parts of its unit."""
    request = requests.create_cap("acme/team", "100 USD", period="WEEK", week_start="SUNDAY", tool="web*")
    message = request.build(SCALES)

    assert (message.partition, message.unit, message.limit) == ("acme/team", "USD", 100 * 10**9)
    assert (message.kind, message.period, message.week_start, message.mode) == (2, 3, 7, 1)
    assert (message.tool, message.request_id, request.organization) == ("web*", request.request_id, "acme")


def test_create_cap__rolling():
    """A length makes it a rolling one."""
    message = requests.create_cap("acme", "5 tokens", length=timedelta(hours=1), mode="SHADOW").build(SCALES)

    assert (message.kind, message.length.seconds, message.mode) == (3, 3600, 2)


def test_create_cap__open_reservations():
    """Reservations are counted in a plain number, and money never is."""
    message = requests.create_cap("acme", 5, kind="OPEN_RESERVATIONS").build(SCALES)

    assert (message.kind, message.limit, message.unit) == (6, 5, "")
    with pytest.raises(TypeError, match="write '5 USD'"):
        requests.create_cap("acme", 5, kind="SINGLE")
    with pytest.raises(TypeError, match="whole number"):
        requests.create_cap("acme", "5 USD", kind="OPEN_RESERVATIONS")


def test_create_cap__kind_unsaid():
    """What cannot be told is asked for."""
    with pytest.raises(ValueError, match="which kind of cap"):
        requests.create_cap("acme", "5 USD")
    with pytest.raises(ValueError, match="'WEAK' is no kind of cap; there are SINGLE"):
        requests.create_cap("acme", "5 USD", kind="WEAK")  # type: ignore[arg-type]


def test_update_cap__mask():
    """Only what is given is set, with the version that was read."""
    message = requests.update_cap(CAP, limit="50 USD").build(SCALES)

    assert (list(message.update_mask.paths), message.limit, message.etag) == (["limit"], 50 * 10**9, "3")
    assert (message.organization, message.cap_id) == ("acme", 7)
    message = requests.update_cap(7, mode="SHADOW", organization="acme", etag="4").build(SCALES)
    assert (list(message.update_mask.paths), message.mode, message.etag) == (["mode"], 2, "4")


def test_update_cap__bare_number():
    """A number alone is of the cap's unit, or counts reservations."""
    counted = replace(CAP, kind=CapKind.OPEN_RESERVATIONS, unit="")

    assert requests.update_cap(CAP, limit=Decimal(2)).build(SCALES).limit == 2 * 10**9
    assert requests.update_cap(counted, limit=2).build(SCALES).limit == 2


def test_update_cap__another_unit():
    """A limit of another unit would be wrong by a factor of a thousand million."""
    with pytest.raises(ValueError, match="counts USD, not tokens"):
        requests.update_cap(CAP, limit="50 tokens")
    with pytest.raises(ValueError, match="as `caps` returned it"):
        requests.update_cap(7, limit="50 tokens", organization="acme", etag="1")


def test_delete_cap__named():
    """A cap is named by what a call returned, or by its id with the rest."""
    message = requests.delete_cap(CAP).build(SCALES)

    assert (message.organization, message.cap_id, message.etag) == ("acme", 7, "3")
    with pytest.raises(ValueError, match="organization= and etag="):
        requests.delete_cap(7)


def test_caps__which():
    """Those above and those below are asked for."""
    message = requests.caps("acme/team", binding=True, below=True).build(SCALES)

    assert (message.partition, message.binding, message.below) == ("acme/team", True, True)
