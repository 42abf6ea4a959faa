import pytest

from ledger.cli.organizations import read_units
from ledger.cli.problems import Complaint


def test_read_units():
    """USD has nine decimal places where nothing is said, other units none."""
    assert read_units([]) == {"USD": 9}
    assert read_units(["USD", "tokens", "EUR:2"]) == {"USD": 9, "tokens": 0, "EUR": 2}
    with pytest.raises(Complaint, match="no unit"):
        read_units(["USD:nine"])


def test_create(ask):
    """An organization begins with its units, zone and name; a second one of that name is refused."""
    made = ask("org", "create", "first", "--unit", "USD", "--time-zone", "Europe/Berlin", "--display-name", "First")
    again = ask("org", "create", "first", code=1)

    assert made.out == "created first: USD with 9 decimal places; time zone Europe/Berlin\n"
    assert again.err.startswith("tallystick: refused, ORGANIZATION_EXISTS: first: ")


def test_create__dry_run(ask):
    """Decided, not done."""
    assert "would be created" in ask("org", "create", "later", "--dry-run").out
    assert ask("org", "show", "later", code=1).err


def test_create__json(ask):
    """A program gets the organization."""
    made = ask("org", "create", "second", "--unit", "tokens:0", "--json").document

    assert (made["name"], made["units"], made["receipt"]["organization"]) == ("second", {"tokens": 0}, "second")


@pytest.mark.parametrize(
    "words", [["Acme"], ["ok", "--unit", "USD:99"], ["ok", "--unit", "USD:x"], ["ok", "--time-zone", "Mars/Base"]]
)
def test_create__malformed(words, ask):
    """A malformed name, unit or zone is a usage error that names the field."""
    assert ask("org", "create", *words, "--json", code=2).error["message"]


def test_update(ask, acme):
    """Zone, name and longest life change one by one; what is not said stays."""
    zone = ask("org", "update", acme, "--time-zone", "Europe/Berlin").out
    life = ask("org", "update", acme, "--life-max", "7200", "--display-name", "The Acme")
    dry = ask("org", "update", acme, "--time-zone", "UTC", "--dry-run").out

    assert zone == f"changed {acme}: time zone Europe/Berlin, longest hold 3600 s\n"
    assert life.out == f"changed {acme}: time zone Europe/Berlin, longest hold 7200 s, The Acme\n"
    assert dry.startswith(f"would change {acme}: time zone UTC, ")
    assert "time zone    Europe/Berlin\n" in ask("org", "show", acme).out
    assert ask("org", "update", acme, "--display-name", "", "--json").document["display_name"] == ""


def test_update__etag(ask, acme):
    """R10: what somebody else changed meanwhile is not overwritten."""
    etag = ask("org", "show", acme, "--json").document["etag"]
    ask("org", "update", acme, "--life-max", "7200")

    refused = ask("org", "update", acme, "--time-zone", "UTC", "--etag", etag, "--json", code=1).error

    assert refused["reason"] == "ETAG_MISMATCH"


@pytest.mark.parametrize("words", [[], ["--time-zone", "Mars/Base"], ["--life-max", "0"]])
def test_update__malformed(words, ask, acme):
    """Nothing to change, and what cannot be, are usage errors."""
    assert ask("org", "update", acme, *words, "--json", code=2).error["message"]


def test_list_and_show(ask, acme):
    """What there is, and where its journal stands."""
    listed, shown = ask("org", "list"), ask("org", "show", acme)

    assert f"{acme}  USD, tokens  position 7" in listed.out
    assert "journal      position 7, incarnation 1\n" in shown.out
    assert acme in [one["name"] for one in ask("org", "list", "--json").document["organizations"]]
    assert ask("org", "show", acme, "--json").document["position"] == 7
    assert ask("org", "show", "nobody", "--json", code=1).error["reason"] == "ORGANIZATION_NOT_FOUND"
