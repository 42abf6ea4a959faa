import json
from dataclasses import replace

import pytest

from ledger.storage.schema import seals
from ledger.verify import FindingKind, Verdict, verify, verify_export
from ledger.verify.checkpoints import Checkpoint, Checkpoints, NoCheckpoint, read_line
from ledger.verify.keys import make_key
from ledger.verify.snapshot import open_snapshot
from tests.verify.exports import export_to, meddled
from tests.verify.journal import execute_sql, something_of_everything, write_sqlite


@pytest.fixture
def key(tmp_path):
    """A key of this test's."""
    return make_key(tmp_path / "key")


@pytest.fixture
def kept(database, key, tmp_path):
    """Checkpoints of some seals of the journal, in a file."""
    with open_snapshot(f"sqlite:///{database}") as snapshot:
        rows = list(snapshot.rows(seals, "acme"))
    signed = [Checkpoint("acme", 1, row[1], row[3], row[6].hex()).signed(key) for row in rows[::5] + rows[-1:]]
    path = tmp_path / "kept.jsonl"
    path.write_text("".join(f"{one.line()}\n" for one in signed))
    return path


def test_line__there_and_back(key):
    """A checkpoint is one line, as the page on the format shows it."""
    signed = Checkpoint("äcme", 2, 39, 1767225600000000, "ab" * 32).signed(key)

    back = read_line(signed.line().encode())

    assert (back, back.is_signed()) == (signed, True)
    assert list(json.loads(signed.line())) == [
        "organization",
        "incarnation",
        "position",
        "at",
        "chain",
        "key",
        "signature",
    ]


@pytest.mark.parametrize(
    "change",
    [{"organization": "zeta"}, {"incarnation": 2}, {"position": 40}, {"at": 6}, {"chain": "cd" * 32}],
)
def test_is_signed__every_fact(change, key):
    """The signature covers everything that is said."""
    signed = Checkpoint("acme", 1, 39, 5, "ab" * 32).signed(key)

    assert not replace(signed, **change).is_signed()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[1]",
        b"{" * 100_000,
        b'{"organization":"a","incarnation":1,"position":true,"at":1,"chain":"","key":"","signature":""}',
        b'{"organization":"a","incarnation":1,"position":1,"at":1,"chain":"zz","key":"","signature":""}',
        b'{"organization":"a","incarnation":1,"position":1e400,"at":1,"chain":"","key":"","signature":""}',
        b'{"organization":"a","incarnation":1,"position":99999999999999999999,"at":1,"chain":"","key":"","signature":""}',
        b'{"organization":"\\ud800","incarnation":1,"position":1,"at":1,"chain":"","key":"","signature":""}',
    ],
    ids=lambda text: text[:12] + text[-12:],
)
def test_read_line__none(text):
    """What is no checkpoint is said to be none, whatever it is."""
    with pytest.raises(NoCheckpoint):
        read_line(text)


def test_verify__agrees(database, kept, key):
    """A journal that was not touched agrees, and the report says up to where it is vouched for."""
    report = verify(f"sqlite:///{database}", checkpoints=Checkpoints.read([kept], key.public))

    (acme,) = report.organizations
    assert (report.verdict, acme.checkpoints, acme.witnessed) == (Verdict.CLEAN, 6, 39)


def cut(path):
    """The tail is cut off so well that everything fits together: it is the books as they were earlier."""
    path.unlink()
    writer = something_of_everything()
    del writer.batches[-1:]
    write_sqlite(path, writer)


def test_verify__tail_cut_off(database, kept, key):
    """I12: the books of an earlier moment are clean by themselves, and a checkpoint tells that they are not all."""
    cut(database)

    alone = verify(f"sqlite:///{database}")
    report = verify(f"sqlite:///{database}", checkpoints=Checkpoints.read([kept], key.public))

    assert alone.verdict is Verdict.CLEAN
    assert (report.verdict, dict(report.counts)) == (Verdict.FINDINGS, {FindingKind.CHECKPOINT_BEYOND: 1})
    assert report.findings[0].position == 39


def test_verify__export_with_its_tail_cut_off(database, kept, key, tmp_path):
    """The same of an export of them."""
    cut(database)
    export_to(tmp_path / "x", f"sqlite:///{database}")

    report = verify_export(tmp_path / "x", checkpoints=Checkpoints.read([kept], key.public))

    assert dict(report.counts) == {FindingKind.CHECKPOINT_BEYOND: 1}


def test_verify__history_written_anew(database, kept, key):
    """I12: another history of the same length, in which everything fits together, has other seals."""
    database.unlink()
    writer = something_of_everything()
    again = type(writer)()
    again.now += 1
    write_sqlite(database, _replayed(again))

    report = verify(f"sqlite:///{database}", checkpoints=Checkpoints.read([kept], key.public))

    assert verify(f"sqlite:///{database}").verdict is Verdict.CLEAN
    assert report.counts.keys() <= {FindingKind.CHECKPOINT_CONTRADICTED, FindingKind.CHECKPOINT_BEYOND}
    assert report.counts[FindingKind.CHECKPOINT_CONTRADICTED] >= 1


def _replayed(writer):
    from tests.builders import create_organization, fund

    writer.write(create_organization())
    for _ in range(5):
        writer.write(fund(5), fund(6))
    return writer


def test_verify__cut_off_file_accuses_nobody(database, kept, key, tmp_path):
    """Where the file ends early what checkpoints say of the rest is left open."""
    export_to(tmp_path / "x", f"sqlite:///{database}")
    (tmp_path / "x").write_bytes((tmp_path / "x").read_bytes()[:9000])

    report = verify_export(tmp_path / "x", checkpoints=Checkpoints.read([kept], key.public))

    assert (report.verdict, report.of("acme").checkpoints) == (Verdict.INCOMPLETE, 2)


def test_verify__organization_gone(database, kept, key):
    """An organization of which nothing is left is missed."""
    other = Checkpoint("gone", 1, 5, 5, "ab" * 32).signed(key)
    kept.write_text(f"{other.line()}\n")
    checkpoints = Checkpoints.read([kept])

    report = verify(f"sqlite:///{database}", checkpoints=checkpoints)

    assert (report.of("gone").verdict, report.of("acme").verdict) == (Verdict.FINDINGS, Verdict.CLEAN)
    assert FindingKind.CHECKPOINT_BEYOND in report.counts


def test_verify__seals_moved(database, kept, key, tmp_path):
    """A checkpoint in the middle of a batch: its seal is gone."""
    export_to(tmp_path / "x", f"sqlite:///{database}")
    third = kept.read_text().splitlines()[2]
    kept.write_text(third + "\n")
    position = json.loads(third)["position"]

    def merge(lines):
        lines.remove(next(one for one in lines if one[0] == "seal" and one[1] == position))

    report = verify_export(meddled(tmp_path / "x", merge), checkpoints=Checkpoints.read([kept], key.public))

    assert FindingKind.CHECKPOINT_CONTRADICTED in report.counts


def test_checkpoints__another_key(database, kept, tmp_path):
    """Whoever is trusted must have signed: a forger's own key is no use."""
    other = make_key(tmp_path / "other")

    report = verify(f"sqlite:///{database}", checkpoints=Checkpoints.read([kept], other.public))

    assert dict(report.counts) == {FindingKind.CHECKPOINT_FORGED: 6}
    assert report.of("acme").checkpoints == 0


def test_checkpoints__one_bit(database, kept, key):
    """A changed bit of a checkpoint is found wherever it is."""
    text = kept.read_bytes().splitlines(keepends=True)[0]
    verdicts = []
    for place in range(len(text) - 1):
        changed = bytearray(text)
        changed[place] ^= 1 << place % 7
        kept.write_bytes(changed)
        problems = Checkpoints.read([kept], key.public).problems
        verdicts.append(bool(problems))

    assert all(verdicts)


def test_checkpoints__no_line(database, kept, key):
    """A line that is none makes the verification incomplete; one that is being written is not read yet."""
    with kept.open("a") as file:
        file.write("nonsense\nhalf of a li")

    report = verify(f"sqlite:///{database}", checkpoints=Checkpoints.read([kept], key.public))

    assert (report.verdict, dict(report.counts)) == (Verdict.INCOMPLETE, {FindingKind.CHECKPOINT_UNREADABLE: 1})


def test_checkpoints__without_a_line_feed(kept, key):
    """A last line that is all there counts, however it was copied."""
    whole = Checkpoints.read([kept], key.public)
    kept.write_bytes(kept.read_bytes().rstrip(b"\n"))

    assert Checkpoints.read([kept], key.public) == whole


def test_verify__lost_entry_of_the_database(database, kept, key):
    """Rows that are cut off without care are found as ever, and the checkpoint adds to it."""
    for table, column in (("entries", "position"), ("postings", "position"), ("seals", "last_position")):
        execute_sql(database, f"DELETE FROM {table} WHERE {column} > 30")

    report = verify(f"sqlite:///{database}", checkpoints=Checkpoints.read([kept], key.public))

    assert {FindingKind.HEAD_ALTERED, FindingKind.CHECKPOINT_BEYOND} <= report.counts.keys()
