import pytest

from ledger.rpc.identity import LOCAL, UnsafeListen, check_listen, everybody_is_local


@pytest.mark.parametrize(
    "address", ["127.0.0.1:7420", "127.8.9.1:1", "[::1]:7420", "localhost:0", "unix:/tmp/s", "unix-abstract:s"]
)
def test_check_listen__this_machine(address):
    """Loopback and Unix sockets need nothing."""
    check_listen(address, insecure=False)


@pytest.mark.parametrize("address", ["0.0.0.0:7420", "[::]:7420", "192.168.1.7:1", "ledger.example:7420", "*:7420"])
def test_check_listen__beyond(address):
    """Beyond this machine nobody listens by accident: the sentence says what to do; said so, it is allowed."""
    with pytest.raises(UnsafeListen, match="or say --insecure"):
        check_listen(address, insecure=False)
    check_listen(address, insecure=True)


def test_everybody_is_local():
    """Until principals have credentials there is one."""
    assert everybody_is_local(None) == LOCAL == "local"
