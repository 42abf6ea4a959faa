import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ledger.verify.keys import KeyUnusable, SigningKey, make_key, public_key, signed_by

EXCHANGE = X25519PrivateKey.generate()


def test_make_key__two_files(tmp_path):
    """The private key is its owner's only; the public one is named by its digits or by its file."""
    made = make_key(tmp_path / "key")

    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert SigningKey.load(tmp_path / "key").public == made.public
    assert public_key(str(tmp_path / "key.pub")) == public_key(made.public) == made.public


@pytest.mark.parametrize("existing", ["key", "key.pub"])
def test_make_key__replaces_nothing(existing, tmp_path):
    """A key that is there stays, and so does what it has signed."""
    (tmp_path / existing).write_text("precious")

    with pytest.raises(KeyUnusable, match="exists"):
        make_key(tmp_path / "key")

    assert [one.name for one in tmp_path.iterdir()] == [existing]
    assert (tmp_path / existing).read_text() == "precious"


def test_load__others_can_read_it(tmp_path):
    """A key that others can read signs nothing: who knows who else signs with it."""
    make_key(tmp_path / "key")
    (tmp_path / "key").chmod(0o640)

    with pytest.raises(KeyUnusable, match="mode 0640"):
        SigningKey.load(tmp_path / "key")


def test_load__no_key(tmp_path):
    """Nothing, something else, a key of another kind: each is said in a sentence."""
    private = EXCHANGE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for name, data in (("text", b"no key"), ("exchange", private)):
        (tmp_path / name).write_bytes(data)
        (tmp_path / name).chmod(0o600)

    for name, said in (
        ("none", r"none cannot be read: No such file or directory$"),
        ("text", "no private key"),
        ("exchange", "another kind"),
    ):
        with pytest.raises(KeyUnusable, match=said):
            SigningKey.load(tmp_path / name)


def test_public_key__none(tmp_path):
    """What is neither digits nor a file with a key."""
    public = EXCHANGE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "exchange").write_bytes(public)

    for said, problem in (("ab", r"\(No such file or directory\)$"), (str(tmp_path / "exchange"), "another kind")):
        with pytest.raises(KeyUnusable, match=problem):
            public_key(said)


def test_signed_by(tmp_path):
    """A signature is a key's for those bytes only; nonsense has signed nothing."""
    key, other = make_key(tmp_path / "1"), make_key(tmp_path / "2")
    signature = key.sign(b"a")

    assert signed_by(key.public, signature, b"a")
    assert not signed_by(key.public, signature, b"b")
    assert not signed_by(other.public, signature, b"a")
    assert not signed_by("zz", signature, b"a")
    assert not signed_by(key.public, "00", b"a")
