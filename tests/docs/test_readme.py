import asyncio
import contextlib
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import fields

import pytest

import tallystick
from ledger import testing
from ledger.demo.audit import Audit
from ledger.demo.plan import make_plan
from ledger.demo.replay import Result
from ledger.demo.report import figures
from ledger.demo.tally import tally
from tests.docs.blocks import ROOT, blocks

README = ROOT / "README.md"


@pytest.fixture
def address(monkeypatch):
    """Of a real service, where the SDK and the command line find it without being told."""
    for name in [name for name in os.environ if name.startswith("TALLYSTICK_")]:
        monkeypatch.delenv(name)
    with testing.serving() as service:
        monkeypatch.setenv("TALLYSTICK_ADDRESS", service.address)
        yield service.address


@pytest.fixture
def fleet(address):
    """The organization that the page speaks of, as its command lines make it."""
    with tallystick.Client(address) as client:
        client.create_organization("acme", units={"USD": 9})
        client.fund("acme", "100 USD")
        client.create_partition("acme/research", kind="TEAM")
        client.allocate("acme/research", "60 USD")
        client.create_partition("acme/research/scout")
        client.allocate("acme/research/scout", "15 USD")
    return address


def test_readme__python(fleet):
    """The Python of the page runs from top to bottom, and prints what the page says that it prints."""
    names: dict = {"search": lambda question: f"found: {question}", "asyncio": asyncio}
    printed: str | None = None
    ran = 0
    for block in blocks(README):
        if block.info == "python":
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                exec(compile("\n" * (block.line - 1) + block.text, str(README), "exec"), names)
            printed = output.getvalue()
            ran += 1
        elif block.info == "text output":
            assert block.text == printed
    names["client"].close()

    assert ran == 2


def _shell_lines():
    lines = [line for block in blocks(README) if block.info == "sh" for line in block.text.splitlines()]
    return [line.partition("#")[0].strip() for line in lines if line.strip()]


def test_readme__make():
    """Each target that the page names is in the Makefile, and `make` knows what it is for."""
    targets = set(re.findall(r"\bmake ([a-z]+)", README.read_text()))
    known = (ROOT / "Makefile").read_text()

    assert {"demo", "test"} <= targets
    assert all(re.search(rf"^{target}:.*## ", known, re.MULTILINE) for target in targets)


def test_readme__shell(address, tmp_path):
    """The command lines of the page work, one after the other, against a server; `serve` is what runs already."""
    commands = [line.split()[1:] for line in _shell_lines() if line.startswith("tallystick")]
    environment = os.environ | {"TALLYSTICK_DATABASE_URL": f"sqlite:///{tmp_path / 'ledger.db'}"}
    said = {}
    for words in commands:
        if words[0] in {"serve", "verify"}:
            continue
        done = subprocess.run(
            [sys.executable, "-m", "ledger.cli.main", *words],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"tallystick {' '.join(words)}: {done.stdout}{done.stderr}"
        said[words[0]] = done.stdout

    assert {words[0] for words in commands} == {*said, "serve", "verify"}
    assert "scout" in said["tree"]


def test_readme__every_shell_line_is_known():
    """No command line of the page is one that no test looks at."""
    assert [line for line in _shell_lines() if line.split()[0] not in {"make", "tallystick"}] == []


def test_readme__demo_output():
    """The pasted run ends as every run does, and shows what the page says of it."""
    nothing = tally([], ())
    result = Result(make_plan(100, 1), nothing, nothing, Audit(), (), 0, 0, 1.0)
    (shown,) = [block.text for block in blocks(README) if block.info == "text demo"]
    told = json.loads(shown.splitlines()[-1])

    assert told.keys() == figures(result, verified=True, backend="sqlite").keys()
    assert told["calls"] == 8819 == told["granted"] + sum(told["refused"].values())
    assert told["overspend_nanodollars"] == 0 < told["naive_overspend_nanodollars"]
    assert told["verified"] is True


def test_readme__shown_by():
    """Each file that is named as a proof exists."""
    named = re.findall(r"`(tests/[\w/.]+)`", README.read_text())

    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_readme__not_built():
    """What the page says is not built is not: no service of the wire has such a call."""
    methods = {method.name for method in tallystick.methods.METHODS.values()}

    assert "Reserve" in methods
    assert [name for name in methods if re.search("Token|Principal|Metric", name)] == []
    assert {field.name for field in fields(tallystick.Partition)}.isdisjoint({"caps", "paused", "policy"})
