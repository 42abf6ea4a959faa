import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.storage.chain import merkle_root
from ledger.storage.schema import seals
from ledger.verify import FindingKind, Verdict
from ledger.verify.checkpoints import Checkpoint, Checkpoints
from ledger.verify.keys import make_key
from ledger.verify.proofs import CannotProve, NoProof, merkle_path, proof_of, prove, root_of, verify_proof
from ledger.verify.snapshot import open_snapshot
from tests.verify.journal import execute_sql


@pytest.fixture
def snapshot(database):
    """A moment of a journal of 39 entries in 22 batches."""
    with open_snapshot(f"sqlite:///{database}") as opened:
        yield opened


@pytest.fixture
def key(tmp_path):
    """A key of this test's."""
    return make_key(tmp_path / "key")


@pytest.fixture
def vouched(snapshot, key):
    """Checkpoints at some seals."""
    rows = list(snapshot.rows(seals, "acme"))
    return [Checkpoint("acme", 1, row[1], row[3], row[6].hex()).signed(key) for row in (rows[9], rows[15], rows[-1])]


def read(document):
    """A proof as it comes out of a file."""
    return proof_of(json.dumps(document).encode())


@given(count=st.integers(1, 40), data=st.data())
def test_merkle_path__leads_to_the_root(count, data):
    """From every leaf of every tree the path leads to the root, and from another leaf it does not."""
    digests = [hashlib.sha256(bytes([number])).digest() for number in range(count)]
    place = data.draw(st.integers(0, count - 1))

    path = merkle_path(digests, place)

    assert root_of(digests[place], path) == merkle_root(digests)
    assert root_of(hashlib.sha256(b"other").digest(), path) != merkle_root(digests)
    assert len(path) <= (count - 1).bit_length()


def test_verify_proof__every_entry(snapshot, vouched, key):
    """Of every entry there is a proof up to the next checkpoint, and it is clean for whoever knows the signer."""
    for position in range(1, 40):
        proof = read(prove(snapshot, "acme", position, vouched))

        report = verify_proof("proof", proof, trusted=key.public)

        assert report.verdict is Verdict.CLEAN, (position, report.findings)
        assert report.of("acme").witnessed == min(one.position for one in vouched if one.position >= position)


def test_verify_proof__up_to_the_head(snapshot, vouched, tmp_path):
    """Without a checkpoint it goes up to the head; alone it is incomplete, with somebody's checkpoint it is clean."""
    proof = read(prove(snapshot, "acme", 7))
    (tmp_path / "kept").write_text("".join(f"{one.line()}\n" for one in vouched))

    alone = verify_proof("proof", proof)
    kept = verify_proof("proof", proof, Checkpoints.read([tmp_path / "kept"]))

    assert (alone.verdict, dict(alone.counts)) == (Verdict.INCOMPLETE, {FindingKind.PROOF_UNANCHORED: 1})
    assert (kept.verdict, kept.of("acme").checkpoints) == (Verdict.CLEAN, 3)


def test_verify_proof__signed_by_nobody_known(snapshot, vouched, key, tmp_path):
    """A signature says nothing by itself: whoever made the proof can have made the key. One who is known may vouch."""
    proof = read(prove(snapshot, "acme", 7, vouched))
    other = Checkpoint("acme", 1, 5, 5, "ab" * 32).signed(make_key(tmp_path / "other"))
    mine = Checkpoint("other", 1, 5, 5, "ab" * 32).signed(key)
    (tmp_path / "theirs").write_text(f"{other.line()}\n")
    (tmp_path / "mine").write_text(f"{mine.line()}\n")

    alone = verify_proof("proof", proof)
    of_others = verify_proof("proof", proof, Checkpoints.read([tmp_path / "theirs"]))
    of_the_signer = verify_proof("proof", proof, Checkpoints.read([tmp_path / "mine"]))

    for report in (alone, of_others):
        assert (report.verdict, dict(report.counts)) == (Verdict.INCOMPLETE, {FindingKind.PROOF_UNANCHORED: 1})
    assert key.public in str(alone.findings[0])
    assert of_the_signer.verdict is Verdict.CLEAN


def _set(document, name, value):
    document[name] = value


MEDDLED = {
    "another entry": lambda one: _set(one, "body", one["body"].replace('"parts":1000', '"parts":1001')),
    "another position": lambda one: _set(one, "position", 8),
    "another text": lambda one: _set(one, "texts", one["texts"].replace("April", "August")),
    "another organization": lambda one: _set(one, "organization", "acne"),
    "another side": lambda one: one["path"][0].__setitem__(0, "left"),
    "another neighbour": lambda one: one["path"][0].__setitem__(1, "00" * 32),
    "no path": lambda one: _set(one, "path", []),
    "another past": lambda one: _set(one, "previous", "00" * 32),
    "another time": lambda one: one["seals"][0].__setitem__(2, 1),
    "another format": lambda one: one["seals"][1].__setitem__(3, 2),
    "a seal less": lambda one: one["seals"].pop(2),
    "an end less": lambda one: one["seals"].pop(),
    "seals in another order": lambda one: one["seals"].reverse(),
    "another chain": lambda one: _set(one, "chain", "00" * 32),
    "another checkpoint": lambda one: one["checkpoint"].__setitem__("at", 3),
    "another signer's word": lambda one: one["checkpoint"].__setitem__("signature", "00" * 64),
}


@pytest.mark.parametrize("meddle", MEDDLED.values(), ids=MEDDLED)
def test_verify_proof__meddled_with(meddle, snapshot, vouched):
    """Whatever of a proof is changed, it does not hold together any more."""
    document = prove(snapshot, "acme", 7, vouched)
    meddle(document)

    report = verify_proof("proof", read(document))

    assert report.verdict is Verdict.FINDINGS


def test_verify_proof__another_key(snapshot, vouched, tmp_path):
    """Whoever is trusted must have signed the checkpoint inside."""
    proof = read(prove(snapshot, "acme", 7, vouched))

    report = verify_proof("proof", proof, trusted=make_key(tmp_path / "other").public)

    assert FindingKind.CHECKPOINT_FORGED in report.counts


def test_verify_proof__of_another_history(snapshot, vouched, key, tmp_path):
    """A checkpoint that somebody kept contradicts a proof of a history that was made anew."""
    other = Checkpoint("acme", 1, vouched[0].position, 5, "ab" * 32).signed(key)
    (tmp_path / "kept").write_text(f"{other.line()}\n")

    report = verify_proof("proof", read(prove(snapshot, "acme", 7)), Checkpoints.read([tmp_path / "kept"]))

    assert dict(report.counts) == {FindingKind.CHECKPOINT_CONTRADICTED: 1}


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"{}", b'{"format":2}', b"[" * 100_000, b"\xff"],
    ids=["nothing", "array", "empty", "newer", "deep", "no text"],
)
def test_proof_of__none(text):
    """What is no proof is said to be none, whatever it is."""
    with pytest.raises(NoProof):
        proof_of(text)


@pytest.mark.parametrize(
    "change",
    [
        {"position": True},
        {"position": 2**64},
        {"seals": []},
        {"seals": [[1, 1, 1, 1]]},
        {"path": [["up", "00"]]},
        {"chain": "AB"},
        {"checkpoint": {}},
        {"body": "\ud800"},
        {"more": 1},
    ],
    ids=str,
)
def test_proof_of__another_shape(change, snapshot):
    """A proof has its keys, and each is what it must be."""
    with pytest.raises(NoProof):
        read(prove(snapshot, "acme", 7) | change)


def test_prove__nothing_there(database, snapshot, vouched):
    """No such entry, nobody of that name, no checkpoint behind it, one that the journal disagrees with."""
    wrong = Checkpoint("acme", 1, 39, 5, "ab" * 32)

    for organization, position, checkpoints, said in (
        ("acme", 40, (), "no entry 40"),
        ("acme", 0, (), "no entry 0"),
        ("nobody", 1, (), "no entry 1"),
        ("acme", 39, vouched[:2], "no checkpoint"),
        ("acme", 39, (wrong,), "disagrees"),
    ):
        with pytest.raises(CannotProve, match=said):
            prove(snapshot, organization, position, checkpoints)


def test_prove__entry_gone(database):
    """An entry that is missing under its seal cannot be proved."""
    execute_sql(database, "DELETE FROM entries WHERE position = 7")

    with open_snapshot(f"sqlite:///{database}") as snapshot, pytest.raises(CannotProve, match="tallystick verify"):
        prove(snapshot, "acme", 7)


def test_prove__of_an_entry_with_unknown_text(snapshot):
    """R48: a proof of an entry whose text was erased holds as well."""
    document = prove(snapshot, "acme", 7)
    document["texts"] = ""

    assert dict(verify_proof("proof", read(document)).counts) == {FindingKind.PROOF_UNANCHORED: 1}
