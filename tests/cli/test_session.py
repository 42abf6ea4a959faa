import inspect

import pytest

from ledger.cli.session import COMMON, Session, command


def test_session__options_before_and_after(ask, acme):
    """`--json` and the others may stand before a command's name or after it."""
    assert ask("--json", "org", "show", acme).document == ask("org", "show", acme, "--json").document
    assert ask("org", "show", "--json", acme).document["name"] == acme


def test_session__address(tallystick, address, monkeypatch):
    """The option wins over the environment, which wins over the default."""
    monkeypatch.setenv("TALLYSTICK_ADDRESS", "127.0.0.1:1")

    assert tallystick("info", "--address", address).code == 0
    assert tallystick("--address", address, "info").code == 0
    assert tallystick("info", code=3).err.startswith("tallystick: nobody answers at 127.0.0.1:1; start a server with")


def test_session__unreachable(tallystick):
    """Nobody answering is one sentence with the address and how to start a server; for programs a reason."""
    ran = tallystick("fund", "acme", "1 USD", "--address", "127.0.0.1:1", "--json", code=3)

    assert (ran.error["reason"], ran.error["address"]) == ("UNREACHABLE", "127.0.0.1:1")
    assert "`tallystick serve`" in ran.error["message"]


@pytest.mark.parametrize("value", ["0", "-1", "soon"])
def test_session__timeout(value, tallystick):
    """A timeout is some time."""
    assert tallystick("info", "--timeout", value, "--json", code=2).error["reason"] == "USAGE"


def test_session__client_says_what_is_no_argument(ask, acme):
    """What the SDK raises for arguments that are none is a usage error, not a bug."""
    bad = ask("fund", acme, "1 USD", "--request-id", "not-a-uuid", "--json", code=2)

    assert bad.error["exit_code"] == 2


def test_command__argument_is_missing(tallystick):
    """It is named as the reference names it, whether or not the command gave it a name of its own."""
    assert "Missing argument 'PARTITION'; see tallystick reserve --help" in tallystick("reserve", code=2).err
    assert "Missing argument 'PARTITION'" in tallystick("partition", "create", code=2).err


def test_command__shared_options():
    """Every command has the shared options that suit it, and none twice."""
    import typer

    made = {}
    app = typer.Typer()
    for shares in ("local", "server", "mutation"):

        def own(session: Session, name: str, **given: object) -> None:
            """Do nothing."""

        made[shares] = list(inspect.signature(command(app, shares, shares)(own)).parameters)

    assert made["local"] == ["context", "name", "as_json"]
    assert made["server"] == ["context", "name", *COMMON]
    assert made["mutation"] == ["context", "name", "request_id", "dry_run", *COMMON]
