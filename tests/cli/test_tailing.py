"""`tallystick tail`."""

import json
import signal
import subprocess
import sys
from typing import IO

import pytest

from tests.client.fake_journal import journal_running


def test_tail__the_last(ask, acme):
    """The last entries are shown where nobody says where to begin."""
    lines = ask("tail", acme, "--limit", "7").out.splitlines()

    assert [line.split()[0] for line in lines] == ["1", "2", "3", "4", "5", "6", "7"]
    assert lines[-1].endswith(f"local allocated 15 USD to {acme}/research/scout")


def test_tail__from_and_filters(ask, acme):
    """It begins where it is told, and leaves out what is not wanted; the organization may be left to the partition."""
    ask("fund", acme, "1 USD")

    assert ask("tail", acme, "--from", "5", "--limit", "1").out.split()[0] == "5"
    funded = ask("tail", acme, "--from", "1", "--kind", "Funded", "--limit", "3").out.splitlines()
    assert [line.split()[0] for line in funded] == ["4", "5", "8"]
    scout = ask("tail", "--partition", f"{acme}/research/scout", "--from", "1", "--limit", "2").out.splitlines()
    assert [line.split()[0] for line in scout] == ["3", "7"]


def test_tail__json(ask, acme):
    """For programs each entry is a document on one line."""
    lines = ask("tail", acme, "--from", "4", "--limit", "2", "--json").out.splitlines()

    first, second = map(json.loads, lines)
    assert (first["position"], first["kind"], first["event"]["path"]) == (4, "Funded", acme)
    assert [leg["amount"]["amount"] for leg in second["postings"]] == ["-500", "500"]


def test_tail__bad_input(ask, acme):
    """Which organization is asked for where there are several; what is not there is an error."""
    ask("org", "create", f"{acme}-too", "--unit", "USD")

    assert "name an organization" in ask("tail", code=2).err
    assert ask("tail", "nobody", "--json", code=1).error["reason"] == "ORGANIZATION_NOT_FOUND"
    assert "is no kind of entry" in ask("tail", acme, "--kind", "Fundet", code=2).err


def test_tail__nobody_answers(tallystick):
    """Where nobody listens it says so at once, and does not wait for ever."""
    assert tallystick("tail", "acme", "--address", "127.0.0.1:1", "--json", code=3).error["reason"] == "UNREACHABLE"


def following(address: str, *words: str) -> subprocess.Popen[str]:
    """The program, which follows."""
    command = [sys.executable, "-m", "ledger.cli.main", "tail", "acme", "--address", address, *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def positions(lines: IO[str], count: int) -> list[int]:
    """Of the next lines."""
    return [json.loads(lines.readline())["position"] for _ in range(count)]


@pytest.mark.process
def test_tail__restart_and_ctrl_c():
    """It goes on after a restart of the service without a gap, and ends in order by Ctrl-C."""
    with journal_running() as journal:
        journal.write(4)
        tail = following(journal.address, "--json", "--from", "1")
        assert tail.stdout is not None
        try:
            assert positions(tail.stdout, 4) == [1, 2, 3, 4]
            journal.stop()
            journal.write(3)
            journal.start()
            assert positions(tail.stdout, 3) == [5, 6, 7]
            tail.send_signal(signal.SIGINT)
            rest, complaints = tail.communicate(timeout=30)
        finally:
            tail.kill()
            tail.wait()

    assert (tail.returncode, rest, complaints) == (0, "", "")
