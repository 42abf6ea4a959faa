import subprocess
import sys

import grpc
import pytest

import tallystick
from tallystick import tracing


@pytest.mark.parametrize(
    ("told", "is_wanted"), [("", False), ("false", False), ("0", False), ("true", True), ("1", True), ("Yes", True)]
)
def test_wanted(told, is_wanted):
    """The setting is read as the service reads its own."""
    assert tracing.wanted(told) is is_wanted


def test_wanted__neither(monkeypatch):
    """What is neither yes nor no is an error that names the variable."""
    monkeypatch.setenv("TALLYSTICK_TRACING", "otel")

    with pytest.raises(ValueError, match="TALLYSTICK_TRACING is 'otel'"):
        tallystick.Client()


def test_client__traced_calls_go_by_themselves(monkeypatch):
    """A call that shares an RPC would be of one trace only. What is given by name is stronger than the environment."""
    monkeypatch.setenv("TALLYSTICK_TRACING", "true")

    traced, plain = (tallystick.Client(tracing=given).transport.target for given in (None, False))

    assert (traced.tracing, traced.coalesce) == (True, False)
    assert (plain.tracing, plain.coalesce) == (False, True)


@pytest.mark.parametrize("use", [tracing.interceptors, lambda: tracing.traced(grpc.insecure_channel("127.0.0.1:9"))])
def test_tracing__not_installed(monkeypatch, use):
    """Where OpenTelemetry is missing, what to install is said."""
    monkeypatch.setitem(sys.modules, "opentelemetry.instrumentation", None)

    with pytest.raises(ImportError, match=r"tallystick\[otel\]"):
        use()


def test_tracing__costs_nothing_where_it_is_off():
    """Without it a client imports nothing of OpenTelemetry, even when it calls."""
    program = (
        "import sys, tallystick\n"
        "client = tallystick.Client('127.0.0.1:9', retry_for=0, timeout=0.2)\n"
        "try: client.server_info()\n"
        "except tallystick.LedgerUnavailable: pass\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
