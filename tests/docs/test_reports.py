import os
import shlex

import pytest

import tallystick
from ledger import testing
from ledger.cli.main import run
from tests.docs.blocks import ROOT, blocks

PAGE = ROOT / "docs" / "operating" / "reports.md"


@pytest.fixture
def client(monkeypatch):
    """Of a real service in which somebody has spent, where the command line finds it."""
    for name in [name for name in os.environ if name.startswith("TALLYSTICK_")]:
        monkeypatch.delenv(name)
    with testing.serving() as service, tallystick.Client(service.address) as client:
        monkeypatch.setenv("TALLYSTICK_ADDRESS", service.address)
        client.create_organization("acme", units={"USD": 9})
        client.fund("acme", "100 USD")
        client.create_partition("acme/research", kind="TEAM")
        client.allocate("acme/research", "60 USD")
        client.create_partition("acme/research/scout")
        client.allocate("acme/research/scout", "15 USD")
        with client.agent("acme/research/scout").reserve("2 USD", tool="web_search") as hold:
            hold.commit("1.5 USD")
        yield client


def _texts(language):
    return [block.text for block in blocks(PAGE) if block.info == language]


def test_reports__commands(client, capsys):
    """Every command of the page can be typed as it stands."""
    codes = {line: run(shlex.split(line)[1:]) for text in _texts("sh") for line in text.splitlines()}

    assert {line for line, code in codes.items() if code} == set(), capsys.readouterr()
    assert "web_search" in capsys.readouterr().out


def test_reports__python(client, capsys):
    """The page's program runs, and says what was spent."""
    (program,) = _texts("python")

    exec(program, {"client": client})

    assert capsys.readouterr().out.startswith("web_search")
