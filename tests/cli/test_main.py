import os
import subprocess
import sys

import pytest

from ledger.cli.problems import ExitCode

HEAVY = ("alembic", "grpc", "psycopg", "pydantic_settings", "sqlalchemy", "structlog", "tallystick")


def test_run__help_is_light():
    """Help pays for neither gRPC nor a database."""
    program = (
        "import sys; from ledger.cli.main import run; code = run(['--help']);"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules];"
        "sys.exit(f'imported {heavy}' if heavy or code else 0)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert all(name in done.stdout for name in ("serve", "tree", "reserve", "verify", "quarantine"))


def test_run__version(tallystick):
    """The version, and nothing else."""
    assert tallystick("--version").out == "tallystick 0.1.0\n"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["org"],
        ["nonsense"],
        ["org", "nonsense"],
        ["fund"],
        ["fund", "acme", "--nonsense"],
        ["serve", "--listen"],
        ["demo", "--database", "oracle"],
    ],
)
def test_run__misuse(words, tallystick):
    """A wrong command line is code 2, and the last line says where help is."""
    ran = tallystick(*words, code=2)

    assert "--help" in ran.err.splitlines()[-1]
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("amount", ["-5", "-0.5", "-.5"])
def test_run__below_zero(amount, tallystick):
    """An amount below zero looks like an option; what is wrong with it is said all the same."""
    assert "no amount is below zero" in tallystick("fund", "acme", amount, "USD", code=2).err


@pytest.mark.parametrize("words", [["--json"], ["--json", "org"], ["--json", "nonsense"], ["fund", "--json"]])
def test_run__misuse_json(words, tallystick):
    """Programs get it as JSON."""
    assert tallystick(*words, code=2).error["reason"] == "USAGE"


def test_run__unknown_setting(tallystick, monkeypatch):
    """A misspelt variable is an error that names the one that was meant."""
    monkeypatch.setenv("TALLYSTICK_ADRESS", "x")

    assert "TALLYSTICK_ADDRESS" in tallystick("info", code=2).err
    assert tallystick("verify", "--json", code=2).error["reason"] == "UNKNOWN_SETTING"


def test_run__interrupted(tallystick, monkeypatch):
    """Ctrl-C is code 130 and one word."""

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("ledger.cli.verifying.database_of", interrupt)

    assert tallystick("verify", code=130).err == "tallystick: interrupted\n"


def test_run__interrupted_before_the_command(tallystick, monkeypatch):
    """Ctrl-C is one sentence, however early it comes."""

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("ledger.cli.main.Session", stop)

    assert tallystick("verify", code=130).err == "tallystick: interrupted\n"


def test_run__bug(tallystick, monkeypatch):
    """Even a bug is one sentence."""

    def broken(*_, **__):
        raise KeyError("x")

    monkeypatch.setattr("ledger.cli.verifying.database_of", broken)

    assert tallystick("verify", code=3).err.startswith("tallystick: a bug of tallystick, KeyError at test_main.py:")


def test_main__reader_gone(ask, acme, address):
    """Whoever reads may stop reading: no traceback, also from the interpreter's last flush."""
    read, write = os.pipe()
    os.close(read)

    done = subprocess.run(
        [sys.executable, "-m", "ledger.cli.main", "entries", acme],
        stdout=write,
        stderr=subprocess.PIPE,
        env=os.environ | {"TALLYSTICK_ADDRESS": address},
        check=False,
    )
    os.close(write)

    assert (done.returncode, done.stderr) == (ExitCode.FAULT, b"")


def test_main__poor_terminal(acme, address):
    """A terminal without the characters of the picture gets plain ones."""
    done = subprocess.run(
        [sys.executable, "-m", "ledger.cli.main", "tree", acme],
        capture_output=True,
        env=os.environ | {"TALLYSTICK_ADDRESS": address, "PYTHONIOENCODING": "ascii"},
        check=False,
    )

    assert (done.returncode, done.stdout.isascii()) == (0, True)
    assert b"`- research" in done.stdout
