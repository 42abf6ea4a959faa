import asyncio
import sqlite3
from contextlib import asynccontextmanager, closing

import pytest

from ledger import service
from ledger.archive.restoring import CannotImport, restore
from ledger.core.requests import made_at
from ledger.storage.open import open_store
from ledger.storage.schema import metadata
from ledger.verify import Verdict, verify, verify_export
from tests.rpc.world import SCOUT, Wire, found_acme, new_id, usd
from tests.verify.exports import export_to
from tests.verify.governance import governed_by_all
from tests.verify.journal import FAST, execute_sql, something_of_everything, write_sqlite


def put_back(path, url, *organizations, **given):
    """A restoring that nobody watches."""
    return restore(path, url, organizations, verifying=lambda *_: None, writing=lambda *_: None, **given)


@pytest.fixture
def books(tmp_path):
    """A database file with two organizations."""
    write_sqlite(tmp_path / "ledger.db", governed_by_all(), something_of_everything("zeta"))
    return tmp_path / "ledger.db"


@pytest.fixture
def exported(books, tmp_path):
    """Its export."""
    export_to(tmp_path / "books.jsonl", f"sqlite:///{books}")
    return tmp_path / "books.jsonl"


def contents(path):
    """Every row of every table."""
    with closing(sqlite3.connect(path)) as database:
        return {table: sorted(database.execute(f"SELECT * FROM {table}"), key=repr) for table in metadata.tables}


def test_restore__every_row(books, exported, tmp_path):
    """R47: every row of every table is as it was, postings and request ids too."""
    restored = put_back(exported, f"sqlite:///{tmp_path}/copy.db")

    assert contents(tmp_path / "copy.db") == contents(books)
    assert [(one.organization, one.incarnation, one.position) for one in restored] == [
        ("acme", 2, 110),
        ("zeta", 2, 39),
    ]


def test_restore__requests_are_known(exported, tmp_path):
    """R38: what a request id was bound to it is bound to still, so a repeated request gets its answer."""
    writer = something_of_everything("zeta")
    keys = [(one.entry.principal, one.entry.request_id) for batch in writer.batches for one in batch.entries]
    put_back(exported, f"sqlite:///{tmp_path}/copy.db", "zeta")

    async def ask():
        store = await open_store(f"sqlite:///{tmp_path}/copy.db", FAST)
        try:
            async with store.lock("zeta") as locked:
                return await locked.known([key for key in keys if key[1]])
        finally:
            await store.close()

    known = asyncio.run(ask())
    assert known.keys() == {key for key in keys if key[1] and made_at(key[1])}


async def test_restore__a_retry_after_it(tmp_path):
    """R38: what was answered before the books were restored is answered the same after, and has no second effect."""
    old, new = (f"sqlite:///{tmp_path}/{name}.db" for name in ("old", "new"))
    ids = [new_id() for _ in range(3)]

    async def ask(wire):
        held = await wire.call("Reserve", request_id=ids[0], partition=SCOUT, amounts=[usd(1)])
        charged = await wire.call("Charge", request_id=ids[1], partition=SCOUT, amounts=[usd(2)])
        refused = await wire.fails("Allocate", request_id=ids[2], partition=SCOUT, amount=usd(10_000))
        return held, charged, refused

    async with served(old) as wire:
        await found_acme(wire)
        first = await ask(wire)
    await asyncio.to_thread(export_to, tmp_path / "books", old)
    await asyncio.to_thread(put_back, tmp_path / "books", new)
    async with served(new) as wire:
        again = await ask(wire)
        position = (await wire.call("GetOrganization", organization="acme")).position

    before, after = await asyncio.to_thread(lambda: (verify(old), verify(new)))
    assert again[0].reservation_id == first[0].reservation_id
    assert (again[0].receipt.replayed, again[1].receipt.replayed, again[2].reason) == (True, True, first[2].reason)
    assert (after.of("acme").chain, position) == (before.of("acme").chain, before.of("acme").position)


@asynccontextmanager
async def served(url):
    """A service on a database, and somebody who asks it."""
    store = await open_store(url)
    try:
        async with service.running(store) as running, Wire(running.address) as wire:
            yield wire
    finally:
        await store.close()


def test_restore__beside_others(exported, tmp_path):
    """An organization is put into a database that has others; one that is there is replaced by nothing."""
    put_back(exported, f"sqlite:///{tmp_path}/copy.db", "zeta")
    put_back(exported, f"sqlite:///{tmp_path}/copy.db", "acme")

    assert verify(f"sqlite:///{tmp_path}/copy.db").verdict is Verdict.CLEAN
    with pytest.raises(CannotImport, match="there is an organization"):
        put_back(exported, f"sqlite:///{tmp_path}/copy.db")


def test_restore__nothing_where_one_exists(exported, tmp_path):
    """All or nothing: where one of two exists the other is not imported either."""
    put_back(exported, f"sqlite:///{tmp_path}/copy.db", "zeta")

    with pytest.raises(CannotImport):
        put_back(exported, f"sqlite:///{tmp_path}/copy.db")

    assert [one.organization for one in verify(f"sqlite:///{tmp_path}/copy.db").organizations] == ["zeta"]


@pytest.mark.parametrize("table", ["postings", "request_ids", "standing"])
def test_restore__left_overs(table, exported, books, tmp_path):
    """R9: rows that are left of an organization are in the way, whichever table they are in."""
    put_back(exported, f"sqlite:///{tmp_path}/copy.db", "zeta")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as database, database:
        database.execute(f"ATTACH '{books}' AS was")
        database.execute(f"INSERT INTO main.{table} SELECT * FROM was.{table} WHERE organization = 'acme' LIMIT 1")

    with pytest.raises(CannotImport, match="acme"):
        put_back(exported, f"sqlite:///{tmp_path}/copy.db", "acme")


def test_restore__interrupted(exported, tmp_path):
    """Whatever ends it in the middle, nothing of it is there."""

    def stop(_name, done, _goal):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(exported, f"sqlite:///{tmp_path}/copy.db", verifying=lambda *_: None, writing=stop)

    assert verify(f"sqlite:///{tmp_path}/copy.db").organizations == []


def test_restore__cut_off(exported, tmp_path):
    """A file that ends early is not imported as far as it goes."""
    exported.write_bytes(exported.read_bytes()[:20_000])

    with pytest.raises(CannotImport, match="INCOMPLETE") as refused:
        put_back(exported, f"sqlite:///{tmp_path}/copy.db")

    assert refused.value.report is not None
    assert refused.value.report.verdict is Verdict.INCOMPLETE


def test_restore__changed_meanwhile(exported, tmp_path):
    """What was verified is what is written: a file that changes in between is refused."""

    def change(_name, done, goal):
        if done == goal:
            exported.touch()

    with pytest.raises(CannotImport, match="was changed while it was read"):
        restore(exported, f"sqlite:///{tmp_path}/copy.db", ["zeta"], verifying=lambda *_: None, writing=change)

    assert verify(f"sqlite:///{tmp_path}/copy.db").organizations == []


def test_restore__stopped(exported, tmp_path):
    """What is to begin a new incarnation may be read, and is not written to before."""
    put_back(exported, f"sqlite:///{tmp_path}/copy.db", "zeta", stopped_for="wait")

    (zeta,) = verify(f"sqlite:///{tmp_path}/copy.db").organizations

    assert (zeta.quarantine, zeta.verdict) == ("wait", Verdict.CLEAN)


def test_restore__of_the_quarantined(books, exported, tmp_path):
    """Why writing was stopped is about one database, and does not move with the books."""
    execute_sql(books, "UPDATE heads SET quarantine = 'a doubt'")
    export_to(tmp_path / "again.jsonl", f"sqlite:///{books}")

    assert (tmp_path / "again.jsonl").read_bytes() == exported.read_bytes()
    assert verify_export(tmp_path / "again.jsonl").verdict is Verdict.CLEAN
