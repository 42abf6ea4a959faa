import json
import stat

import pytest


@pytest.fixture
def kept(tallystick, database, tmp_path):
    """A checkpoint of the journal, and the key that signed it."""
    tallystick("checkpoint", "keygen", str(tmp_path / "key"))
    tallystick("checkpoint", "sign", "--key", str(tmp_path / "key"), "-o", str(tmp_path / "kept.jsonl"))
    return tmp_path / "kept.jsonl"


def test_prove__and_verify(tallystick, kept, tmp_path, monkeypatch):
    """A proof with a checkpoint is verified without any database, by whoever trusts the key."""
    proof = tmp_path / "proof.json"
    tallystick("prove", "acme", "7", "--checkpoint", str(kept), "-o", str(proof))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "sqlite:////nowhere/at/all.db")

    ran = tallystick("verify", "--proof", str(proof), "--public-key", str(tmp_path / "key.pub"))

    assert stat.S_IMODE(proof.stat().st_mode) == 0o600
    assert ran.out.startswith("acme: Funded at position 7, under the seal ")
    assert "its checkpoint is signed by key " in ran.out
    assert ran.out.splitlines()[-1] == f"CLEAN: {proof}"


def test_prove__nobody_vouches(tallystick, database, kept, tmp_path):
    """Without a checkpoint the proof is incomplete, exit code 1, until somebody's is laid beside it."""
    said = tallystick("prove", "acme", "7").out
    proof = tmp_path / "proof.json"
    proof.write_text(said)

    alone = tallystick("verify", "--proof", str(proof), "--json", code=1)
    beside = tallystick("verify", "--proof", str(proof), "--checkpoint", str(kept), "--json")

    assert json.loads(said)["checkpoint"] is None
    assert (alone.document["verdict"], beside.document["verdict"]) == ("INCOMPLETE", "CLEAN")


def test_prove__bad_input(tallystick, database, tmp_path):
    """No such entry, no checkpoint in the file, no proof, a proof and something else."""
    (tmp_path / "none").write_text("")

    assert tallystick("prove", "acme", "99", "--json", code=1).error["reason"] == "NOT_PROVED"
    assert tallystick("prove", "acme", "7", "--checkpoint", str(tmp_path / "none"), code=1).err
    assert tallystick("prove", "acme", "0", code=2).err
    assert tallystick("prove", "acme", "7", "-o", str(tmp_path / "none"), code=3).err
    unreadable = tallystick("verify", "--proof", str(tmp_path / "none"), "--json", code=3)
    assert unreadable.error["reason"] == "PROOF_UNREADABLE"
    assert "by itself" in tallystick("verify", "acme", "--proof", str(tmp_path / "none"), code=2).err
