import hashlib

from ledger.core.texts import Text, digest_of


def test_of__covered_by_a_salted_digest():
    """R48: the digest is of salt and text, so that without the salt it says nothing about the text."""
    text = Text.of("second source", b"0123456789abcdef")

    assert text == ("second source", b"0123456789abcdef".hex(), text.digest)
    assert text.digest == hashlib.sha256(b"0123456789abcdef" + b"second source").hexdigest()
    assert text.digest == digest_of(text.value, text.salt)
    assert Text.of("second source", b"fedcba9876543210").digest != text.digest


def test_of__no_text():
    """A text that was not given has neither salt nor digest."""
    assert Text.of("", b"0123456789abcdef") == Text() == ("", "", "")
