import json

import pytest

from ledger.storage import schema
from ledger.verify.lines import ABSENT, BY_TABLE, FORMS, PLACES, NoLine, line, same, values_of, word_of
from ledger.verify.snapshot import open_snapshot


def test_form__there_and_back(governed_database):
    """Every row of every table is a line, and is made of it again, but for what the line leaves out."""
    with open_snapshot(f"sqlite:///{governed_database}") as snapshot:
        for form in FORMS.values():
            out = [place for place, name in enumerate(form.table.columns.keys()) if name in form.left_out]
            for row in snapshot.rows(form.table, "acme"):
                back = form.row("acme", values_of(form.line(row))[1:])

                left = {place: form.left_out[form.table.columns.keys()[place]] for place in out}
                assert back == tuple(left.get(place, value) for place, value in enumerate(row))


def test_form__postings_are_in_the_bodies():
    """The legs lie in the entries' bytes and nowhere else; all other tables of the journal are there."""
    assert set(schema.metadata.tables.values()) - BY_TABLE.keys() == {schema.postings, schema.deliveries}
    assert sorted(PLACES.values()) == [0, 0, *range(1, len(PLACES) - 1)]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("entries", "body", b"\xff"),
        ("entries", "texts", "a\udcffb"),
        ("partitions", "closed", 1.5),
        ("balances", "spent", b"1"),
    ],
)
def test_form__what_no_line_can_say(table, column, value, governed_database):
    """What the service never wrote is refused, and not written as something else."""
    form = BY_TABLE[schema.metadata.tables[table]]
    with open_snapshot(f"sqlite:///{governed_database}") as snapshot:
        row = list(next(snapshot.rows(form.table, "acme")))
    row[form.table.columns.keys().index(column)] = value

    with pytest.raises(NoLine):
        form.line(tuple(row))


@pytest.mark.parametrize(
    ("word", "values"),
    [
        ("balances", [1, "USD"]),
        ("balances", [1, "USD", 0, 0, 0, 0, 0, 0, 0, True]),
        ("balances", [1, "USD", 0, 0, 0, 0, 0, 0, 0, [1]]),
        ("balances", [1, "USD", 0, 0, 0, 0, 0, 0, 0, 1.0]),
        ("partitions", [1, "acme", 0, "ORGANIZATION", 0, "", "", "", 1, 1, 1]),
    ],
)
def test_form__what_no_row_can_hold(word, values):
    """Too few values, and values that the column cannot have."""
    with pytest.raises(NoLine):
        FORMS[word].row("acme", values)


def test_form__no_hexadecimal():
    """What is no hexadecimal, or not as it is written, stays text, which no bytes are equal to."""
    chains = ("AB", "zz", "ab")

    read = [FORMS["heads"].row("acme", [1, 2, chain, None, 1, 1])[3] for chain in chains]

    assert read == ["AB", "zz", b"\xab"]


def test_values_of__as_written_only():
    """A line has one way to be written: blanks, other escapes and other orders are found."""
    written = line(["entry", 1, "Ä\n"])

    assert values_of(written) == ["entry", 1, "Ä\n"]
    for other in (json.dumps(["entry", 1, "Ä\n"]).encode() + b"\n", written.rstrip(), b"[1", b'{"a":1}\n', b"\xff\n"):
        with pytest.raises(NoLine):
            values_of(other)


def test_word_of():
    """The word is seen without reading the line."""
    assert (word_of(b'["seal",1]\n'), word_of(b"[1]\n"), word_of(b'{"a":1}\n')) == ("seal", "", "")


def test_absent__says_so():
    """In a message it is no value."""
    assert str(ABSENT) == "absent"


def test_same():
    """What is equal to Python, and is written otherwise, is not the same."""
    assert same(["acme", 1], ("acme", 1))
    assert not same([True], [1])
    assert not same([1.0], [1])
    assert not same([{"a": 1, "b": 2}], [{"b": 2, "a": 1}])
