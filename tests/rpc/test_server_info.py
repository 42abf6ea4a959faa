import time

import ledger
from ledger.rpc.server_info import BATCH_ITEMS_MAX
from tests.repository.project import ROOT
from tests.rpc.world import Wire


async def test_server_info__what_it_is(wire: Wire):
    """The service says its version, database, clock and limits."""
    info = await wire.call("GetServerInfo")

    assert (info.version, info.backend, info.format) == (ledger.__version__, "memory", 1)
    assert info.durability
    assert abs(info.time.seconds - time.time()) < 10
    assert info.start_time.seconds <= info.time.seconds
    assert (info.deadline_max.seconds, info.request_bytes_max, info.batch_items_max) == (60, 1024 * 1024, 500)


def test_batch_items_max__as_the_proto_declares():
    """The limit that is told is the one that is enforced."""
    assert f"max_items: {BATCH_ITEMS_MAX}}}" in (ROOT / "protos/tallystick/v1/batch.proto").read_text()
