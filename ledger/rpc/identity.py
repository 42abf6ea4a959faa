"""Identity: who calls. Until principals have credentials everybody is `local`, so only this machine is let in."""

import ipaddress
from typing import Final, Protocol

LOCAL: Final = "local"


class UnsafeListen(Exception):
    """Listening beyond this machine, where everybody is let in, was not asked for by name."""


class Identity(Protocol):
    """Says who calls."""

    def __call__(self, metadata: object) -> str:
        """The principal of a call, by its metadata."""


def everybody_is_local(metadata: object) -> str:  # noqa: ARG001  (others look at it)
    """The one principal there is."""
    return LOCAL


def check_listen(address: str, *, insecure: bool) -> None:
    """Nobody listens beyond this machine by accident.

    Raises:
        UnsafeListen: The address can be reached from elsewhere.
    """
    if insecure or reaches_this_machine_only(address):
        return
    raise UnsafeListen(
        f"{address} can be reached from other machines, and callers are not identified yet: "
        "listen on 127.0.0.1, or say --insecure where the network itself keeps others out"
    )


def reaches_this_machine_only(address: str) -> bool:
    """Whether a listening address is a loopback one, or a Unix socket."""
    if address.startswith(("unix:", "unix-abstract:")):
        return True
    host = address.rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
