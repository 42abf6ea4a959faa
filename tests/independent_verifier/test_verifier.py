"""Two verifiers that share no code say the same of the same files."""

import ast
import gzip
import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.verify import ExportUnreadable, Verdict, verify_export
from tests.independent_verifier.verifier import verify
from tests.verify.exports import export_to, meddled, of
from tests.verify.governance import governed_by_all
from tests.verify.journal import governed, something_of_everything, write_sqlite

PROGRAM = Path(__file__).with_name("verifier.py")
LINES_MAX = 300


TABLES = ("partitions", "balances", "reservations", "standing", "request_ids")


def ours(path):
    """What the verifier of the service says."""
    try:
        return verify_export(path).verdict
    except ExportUnreadable:
        return Verdict.FINDINGS


def theirs(path):
    """What the independent one says."""
    found, complete = verify(path)
    return Verdict.FINDINGS if found else Verdict.CLEAN if complete else Verdict.INCOMPLETE


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """An export of three organizations, not to be changed."""
    folder = tmp_path_factory.mktemp("independent")
    writers = governed_by_all(), governed("beta"), something_of_everything("zeta")
    export_to(folder / "books.jsonl", write_sqlite(folder / "ledger.db", *writers))
    return folder / "books.jsonl"


@pytest.fixture
def fresh(written, tmp_path):
    """A copy of it."""
    path = tmp_path / "books.jsonl"
    path.write_bytes(written.read_bytes())
    return path


def test_verifier__shares_no_code():
    """It imports of the standard library only, and is short enough to be read in one sitting."""
    text = PROGRAM.read_text()
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])

    assert names <= sys.stdlib_module_names
    assert len(text.splitlines()) <= LINES_MAX


@pytest.mark.parametrize("packed", [False, True])
def test_verifier__clean(packed, fresh):
    """What the service wrote both find clean, by a program with nothing installed too."""
    if packed:
        fresh.write_bytes(gzip.compress(fresh.read_bytes()))
    alone = [sys.executable, "-I", "-S", str(PROGRAM), str(fresh)]

    done = subprocess.run(alone, capture_output=True, text=True, check=False)

    assert (ours(fresh), theirs(fresh), done.returncode) == (Verdict.CLEAN, Verdict.CLEAN, 0)
    assert done.stdout.startswith("CLEAN; not compared: ")


def test_verifier__cut_off(written, tmp_path):
    """A file that ends early is incomplete for both."""
    data, path = written.read_bytes(), tmp_path / "cut"
    for end in range(3000, len(data), len(data) // 13):
        path.write_bytes(data[:end])
        assert (ours(path), theirs(path)) == (Verdict.INCOMPLETE, Verdict.INCOMPLETE), end


def test_verifier__one_bit_in_each_line(written, tmp_path):
    """A changed bit is found by both, whichever line it is in."""
    data, path = written.read_bytes(), tmp_path / "flipped"
    starts = [0, *(place + 1 for place, byte in enumerate(data[:-1]) if byte == 10), len(data)]
    for number, (start, end) in enumerate(itertools.pairwise(starts)):
        if number % 9:
            continue
        flipped = bytearray(data)
        flipped[start + number * 29 % (end - start)] ^= 1 << number % 8
        path.write_bytes(flipped)
        assert Verdict.CLEAN not in {ours(path), theirs(path)}, number


def _replace(word, column, old, new):
    """Changes a value of the first line of a kind that has it."""

    def meddle(lines):
        one = next(one for one in of(lines, word) if str(old) in str(one[column]))
        one[column] = new if one[column] == old else one[column].replace(old, new)

    return meddle


def _swap(lines):
    entries = of(lines, "entry")
    entries[4][:], entries[5][:] = entries[5][:], entries[4][:]


def _twice(word):
    return lambda lines: lines.insert(lines.index(of(lines, word)[1]), list(of(lines, word)[1]))


def _backwards(word):
    def meddle(lines):
        one, other = of(lines, word)[:2]
        one[:], other[:] = other[:], one[:]

    return meddle


def _seals_last(lines):
    start, end = (next(place for place, one in enumerate(lines) if one[0] == word) for word in ("entry", "heads"))
    lines[start:end] = sorted(lines[start:end], key=lambda one: one[0])


def _drop(word, place):
    return lambda lines: lines.remove(of(lines, word)[place])


MEDDLED = {
    "a posting": _replace("entry", 3, ",800,", ",801,"),
    "an amount of an event": _replace("entry", 3, '"parts":1000', '"parts":1001'),
    "a body that is not canonical": _replace("entry", 3, '{"position":', '{ "position":'),
    "a principal": _replace("entry", 3, '"principal":"ann1"', '"principal":"ann2"'),
    "a text": _replace("entry", 4, "too much", "too little"),
    "two entries swapped": _swap,
    "an entry dropped": _drop("entry", 20),
    "the last entry dropped": _drop("entry", 109),
    "a seal dropped": _drop("seal", 7),
    "a seal's time": _replace("seal", 3, 1767225600000003, 1767225600000004),
    "a root": lambda lines: of(lines, "seal")[3].__setitem__(5, "00" * 32),
    "a chain": lambda lines: of(lines, "seal")[3].__setitem__(6, "00" * 32),
    "a balance": lambda lines: of(lines, "balances")[0].__setitem__(3, 5),
    "a balance dropped": _drop("balances", 1),
    "a version": lambda lines: of(lines, "balances")[0].__setitem__(4, 99),
    "a path": _replace("partitions", 2, "acme/temp", "acme/tmp"),
    "a partition that was closed": _replace("partitions", 5, True, False),
    "a unit's scale": _replace("organizations", 1, '["USD",9]', '["USD",6]'),
    "a state": _replace("reservations", 3, "COMMITTED", "RELEASED"),
    "a reservation's tool": _replace("reservations", 7, "search", "shell"),
    "a reservation dropped": _drop("reservations", 2),
    "a request id dropped": _drop("request_ids", 5),
    "a fingerprint": lambda lines: of(lines, "request_ids")[2].__setitem__(3, "00" * 32),
    "a head's position": lambda lines: of(lines, "heads")[0].__setitem__(1, 7),
    "an incarnation": lambda lines: of(lines, "heads")[0].__setitem__(6, 7),
    "what a counter has counted": _replace("standing", 8, '"counted":', '"counted":1'),
    "an incarnation of another kind": lambda lines: of(lines, "organization")[1].__setitem__(2, True),
    "a format of another kind": lambda lines: lines[0].__setitem__(1, True),
    "no texts, said otherwise": _replace("entry", 4, "", "{}"),
    "seals behind all entries": _seals_last,
    **{f"{word} twice": _twice(word) for word in TABLES},
    **{f"{word} in another order": _backwards(word) for word in TABLES},
    "a first line": lambda lines: of(lines, "organization")[0].__setitem__(3, 7),
}


@pytest.mark.parametrize("meddle", MEDDLED.values(), ids=MEDDLED)
def test_verifier__made_anew(meddle, fresh):
    """What somebody changes who makes counts and digests right again is found by both."""
    meddled(fresh, meddle)

    assert (ours(fresh), theirs(fresh)) == (Verdict.FINDINGS, Verdict.FINDINGS)


@pytest.mark.parametrize("data", [b"", b"{}\n", b'["tallystick export",2,["acme"]]\n', b"\x1f\x8bnonsense", b"\xff\n"])
def test_verifier__none(data, tmp_path):
    """What is no export is clean for neither."""
    path = tmp_path / "x"
    path.write_bytes(data)

    assert Verdict.CLEAN not in {ours(path), theirs(path)}
