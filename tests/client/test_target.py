"""Where the ledger is."""

import pytest

from tallystick.target import Target


def test_target__token_in_clear():
    """A token does not leave this machine without TLS."""
    with pytest.raises(ValueError, match="TALLYSTICK_CA_FILE"):
        Target(address="ledger.example:7420", token="secret")
    assert Target(address="ledger.example:7420", token="secret", ca_file="ca.pem").metadata


@pytest.mark.parametrize("address", ["localhost", "7420", ":7420", "http://localhost:7420", "", "a b:1"])
def test_target__no_address(address):
    """What cannot be reached because it is misspelt is said at once, not after half a minute of asking."""
    with pytest.raises(ValueError, match="write host:port"):
        Target(address=address)


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1:7420", True),
        ("localhost:1", True),
        ("[::1]:7420", True),
        ("unix:/run/ledger", True),
        ("localhost.example:1", False),
        ("127.example:1", False),
        ("10.0.0.1:7420", False),
    ],
)
def test_target__loopback(address, loopback):
    """Loopback never uses a proxy; elsewhere the environment's proxy holds."""
    options = dict(Target(address=address).options(shared=True))

    assert ("grpc.enable_http_proxy" in options) == loopback
    assert options["grpc.enable_retries"] == 0
