import json

import pytest

from tests.verify.journal import something_of_everything, write_sqlite


@pytest.fixture
def key(tallystick, tmp_path):
    """A new key's file."""
    path = tmp_path / "key"
    tallystick("checkpoint", "keygen", str(path))
    return path


def test_keygen(tallystick, tmp_path):
    """Two files, and the digits that a verifier compares."""
    made = tallystick("checkpoint", "keygen", str(tmp_path / "key"), "--json").document

    assert (made["private_key"], made["public_key"]) == (str(tmp_path / "key"), str(tmp_path / "key.pub"))
    assert len(made["key"]) == 64
    assert tallystick("checkpoint", "keygen", str(tmp_path / "key"), "--json", code=3).error["reason"] == "KEY_UNUSABLE"


def test_sign__and_verify(tallystick, database, key, tmp_path):
    """What was signed is agreed with, by whom it was signed is said, and to whom the rest is left."""
    kept = tmp_path / "kept.jsonl"
    tallystick("checkpoint", "sign", "--key", str(key), "-o", str(kept))
    said = tallystick("checkpoint", "sign", "--key", str(key)).out
    kept.write_text(kept.read_text() + said)

    people = tallystick("verify", "--checkpoint", str(kept), "--public-key", f"{key}.pub")
    program = tallystick("verify", "--checkpoint", str(kept), "--json").document

    assert "acme: 1 checkpoint agrees, the last at position 39" in people.out
    assert f"checkpoints are signed by key {program['signed_by'][0]}" in people.out
    assert [one["witnessed"] for one in program["organizations"]] == [39]


def test_verify__tail_cut_off(tallystick, database, key, tmp_path):
    """Exit code 1 where the books are those of an earlier moment."""
    kept = tmp_path / "kept.jsonl"
    tallystick("checkpoint", "sign", "--key", str(key), "-o", str(kept), "--json")
    writer = something_of_everything()
    del writer.batches[-3:]
    earlier = write_sqlite(tmp_path / "earlier.db", writer)

    ran = tallystick("verify", "--database", earlier, "--checkpoint", str(kept), "--json", code=1)

    assert ran.document["counts"] == {"CHECKPOINT_BEYOND": 1}


def test_verify__nobody_vouches(tallystick, database, key, tmp_path):
    """Where no checkpoint is of the organization that is said."""
    kept = tmp_path / "kept.jsonl"
    tallystick("checkpoint", "sign", "--key", str(key), "-o", str(kept), "--json")
    two = write_sqlite(tmp_path / "two.db", something_of_everything(), something_of_everything("zeta"))

    told = tallystick("verify", "--database", two, "--checkpoint", str(kept)).out

    assert "acme: 1 checkpoint agrees" in told
    assert "zeta: no checkpoint vouches for it" in told


@pytest.mark.parametrize("text", ["", '{"organization":"acme"'])
def test_verify__no_checkpoint_at_all(tallystick, database, tmp_path, text):
    """Whoever brings a file in which there is none is told, and not that all is well."""
    (tmp_path / "none").write_text(text)

    error = tallystick("verify", "--checkpoint", str(tmp_path / "none"), "--json", code=1).error

    assert error["reason"] == "NO_CHECKPOINT"


def test_checkpoint__bad_input(tallystick, database, key, tmp_path):
    """No key, nobody of that name, two documents on one stream, a key without checkpoints, no such file."""
    sign = ("checkpoint", "sign", "--key")

    assert tallystick(*sign, str(tmp_path / "none"), code=3).err
    assert "nobody" in tallystick(*sign, str(key), "--organization", "nobody", code=1).err
    assert "--output" in tallystick(*sign, str(key), "--json", code=2).err
    assert "--checkpoint" in tallystick("verify", "--public-key", f"{key}.pub", code=2).err
    assert tallystick("verify", "--checkpoint", str(tmp_path / "none"), code=3).err.count("\n") == 1


def test_sign__one_organization(tallystick, database, key):
    """Only those that were named."""
    said = tallystick("checkpoint", "sign", "--key", str(key), "--organization", "acme").out

    assert json.loads(said)["organization"] == "acme"
