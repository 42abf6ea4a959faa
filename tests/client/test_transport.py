"""One call: its attempts, its deadline, its credentials."""

import asyncio
from pathlib import Path

import grpc
import pytest

import tallystick
from tallystick import attempts, methods, transport
from tallystick.target import Target
from tallystick.transport import AsyncTransport, SyncTransport
from tallystick.v1 import organizations_pb2, server_pb2
from tests.client.fake_service import FakeService, Refusal
from tests.waiting import PATIENCE_S, Clock

TLS = Path(__file__).parent / "tls"
ASK = server_pb2.GetServerInfoRequest()


def target(service, **options):
    """Where the fake is."""
    return Target(address=service.address, **options)


def ask(connection, **options):
    """The smallest call."""
    return connection.call(methods.GET_SERVER_INFO, ASK, **options)


@pytest.fixture
def clock(monkeypatch):
    """What tells how long a call has been tried; for an attempt itself there is always time."""
    clock = Clock()
    monkeypatch.setattr(attempts, "time", clock)
    monkeypatch.setattr(transport, "time", clock)
    monkeypatch.setattr(attempts, "DEADLINE_MIN_S", PATIENCE_S)
    return clock


def test_sync_transport__repeats(service):
    """An attempt without an answer is repeated until there is one."""
    service.fail["GetServerInfo"] = 3

    answer = ask(SyncTransport(target(service)))

    assert answer.backend == "memory"
    assert service.count("GetServerInfo") == 4


def test_sync_transport__gives_up(service, clock):
    """After the time to try, the error says where, how often and why; the call may be repeated with the same id."""
    service.fail["GetServerInfo"] = 10**6
    begin = clock.at

    with pytest.raises(tallystick.LedgerUnavailable) as caught:
        ask(SyncTransport(target(service)), request_id="the-id", retry_s=0.5)

    assert 0.2 < clock.at - begin < 0.5
    error = caught.value
    assert (error.address, error.request_id) == (service.address, "the-id")
    assert error.attempts == service.count("GetServerInfo") == 4
    assert "the fake was told to fail" in str(error)


def test_sync_transport__refusal_is_final(service):
    """A refusal is not repeated."""
    service.refuse["GetServerInfo"] = Refusal(grpc.StatusCode.FAILED_PRECONDITION, "PARTITION_CLOSED")

    with pytest.raises(tallystick.PartitionClosed):
        ask(SyncTransport(target(service)))

    assert service.count("GetServerInfo") == 1


def test_sync_transport__quarantine_is_final(service):
    """Only an operator ends a quarantine: waiting would not help."""
    service.refuse["GetServerInfo"] = Refusal(grpc.StatusCode.UNAVAILABLE, "ORGANIZATION_QUARANTINED")

    with pytest.raises(tallystick.OrganizationQuarantined):
        ask(SyncTransport(target(service)))

    assert service.count("GetServerInfo") == 1


def test_sync_transport__deadline(service):
    """An attempt that takes too long is given up, and repeated."""
    with service.holding_up("GetServerInfo", calls=1):
        answer = ask(SyncTransport(target(service, timeout_s=0.2)), retry_s=PATIENCE_S)

    assert answer.backend == "memory"
    assert service.count("GetServerInfo") >= 2


def test_sync_transport__comes_back(service):
    """A ledger that comes back within the time to try is found again."""
    connection = SyncTransport(target(service, retry_s=PATIENCE_S))
    ask(connection)
    service.stop()
    service.start()

    assert ask(connection).backend == "memory"


def test_sync_transport__token(service):
    """A token travels with every call on this machine."""
    ask(SyncTransport(target(service, token="secret")))

    assert service.metadata[0]["authorization"] == "Bearer secret"


@pytest.fixture
def secure_service():
    """A fake that speaks TLS only."""
    key, certificate = ((TLS / name).read_bytes() for name in ("key.pem", "certificate.pem"))
    service = FakeService()
    service.start(grpc.ssl_server_credentials([(key, certificate)]))
    yield service
    service.stop()


def test_sync_transport__tls(secure_service):
    """With a certificate file the ledger proves who it is, and the token travels encrypted."""
    secure = target(secure_service, token="secret", ca_file=str(TLS / "certificate.pem"))

    assert ask(SyncTransport(secure)).backend == "memory"
    assert asyncio.run(ask(AsyncTransport(secure))).backend == "memory"
    assert secure_service.metadata[1]["authorization"] == "Bearer secret"


def test_sync_transport__tls_needs_the_authority(secure_service):
    """Without the authority's certificate nobody is trusted, and in clear nobody answers."""
    with pytest.raises(tallystick.LedgerUnavailable):
        ask(SyncTransport(target(secure_service)), retry_s=0)


def test_sync_transport__closed(service):
    """A closed client says so."""
    connection = SyncTransport(target(service))
    ask(connection)
    connection.close()

    with pytest.raises(tallystick.ClientClosed):
        ask(connection)


def test_call__long_answer(service, monkeypatch):
    """An answer above gRPC's own bound of 4 MiB arrives: what it tells of has happened already."""
    long = server_pb2.ServerInfo(version="0" * 5_000_000)
    monkeypatch.setattr(service, "GetServerInfo", lambda _: long)
    connection = SyncTransport(Target(address=service.address))

    answer = ask(connection)

    assert answer == long
    connection.close()


async def test_async_transport__repeats(service):
    """An attempt without an answer is repeated until there is one."""
    service.fail["GetServerInfo"] = 3

    answer = await ask(AsyncTransport(target(service)))

    assert answer.backend == "memory"
    assert service.count("GetServerInfo") == 4


async def test_async_transport__gives_up(service, clock):
    """After the time to try, the error says so."""
    service.fail["GetServerInfo"] = 10**6
    clock.passes = 0.1

    with pytest.raises(tallystick.LedgerUnavailable) as caught:
        await ask(AsyncTransport(target(service)), retry_s=0.5)

    assert caught.value.attempts == service.count("GetServerInfo") == 3


async def test_async_transport__refusal(service):
    """A refusal arrives with its type."""
    wanted = organizations_pb2.GetOrganizationRequest(organization="nobody")

    with pytest.raises(tallystick.OrganizationNotFound):
        await AsyncTransport(target(service)).call(methods.GET_ORGANIZATION, wanted)


async def test_async_transport__closed(service):
    """A closed client says so."""
    connection = AsyncTransport(target(service))
    await ask(connection)
    await connection.close()

    with pytest.raises(tallystick.ClientClosed):
        await ask(connection)


def test_async_transport__one_loop_after_another(service):
    """Each event loop has its own connection, and takes it with it when it ends."""
    connection = AsyncTransport(target(service))

    for _ in range(3):
        assert asyncio.run(ask(connection)).backend == "memory"

    assert len(connection._channels) == 1


def test_call__nobody_listens():
    """Nobody there is one sentence with the address and how to start a ledger, not gRPC's account of it."""
    client = tallystick.Client("127.0.0.1:9", retry_for=0)

    with pytest.raises(tallystick.LedgerUnavailable) as error:
        client.get_partition("acme")

    assert str(error.value) == (
        "no answer from the ledger at 127.0.0.1:9: nobody listens there; start `tallystick serve`, "
        "or say in TALLYSTICK_ADDRESS where the ledger is"
    )
