import asyncio
import stat

import pytest

from ledger.archive.checkpointing import Checkpointer, CheckpointFile, checkpoint
from ledger.core.faults import StorageUnavailable
from ledger.storage.open import open_store
from ledger.storage.store import Head
from ledger.verify import Verdict, verify
from ledger.verify.checkpoints import Checkpoints
from ledger.verify.keys import make_key
from tests.verify.journal import FAST, something_of_everything, write_sqlite
from tests.waiting import until_async


@pytest.fixture
def key(tmp_path):
    """A key of this test's."""
    return make_key(tmp_path / "key")


def test_checkpoint(key):
    """Where the head stands is said, and signed."""
    signed = checkpoint("acme", Head(39, 5, b"\xab" * 32, incarnation=2), key, 7)

    assert (signed.organization, signed.incarnation, signed.position, signed.at) == ("acme", 2, 39, 7)
    assert signed.is_signed()


def test_file__added_to(tmp_path, capsys):
    """Lines come behind those that are there, in a file of its owner's only; or on standard output."""
    path = tmp_path / "kept"

    CheckpointFile(str(path)).add(["a", "b"])
    CheckpointFile(str(path)).add(["c"])
    CheckpointFile("-").add(["d"])

    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("a\nb\nc\n", 0o600)
    assert capsys.readouterr().out == "d\n"


def test_file__a_line_that_was_cut_off(tmp_path, key):
    """What was written half, as on a full disk, takes nothing with it that is written later."""
    lines = [checkpoint("acme", Head(number, chain=bytes(32)), key, number).line() for number in (1, 2, 3)]
    file = CheckpointFile(str(tmp_path / "kept"))
    file.add(lines[:1])
    with (tmp_path / "kept").open("a") as cut:
        cut.write(lines[1][:100])

    file.add(lines[2:])

    kept = Checkpoints.read([tmp_path / "kept"])
    assert sorted(kept.of["acme"]) == [1, 3]
    assert [place for _, place, _ in kept.problems] == ["kept, line 2"]


async def test_once__what_has_moved(tmp_path, key):
    """Each organization is signed at first, and then when it has moved; the books agree with all of it."""
    writers = something_of_everything(), something_of_everything("zeta")
    last = writers[0].batches.pop()
    url = await asyncio.to_thread(write_sqlite, tmp_path / "ledger.db", *writers)
    store = await open_store(url, FAST)
    checkpointer = Checkpointer(store, store.reader, key, CheckpointFile(str(tmp_path / "kept")))

    counts = [await checkpointer.once(), await checkpointer.once()]
    await store.append(last)
    counts.append(await checkpointer.once())
    await store.close()

    report = await asyncio.to_thread(verify, url, checkpoints=Checkpoints.read([tmp_path / "kept"], key.public))
    assert (counts, report.verdict) == ([2, 0, 1], Verdict.CLEAN)
    assert [(one.checkpoints, one.witnessed) for one in report.organizations] == [(2, 39), (1, 39)]


async def test_run__goes_on_after_a_failure(tmp_path, key):
    """A database that is away for a while is asked again; what could not be written is written next time."""
    url = await asyncio.to_thread(write_sqlite, tmp_path / "ledger.db", something_of_everything())
    store = await open_store(url, FAST)

    class Away:
        asked = 0

        async def organizations(self, after, limit):
            self.asked += 1
            if self.asked == 1:
                raise StorageUnavailable("away")
            return await store.reader.organizations(after, limit)

    (tmp_path / "kept").mkdir()
    checkpointer = Checkpointer(store, Away(), key, CheckpointFile(str(tmp_path / "kept")))
    running = asyncio.create_task(checkpointer.run(0.001))
    await until_async(lambda: checkpointer.failed > 1)
    (tmp_path / "kept").rmdir()
    await until_async(lambda: (tmp_path / "kept").exists() and not checkpointer.failed)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await store.close()

    assert len((tmp_path / "kept").read_text().splitlines()) == 1
