import os
import shlex
import threading

import pytest

import tallystick
from ledger import testing
from ledger.cli.main import run
from tests.docs.blocks import ROOT, blocks

PAGE = ROOT / "docs" / "operating" / "governing.md"


@pytest.fixture
def client(monkeypatch):
    """Of a real service with the organization that the page speaks of, where the command line finds it."""
    for name in [name for name in os.environ if name.startswith("TALLYSTICK_")]:
        monkeypatch.delenv(name)
    with testing.serving() as service, tallystick.Client(service.address) as client:
        monkeypatch.setenv("TALLYSTICK_ADDRESS", service.address)
        client.create_organization("acme", units={"USD": 9})
        client.fund("acme", "100 USD")
        client.create_partition("acme/research", kind="TEAM")
        client.allocate("acme/research", "60 USD")
        for agent in ("acme/research/scout", "acme/research/writer"):
            client.create_partition(agent)
            client.allocate(agent, "15 USD")
        yield client


def _lines():
    return [line for block in blocks(PAGE) if block.info == "sh" for line in block.text.splitlines()]


def _asks(line, client):
    """The line that waits for a decision, begun; it is there when somebody has been asked."""
    asking = threading.Thread(target=run, args=(shlex.split(line)[1:],))
    asking.start()
    escalation = next(client.pending_escalations("acme", timeout=20))
    return asking, str(escalation.escalation_id)


def test_governing__in_order(client, capsys):
    """Every command of the page can be typed as it stands, in order; only the escalation's number is the reader's."""
    asking, number, codes = None, "", {}
    for line in _lines():
        if "--escalate" in line:
            asking, number = _asks(line, client)
            continue
        words = shlex.split(line.replace("--for 8h", "--for 0.1").replace("acme 23", f"acme {number}"))
        codes[line] = run(words[1:])

    assert asking is not None
    asking.join()
    assert {line for line, code in codes.items() if code} == set(), capsys.readouterr()
    out = capsys.readouterr().out
    assert "approved escalation" in out
    assert "held 20 USD on acme/research/scout" in out
    assert "║ research" in out or "P research" in out
