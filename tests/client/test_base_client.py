"""Settings of the clients."""

import pytest

import tallystick


def test_base_client__environment(monkeypatch, tmp_path):
    """What is not given is taken from the environment."""
    (tmp_path / "token").write_text("of-the-file\n")
    monkeypatch.setenv("TALLYSTICK_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("TALLYSTICK_TOKEN_FILE", str(tmp_path / "token"))
    client = tallystick.Client()

    assert client.address == "127.0.0.1:1"
    assert client._target.token == "of-the-file"
    monkeypatch.setenv("TALLYSTICK_TOKEN", "of-the-variable")
    assert tallystick.Client()._target.token == "of-the-variable"
    assert tallystick.Client(token="given")._target.token == "given"
    assert tallystick.Client("127.0.0.1:2").address == "127.0.0.1:2"


def test_base_client__default_address():
    """With no configuration the ledger is on this machine."""
    assert tallystick.Client().address == "127.0.0.1:7420"
    assert repr(tallystick.AsyncClient()) == "<AsyncClient 127.0.0.1:7420>"


def test_base_client__unknown_setting(monkeypatch):
    """A setting with a typing error is found when a client is made."""
    monkeypatch.setenv("TALLYSTICK_TOKENS", "x")

    with pytest.raises(tallystick.UnknownSetting, match="TALLYSTICK_TOKEN"):
        tallystick.AsyncClient()


def test_base_client__outage_needs_a_limit():
    """Spending without the ledger has a limit, always."""
    with pytest.raises(ValueError, match="outage_limit"):
        tallystick.Client(on_outage="allow")


def test_base_client__outbox(monkeypatch, tmp_path):
    """The outbox is a folder where one is named, and nothing is written before it is needed."""
    monkeypatch.setenv("TALLYSTICK_OUTBOX", str(tmp_path / "outbox"))

    assert tallystick.Client().delivery.outbox.durable
    assert not tallystick.Client(outbox="").delivery.outbox.durable
    assert not (tmp_path / "outbox").exists()
