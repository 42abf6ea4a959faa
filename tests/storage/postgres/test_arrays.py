from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Boolean, Column, LargeBinary, MetaData, Table, Text

from ledger.core.faults import BatchConflict
from ledger.storage import schema
from ledger.storage.postgres.arrays import Arrays, binaries, numbers, texts
from ledger.storage.postgres.pipeline import Sent, statement

NUMBERS = st.integers(-(2**63), 2**63 - 1)
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def test_texts__quoted():
    """Texts are quoted, with quotes and backslashes escaped; braces, commas and NULL are only text."""
    assert texts(["a", 'b"c', "d\\e", "{,}", "NULL", ""]) == '{"a","b\\"c","d\\\\e","{,}","NULL",""}'


def test_binaries__hexadecimal():
    """Byte strings are written in hexadecimal."""
    assert binaries([b"\x00\xff", b""]) == '{"\\\\x00ff","\\\\x"}'


def test_numbers__and_booleans():
    """Numbers and booleans are written as they are."""
    assert numbers([1, -2, 2**63 - 1]) == "{1, -2, 9223372036854775807}"
    assert numbers([True, False]) == "{True, False}"


def test_texts__zero_character():
    """A zero character cannot be stored and is a conflict of that batch, not a break in the array."""
    with pytest.raises(BatchConflict):
        texts(["a", "b\0c"])


def test_arrays__rows_to_columns():
    """Rows become one array for each column, and the organization once."""
    arrays = Arrays(schema.seals)

    parameters = arrays.parameters([("acme", 2, 1, 9, 1, b"r", b"c"), ("acme", 3, 3, 10, 1, b"s", b"d")])

    assert parameters == {
        "organization": "acme",
        "last_position": "{2, 3}",
        "first_position": "{1, 3}",
        "at_us": "{9, 10}",
        "format": "{1, 1}",
        "root": '{"\\\\x72","\\\\x73"}',
        "chain": '{"\\\\x63","\\\\x64"}',
    }


def test_arrays__columns_that_may_be_null():
    """A table with a column that may be null is not written so."""
    table = Table("t", MetaData(), Column("organization", Text, nullable=False), Column("x", Text, nullable=True))

    with pytest.raises(AssertionError):
        Arrays(table)


THINGS = Table(
    "things",
    MetaData(),
    Column("organization", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("word", Text, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("flag", Boolean, nullable=False),
)


@pytest.mark.postgres
async def test_arrays__come_back(postgres_store: Any):
    """Whatever is written by arrays is read again as it was."""
    async with postgres_store._appends.lend() as link:
        columns = "organization text, number bigint, word text, bytes bytea, flag boolean"
        await link.run(Sent(statement(f"CREATE TEMPORARY TABLE things ({columns})"), {}))
        inserted = statement(Arrays(THINGS).sql)
        found = Sent(statement("DELETE FROM things RETURNING *"), {})

        for rows in _examples():
            _, back = await link.run(Sent(inserted, Arrays(THINGS).parameters(rows)), found)
            assert sorted(back) == sorted(rows)


def _examples() -> list[list[tuple[Any, ...]]]:
    """Rows drawn at random."""
    drawn: list[list[tuple[Any, ...]]] = []

    @settings(max_examples=60, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.just("acme"), NUMBERS, WORDS, st.binary(), st.booleans()), min_size=1, max_size=5))
    def draw(rows: list[tuple[Any, ...]]) -> None:
        drawn.append(rows)

    draw()
    return drawn
