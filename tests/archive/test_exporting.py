import gc
import stat
import tracemalloc

import pytest

from ledger.archive.exporting import CannotExport, export, made
from ledger.verify.snapshot import open_snapshot
from tests.builders import release, reserve
from tests.verify.exports import export_to
from tests.verify.governance import governed_by_all
from tests.verify.journal import execute_sql, something_of_everything, write_sqlite


@pytest.fixture
def url(tmp_path):
    """A database with two organizations."""
    return write_sqlite(tmp_path / "ledger.db", governed_by_all(), something_of_everything("zeta"))


def test_export__deterministic(url, tmp_path):
    """The same books make the same bytes; one organization's are its part of the whole."""
    export_to(tmp_path / "1", url)
    export_to(tmp_path / "2", url)
    export_to(tmp_path / "zeta", url, "zeta")

    whole, again, zeta = ((tmp_path / name).read_bytes() for name in ("1", "2", "zeta"))
    assert whole == again
    assert whole.endswith(zeta.partition(b"\n")[2])


def test_export__one_moment(url, tmp_path):
    """What is written meanwhile is in none of the tables of an export."""
    export_to(tmp_path / "before", url)
    lines: list[bytes] = []

    def interrupted(line):
        if not lines:
            execute_sql(tmp_path / "ledger.db", "UPDATE balances SET spent = spent + 1")
        lines.append(line)

    with open_snapshot(url) as snapshot:
        export(snapshot, (), interrupted, lambda *_: None)

    assert b"".join(lines) == (tmp_path / "before").read_bytes()


def test_export__progress(url):
    """Entries are told as they are written, up to all that there are."""
    told = []

    with open_snapshot(url) as snapshot:
        export(snapshot, ["zeta"], lambda _: None, lambda *step: told.append(step))

    assert (told[0], told[-1]) == (("zeta", 0, 39), ("zeta", 39, 39))


def test_export__damaged(url, tmp_path):
    """A body that is no text was not written by the service: it is named, and no file is left."""
    execute_sql(tmp_path / "ledger.db", "UPDATE entries SET body = x'ff00' WHERE position = 7")

    with pytest.raises(CannotExport, match="tallystick verify"):
        export_to(tmp_path / "x", url)

    assert not list(tmp_path.glob("x*"))


def test_export__findings_are_exported(url, tmp_path):
    """What contradicts itself is exported as it is: whoever verifies the file has to find it."""
    execute_sql(tmp_path / "ledger.db", "DELETE FROM seals WHERE last_position > 30")
    execute_sql(tmp_path / "ledger.db", "DELETE FROM entries WHERE position = 12")

    written = export_to(tmp_path / "x", url)

    assert [one.lines["entry"] for one in written] == [109, 38]


def test_export__nothing_there(tmp_path):
    """An empty database has nothing to export."""
    url = write_sqlite(tmp_path / "empty.db")

    with pytest.raises(CannotExport, match="no organization"):
        export_to(tmp_path / "x", url)


@pytest.mark.slow
def test_export__bounded_memory(tmp_path, monkeypatch):
    """Four times the journal does not take more memory."""
    monkeypatch.setattr("ledger.verify.snapshot._SLICE", 100)
    peaks = []
    for number, batches in enumerate((8, 8, 32)):  # the first run pays for what is made once
        writer = something_of_everything()
        for batch in range(batches):
            numbers = range(100 + 50 * batch, 150 + 50 * batch)
            writer.write(*(reserve("acme/research/scout", one, USD=1) for one in numbers))
            writer.write(*(release(one) for one in numbers))
        url = write_sqlite(tmp_path / f"{number}.db", writer)
        del writer
        gc.collect()
        tracemalloc.start()
        export_to(tmp_path / f"{number}.jsonl", url)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[2] < 1.3 * peaks[1], peaks


def test_made__no_such_folder(tmp_path):
    """What cannot be written is said by the name that was given, as people say it."""
    target = tmp_path / "none" / "books.jsonl"

    said = r"none/books.jsonl cannot be written: No such file or directory$"
    with pytest.raises(CannotExport, match=said), made(target):
        pass


def test_made__whole_or_not_there(tmp_path):
    """A file that could not be finished leaves nothing; a finished one is its owner's only."""
    target = tmp_path / "x"

    def interrupted():
        with made(target) as write:
            write(b"half of it")
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    left = list(tmp_path.iterdir())
    with made(target) as write:
        write(b"all")

    assert (left, target.read_bytes(), stat.S_IMODE(target.stat().st_mode)) == ([], b"all", 0o600)
    with pytest.raises(CannotExport, match="exists"), made(target):
        pass


def test_made__packed_without_name_or_time(tmp_path):
    """What gzip could say of the file that it packs is left out, so that the same books make the same bytes."""
    for name in ("one.gz", "other.gz"):
        with made(tmp_path / name) as write:
            write(b"all")

    one, other = ((tmp_path / name).read_bytes() for name in ("one.gz", "other.gz"))
    assert one == other
    assert one[3:8] == bytes(5)  # no flags, so no name; no time
