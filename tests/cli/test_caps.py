from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from ledger.cli.bars import ASCII
from ledger.cli.caps import limits, picture
from tallystick import Cap, CapKind, CapMode, Period, Weekday
from tests.cli.test_pictures import texts

DAILY = Cap(
    cap_id=3,
    partition="acme",
    kind=CapKind.WINDOW,
    unit="USD",
    limit=Decimal(100),
    period=Period.DAY,
    week_start=None,
    length=None,
    tool="",
    mode=CapMode.ENFORCED,
    etag="1",
    create_time=None,
    used=Decimal(25),
    reset_time=None,
    window_start_time=None,
    deleted=False,
)


def test_create(ask, acme):
    """A cap says its number, where it sits and what it limits."""
    team = f"{acme}/research"

    made = ask("caps", "create", team, "20 USD", "--period", "day").out
    rolling = ask("caps", "create", team, "5", "USD", "--length", "24h", "--tool", "web_*", "--shadow", "--json")
    number = ask("caps", "create", team, "3", "--kind", "open-reservations", "--dry-run").out

    assert made.startswith("set cap ")
    assert made.endswith(f" on {team}: day, 20 USD\n")
    document = rolling.document
    assert (document["kind"], document["length"], document["mode"]) == ("ROLLING", 86400.0, "SHADOW")
    assert number == f"would set a cap on {team}: open reservations, 3\n"


def test_create__misuse(ask, acme):
    """A cap of no kind, of several amounts, of a strange unit or length."""
    create = ("caps", "create", acme)

    assert "kind of cap: --period, --length, or --kind" in ask(*create, "5 USD", code=2).err
    assert "whole number, not 2.5" in ask(*create, "2.5", "--kind", "open-reservations", code=2).err
    assert ask(*create, "5 USD 1 tokens", "--period", "day", code=2).err
    assert ask(*create, "5 USD", "--length", "long", code=2).err
    assert ask(*create, "5 USD", "--period", "decade", code=2).err
    assert ask(*create, "5 EUR", "--period", "day", "--json", code=1).error["reason"] == "UNIT_UNKNOWN"


def test_list(ask, acme, held):
    """Each with its use and a bar; those above where asked for, and those below."""
    ask("caps", "create", acme, "20 USD", "--period", "day")
    ask("caps", "create", f"{acme}/research", "9", "--kind", "open-reservations")
    held("5 USD")

    binding = ask("caps", "list", f"{acme}/research/scout", "--binding", "--ascii").out.splitlines()

    assert binding[0].split() == ["cap", "partition", "limits", "used", "left", "reset"]
    assert binding[1].split()[1:8] == [acme, "day,", "20", "USD", "####............", "5", "15"]
    assert "open reservations, 9" in binding[2]
    assert ask("caps", "list", f"{acme}/research/scout").out.startswith("none; --binding")
    below = ask("caps", "list", acme, "--below", "--json").document["caps"]
    assert [one["used"] for one in below] == ["5", "1"]
    assert ask("caps", "list", f"{acme}/none", "--json", code=1).error["reason"] == "PARTITION_NOT_FOUND"


def test_update(ask, acme, held):
    """A limit below the use stops admission; a mode alone keeps the limit; an old version is refused."""
    cap = ask("caps", "create", acme, "20 USD", "--period", "day", "--json").document
    number = str(cap["cap_id"])
    held("5 USD")

    assert ask("caps", "update", acme, number, "4 USD").out == f"changed cap {number} on {acme}: day, 4 USD\n"
    reached = ask("reserve", f"{acme}/research/scout", "1 USD", "--json", code=1).error
    assert (reached["reason"], reached["cap_id"]) == ("CAP_REACHED", cap["cap_id"])
    changed = ask("caps", "update", acme, number, "--shadow", "--json").document
    assert (changed["mode"], changed["used"], changed["reset_time"]) == ("SHADOW", None, None)
    assert "(shadow)" in ask("caps", "list", acme).out
    assert ask("reserve", f"{acme}/research/scout", "1 USD").code == 0
    stale = ask("caps", "update", acme, number, "9 USD", "--etag", cap["etag"], code=1).err
    assert "ETAG_MISMATCH" in stale
    assert "read them again" in stale
    assert ask("caps", "update", acme, number, code=2).err
    assert ask("caps", "update", acme, "999999", "1 USD", "--json", code=1).error["reason"] == "CAP_NOT_FOUND"


def test_delete(ask, acme):
    """What is deleted binds nothing, and is listed no more."""
    cap = str(ask("caps", "create", acme, "1 USD", "--period", "hour", "--json").document["cap_id"])

    assert ask("caps", "delete", acme, cap).out == f"deleted cap {cap} on {acme}: hour, 1 USD\n"
    assert ask("caps", "list", acme).out == "none; --below for those below\n"
    team = f"{acme}/research"
    assert (
        ask("caps", "list", team).out == "none; --binding for those above, which bind it too, --below for those below\n"
    )
    assert ask("caps", "list", team, "--binding", "--below").out == "none\n"
    assert ask("caps", "delete", acme, cap, code=1).err


def test_reached__explained(ask, acme):
    """Whoever is refused learns which cap, how much would fit, when it is reset, and whom to ask."""
    ask("caps", "create", acme, "2 USD", "--period", "month")
    ask("reserve", f"{acme}/research/scout", "0.5 USD")

    people = ask("reserve", f"{acme}/research/scout", "1.8 USD", code=1).err
    program = ask("reserve", f"{acme}/research/scout", "1.8 USD", "--json", code=1).error

    assert people.startswith(f"tallystick: refused, CAP_REACHED: {acme}: cap ")
    assert "(month, 2 USD) leaves 1.5 of 1.8 USD; 1.5 USD would fit now" in people
    assert "it is reset at" in people
    assert program["fits"] == {"unit": "USD", "amount": "1.5"}
    assert program["cap"] == "month, 2 USD"
    assert program["reset_time"].endswith("Z")


def test_picture():
    """A bar of the use; a mark where the limit lies below it; a single reservation has no use."""
    over = replace(DAILY, used=Decimal(130))
    single = replace(DAILY, kind=CapKind.SINGLE, period=None, used=Decimal(0))

    lines = texts(picture([DAILY, over, single], ASCII))

    assert lines[1].split() == ["3", "acme", "day,", "100", "USD", "####............", "25", "75", "USD"]
    assert "################!" in lines[2]
    assert lines[3].split() == ["3", "acme", "single", "reservation,", "100", "USD", "100", "USD"]
    assert texts(picture([], ASCII)) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "day, 100 USD"),
        ({"period": Period.WEEK, "week_start": Weekday.SUNDAY}, "week from Sunday, 100 USD"),
        ({"kind": CapKind.ROLLING, "period": None, "length": timedelta(hours=6)}, "any 6h, 100 USD"),
        ({"tool": "web_*", "mode": CapMode.SHADOW}, "day, 100 USD, for web_* (shadow)"),
    ],
)
def test_limits(changes, said):
    """What a cap limits, in words."""
    assert limits(replace(DAILY, **changes)) == said
