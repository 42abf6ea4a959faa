import gzip
import itertools
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.verify import ExportUnreadable, FindingKind, Verdict, verify_export
from ledger.verify.exported import Export, is_export
from tests.verify.exports import export_to, meddled, of, remade
from tests.verify.governance import governed_by_all
from tests.verify.journal import execute_sql, something_of_everything, write_sqlite


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """An export of two organizations, not to be changed, and its lines."""
    folder = tmp_path_factory.mktemp("exports")
    url = write_sqlite(folder / "ledger.db", governed_by_all(), something_of_everything("zeta"))
    export_to(folder / "books.jsonl", url)
    return folder / "books.jsonl"


@pytest.fixture
def fresh(written, tmp_path):
    """A copy of it."""
    path = tmp_path / "books.jsonl"
    path.write_bytes(written.read_bytes())
    return path


def kinds(path):
    """How many findings of each kind there are."""
    return {str(kind): count for kind, count in verify_export(path).counts.items()}


def test_verify_export__clean(written):
    """I11, I12: what was exported verifies, and the report says how much was read."""
    report = verify_export(written)

    acme, zeta = report.organizations
    assert (report.verdict, acme.position, zeta.position) == (Verdict.CLEAN, 110, 39)
    assert (acme.rows["entries"], acme.rows["postings"], acme.rows["standing"]) == (110, 108, 40)
    assert [one.organization for one in verify_export(written, ["zeta"]).organizations] == ["zeta"]


@pytest.mark.parametrize("packed", [False, True])
def test_verify_export__cut_anywhere(packed, written, tmp_path):
    """A file that ends early is incomplete wherever it ends: never clean, and never accused."""
    data = gzip.compress(written.read_bytes(), mtime=0) if packed else written.read_bytes()
    path = tmp_path / "cut"
    verdicts = set()
    for end in range(2000, len(data), len(data) // 23):
        path.write_bytes(data[:end])
        verdicts.add(verify_export(path).verdict)

    assert verdicts == {Verdict.INCOMPLETE}


def test_verify_export__cut_between_organizations(fresh):
    """An organization that the first line names and that is not there was cut off too."""
    lines = fresh.read_bytes().splitlines(keepends=True)
    fresh.write_bytes(b"".join(itertools.takewhile(lambda one: b'organization","zeta' not in bytes(one), lines)))

    report = verify_export(fresh)

    assert (report.verdict, report.counts) == (Verdict.INCOMPLETE, {FindingKind.EXPORT_INCOMPLETE: 1})
    assert report.of("acme").verdict is Verdict.CLEAN
    assert report.of("zeta").verdict is Verdict.INCOMPLETE


def test_verify_export__one_bit_in_each_line(written, tmp_path):
    """I12: a changed bit is found whichever line it is in, and more is said of it than that some bit has changed."""
    data, path = written.read_bytes(), tmp_path / "flipped"
    starts = [0, *(place + 1 for place, byte in enumerate(data[:-1]) if byte == 10), len(data)]
    for number, (start, end) in enumerate(itertools.pairwise(starts)):
        if number % 7:
            continue
        flipped = bytearray(data)
        flipped[start + number * 13 % (end - start)] ^= 1 << number % 8
        path.write_bytes(flipped)
        try:
            assert verify_export(path).verdict is not Verdict.CLEAN, number
        except ExportUnreadable:
            assert number == 0


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_verify_export__any_bit(place, bit, written, tmp_path):
    """I12: a changed bit is found wherever it is, and nothing that a file may hold makes a traceback."""
    path = tmp_path / "flipped"
    data = bytearray(written.read_bytes())
    data[int(place * len(data))] ^= 1 << bit
    path.write_bytes(data)

    try:
        assert verify_export(path).verdict is not Verdict.CLEAN
    except ExportUnreadable as unreadable:
        assert str(path) in str(unreadable)  # noqa: PT017  (either will do)


SWAPPED, DROPPED, TAIL, BALANCE, STANDING, REQUEST, HEAD, TEXT = (
    "swap two entries",
    "drop an entry",
    "cut the tail off the entries",
    "another balance",
    "a cap that is higher",
    "a request id that is gone",
    "another end",
    "another note",
)


def _swap(lines):
    entries = of(lines, "entry")
    entries[4][:], entries[5][:] = entries[5][:], entries[4][:]


def _drop(lines):
    lines.remove(of(lines, "entry")[20])


def _cut(lines):
    for one in [one for one in lines if one[0] == "entry" and one[1] > 100]:
        lines.remove(one)


def _balance(lines):
    of(lines, "balances")[0][3] += 1


def _cap(lines):
    body = next(one for one in of(lines, "standing") if one[1] == "Cap")
    body[8] = body[8].replace('"limit":', '"limit":9')


def _request(lines):
    lines.remove(of(lines, "request_ids")[3])


def _head(lines):
    of(lines, "heads")[0][4] = 1


def _text(lines):
    entry = next(one for one in of(lines, "entry") if "too much" in one[4])
    entry[4] = entry[4].replace("too much", "too little")


@pytest.mark.parametrize(
    ("meddle", "found"),
    [
        pytest.param(_swap, {"ENTRY_EXTRA", "ENTRY_MISSING", "SEAL_ALTERED"}, id=SWAPPED),
        pytest.param(_drop, {"ENTRY_MISSING", "SEAL_ALTERED"}, id=DROPPED),
        pytest.param(_cut, {"SEAL_EXTRA", "EXPORT_ALTERED"}, id=TAIL),
        pytest.param(_balance, {"ROW_ALTERED"}, id=BALANCE),
        pytest.param(_cap, {"ROW_ALTERED"}, id=STANDING),
        pytest.param(_request, {"ROW_MISSING"}, id=REQUEST),
        pytest.param(_head, {"HEAD_ALTERED"}, id=HEAD),
        pytest.param(_text, {"TEXT_ALTERED"}, id=TEXT),
    ],
)
def test_verify_export__made_anew(meddle, found, fresh):
    """Whoever changes an export and makes its counts and digests right again is found out, and the change is named."""
    meddled(fresh, meddle)

    report = verify_export(fresh)

    assert report.verdict is Verdict.FINDINGS
    assert found <= {str(kind) for kind in report.counts}, report.findings


@pytest.mark.parametrize(
    ("word", "column", "said"),
    [
        ("organization", 2, True),
        ("organization", 3, 39.0),
        ("end", 2, 39.0),
    ],
)
def test_verify_export__number_of_another_kind(word, column, said, fresh):
    """A number that is equal to the right one and is not written as a whole number is found."""
    lines = [json.loads(text) for text in fresh.read_bytes().splitlines()]
    of(lines, word)[-1][column] = said
    assert of(lines, word)[-1][1] == "zeta"
    fresh.write_bytes(remade(lines))

    assert kinds(fresh) == {"EXPORT_ALTERED": 1}


def _seals_first(lines):
    """The seals before the entries, each in their order."""
    start, end = (next(place for place, one in enumerate(lines) if one[0] == word) for word in ("entry", "heads"))
    lines[start:end] = sorted(lines[start:end], key=lambda one: one[0], reverse=True)


def _seals_last(lines):
    start, end = (next(place for place, one in enumerate(lines) if one[0] == word) for word in ("entry", "heads"))
    lines[start:end] = sorted(lines[start:end], key=lambda one: one[0])


def _backwards(word):
    def meddle(lines):
        places = [place for place, one in enumerate(lines) if one[0] == word]
        rows = [lines[place] for place in places]
        for place, row in zip(places, reversed(rows), strict=True):
            lines[place] = row

    return meddle


@pytest.mark.parametrize(
    ("meddle", "word"),
    [
        (_seals_first, "seal"),
        (_seals_last, "seal"),
        *((_backwards(word), word) for word in ("partitions", "balances", "reservations", "standing", "request_ids")),
    ],
)
def test_verify_export__order(meddle, word, tmp_path):
    """The same books make the same bytes: lines that are all there in another order are found, and named."""
    export_to(tmp_path / "x", write_sqlite(tmp_path / "x.db", governed_by_all()))

    report = verify_export(meddled(tmp_path / "x", meddle))

    assert [(finding.kind, finding.place) for finding in report.findings] == [(FindingKind.EXPORT_ALTERED, word)]


def test_verify_export__names_out_of_order(fresh):
    """So are organizations."""
    lines = [json.loads(text) for text in fresh.read_bytes().splitlines()]
    zeta = next(place for place, one in enumerate(lines) if one[:2] == ["organization", "zeta"])
    fresh.write_bytes(remade([["tallystick export", 1, ["zeta", "acme"]], *lines[zeta:], *lines[1:zeta]]))

    assert kinds(fresh) == {"EXPORT_ALTERED": 1}


def test_verify_export__count_of_another_kind(fresh):
    """So is a count in the last line."""
    data = fresh.read_bytes()
    fresh.write_bytes(data.replace(b'"heads":1,', b'"heads":true,', 1))

    assert kinds(fresh) == {"EXPORT_ALTERED": 1}


def test_verify_export__text_taken_out_of_the_file(fresh):
    """A text may be erased in the books, and not in a file of them: its lines are not those that were written."""
    data = fresh.read_bytes()
    start = data.index(b'"{\\"note\\":[\\"too much')
    end = data.index(b"]\n", start)
    fresh.write_bytes(data[:start] + b'""' + data[end:])

    assert kinds(fresh) == {"EXPORT_ALTERED": 1}


def test_verify_export__erased_text(written, tmp_path):
    """R48: a text may be erased with its salt, and the export still verifies."""
    url = write_sqlite(tmp_path / "erased.db", something_of_everything())
    execute_sql(tmp_path / "erased.db", "UPDATE entries SET texts = '' WHERE kind = 'Reclaimed'")
    export_to(tmp_path / "erased.jsonl", url)

    assert verify_export(tmp_path / "erased.jsonl").verdict is Verdict.CLEAN


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + b'["entry",1]\n',
        lambda data: data.replace(
            b'["tallystick export",1,["acme","zeta"]]', b'["tallystick export",1,["zeta","acme"]]'
        ),
        lambda data: data.replace(b'["organization","acme",', b'["organization","zeta",', 1),
        lambda data: data.replace(b'["end","acme",', b'["end","zeta",', 1),
        lambda data: data.replace(b'["balances",1,', b'["ballances",1,', 1),
        lambda data: data.replace(b'["heads",', b'["seal",1]\n["heads",', 1),
    ],
)
def test_verify_export__lines_out_of_place(change, fresh):
    """Lines that do not belong where they are, or are none, are found."""
    fresh.write_bytes(change(fresh.read_bytes()))

    assert FindingKind.EXPORT_ALTERED in verify_export(fresh).counts or verify_export(fresh).incomplete
    assert verify_export(fresh).verdict is not Verdict.CLEAN


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no export"),
        (b"{}\n", "no export"),
        (b'["tallystick export",2,["acme"]]\n', "format 2"),
        (b'["tallystick export",1.0,["acme"]]\n', "format 1.0"),
        (b'["tallystick export",true,["acme"]]\n', "format True"),
        (b'["tallystick export",1,[]]\n', "names no organizations"),
        (b"\x1f\x8b\x08\x00", "no export"),
        (b"\x1f\x8bnonsense", "cannot be read"),
    ],
)
def test_export__none(data, said, tmp_path):
    """What is no export, or a newer one, is said in a sentence."""
    path = tmp_path / "x"
    path.write_bytes(data)

    with pytest.raises(ExportUnreadable, match=said):
        Export(path)
    assert not is_export(path) or said.startswith(("format ", "names "))


def test_export__unknown_organization(written):
    """A name that is nowhere is a mistake, not a clean verification of nothing."""
    with pytest.raises(ExportUnreadable, match="no organization nobody"):
        verify_export(written, ["nobody"])


def test_is_export(written, tmp_path):
    """What begins as an export does is one, packed too; a folder and what is not there are none."""
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(written.read_bytes()))

    assert [is_export(one) for one in (written, packed, tmp_path, tmp_path / "none")] == [True, True, False, False]


def test_export__not_there(tmp_path):
    """What cannot be read is said as people say it."""
    with pytest.raises(ExportUnreadable, match=r"none cannot be read: No such file or directory$"):
        Export(tmp_path / "none")
