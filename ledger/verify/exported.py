"""An export as a source: gone over once for what lies where, then read like a database, in bounded memory."""

import gzip
import hashlib
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import Table

from ledger.verify.lines import (
    BEGIN,
    BY_TABLE,
    END,
    EXPORT,
    FORMAT,
    FORMS,
    JOURNAL,
    LINE_MAX,
    PLACES,
    NoLine,
    line,
    same,
    values_of,
    word_of,
)
from ledger.verify.source import Row, SourceDamaged

_GZIP: Final = b"\x1f\x8b"
_UNREADABLE: Final = (OSError, EOFError, zlib.error)
_JOURNAL_WORDS: Final = frozenset(form.word for form in JOURNAL)


class ExportUnreadable(Exception):
    """A file is no export, or one of a format that this program does not know."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Where a line says that a journal stands."""

    where: str
    position: object
    chain: object


@dataclass(slots=True)
class Part:
    """What an export has of one organization.

    Attributes:
        organization: Its name.
        incarnation: As its first line says.
        claims: Where its first line and its last say that the journal stands.
        spans: By word, where the first line lies, and how many lines there are; entries and seals have one.
        counts: How many lines there are of each word.
        cut_off: Why it is not all that there was; empty where it is.
        altered: What of its lines is not as it was written.
        disordered: Words whose lines are not in their order.
        digest: SHA-256 of its lines before the last.
    """

    organization: str
    incarnation: object
    claims: list[Claim]
    spans: dict[str, list[int]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    cut_off: str = "it ends before its last line"
    altered: list[str] = field(default_factory=list)
    disordered: set[str] = field(default_factory=set)
    digest: str = ""
    _last: bytes = b""

    def met(self, word: str, text: bytes, offset: int) -> None:
        """A line of a table lies there; a seal behind the last entry of its batch."""
        self.counts[word] += 1
        self.spans.setdefault("entry" if word in _JOURNAL_WORDS else word, [offset, 0])[1] += 1
        if word == "entry":
            self._last = _position(text)
        elif word == "seal" and _position(text) != self._last:
            self.disordered.add(word)


class Export:
    """A file that `tallystick export` wrote, or that somebody says it did.

    Attributes:
        path: Where it lies.
        parts: By organization, as far as it goes.
        missing: Organizations that its first line names and that are not there.
        altered: What is wrong with the file as a whole.
    """

    def __init__(self, path: Path, progress: Callable[[int], None] | None = None) -> None:
        """Go over the file once. `progress` is told how many bytes of it were read.

        Raises:
            ExportUnreadable: It is no export, or its format is not known.
        """
        self.path = path
        self.parts: dict[str, Part] = {}
        self.missing: list[str] = []
        self.altered: list[str] = []
        try:
            with opened(path) as file:
                named = _names(path, file.readline(LINE_MAX))
                self._survey(file, progress or _silent)
        except OSError as problem:
            raise ExportUnreadable(f"{path} cannot be read: {problem.strerror or problem}") from problem
        except (EOFError, zlib.error) as problem:
            raise ExportUnreadable(f"{path} is no export: {problem}") from problem
        self.missing = [name for name in named if name not in self.parts]
        if named != sorted(set(named)):
            self.altered.append("its first line does not name organizations in their order, each once")
        if list(self.parts) != [name for name in named if name in self.parts]:
            self.altered.append("its first line names other organizations")

    # As a source

    def rows(self, table: Table, organization: str) -> Iterator[Row]:
        """As `Source.rows`."""
        form, part = BY_TABLE[table], self.parts[organization]
        section = "entry" if form.word in _JOURNAL_WORDS else form.word
        if section not in part.spans:
            return
        start, lines = part.spans[section]
        prefix = f'["{form.word}",'.encode()
        places, before = form.key, None
        try:
            with opened(self.path) as file:
                file.seek(start)
                for _ in range(lines):
                    text = file.readline(LINE_MAX)
                    if text.startswith(prefix):
                        row = form.row(organization, values_of(text)[1:])
                        key = [row[place] for place in places]
                        if before is not None and _precedes(key, before):
                            part.disordered.add(form.word)
                        before = key
                        yield row
        except NoLine as problem:
            raise SourceDamaged(f"a line of {form.word}: {problem}") from problem
        except _UNREADABLE as problem:
            raise SourceDamaged(str(problem)) from problem

    def has(self, table: Table) -> bool:
        """As `Source.has`."""
        return table in BY_TABLE

    def position(self, organization: str) -> int:
        """As `Source.position`."""
        said = self.parts[organization].claims[0].position
        return said if isinstance(said, int) else 0

    def cut_off(self, organization: str) -> str:
        """As `Source.cut_off`."""
        return self.parts[organization].cut_off

    # Going over it

    def _survey(self, file: BinaryIO, progress: Callable[[int], None]) -> None:
        offset = file.tell()
        part: Part | None = None
        hashed = hashlib.sha256()
        place = 0
        while True:
            try:
                text = file.readline(LINE_MAX)
            except _UNREADABLE as problem:
                self._stop(part, f"the file ends amid a block: {problem}")
                return
            if not text:
                return
            if not text.endswith(b"\n"):
                self._stop(part, "the file ends amid a line")
                return
            word = word_of(text)
            if part is None:
                part, hashed, place = self._begin(text, word), hashlib.sha256(text), 0
                if part is None:
                    self.altered.append("something follows that belongs to no organization")
                    return
            elif word == END:
                part.digest = hashed.hexdigest()
                _end(part, text)
                part = None
            elif word in PLACES and PLACES[word] >= place:
                place = PLACES[word]
                hashed.update(text)
                part.met(word, text, offset)
            else:
                part.altered.append(f"a line begins with {word or 'no word'} where it cannot")
                part.cut_off = "what follows a line that does not belong there was not read"
                return
            offset += len(text)
            progress(offset)

    def _stop(self, part: Part | None, why: str) -> None:
        if part is None:
            self.altered.append(why)
        else:
            part.cut_off = why

    def _begin(self, text: bytes, word: str) -> Part | None:
        if word != BEGIN:
            return None
        try:
            _, name, incarnation, position, chain = values_of(text)
        except ValueError:
            return None
        if not isinstance(name, str) or name in self.parts:
            return None
        part = self.parts[name] = Part(name, incarnation, [Claim("first line", position, chain)])
        return part


def _position(text: bytes) -> bytes:
    """The first value of a line, as it is written."""
    return text.split(b",", 2)[1] if b"," in text else b""


def _precedes(key: list[Any], before: list[Any]) -> bool:
    """Whether a key comes before another one; one that cannot be compared with it is somewhere else in any case."""
    try:
        return key < before
    except TypeError:
        return True


def _end(part: Part, text: bytes) -> None:
    """A part's last line: what it says is compared with what was met."""
    part.cut_off = ""
    try:
        _, name, position, chain, counts, digest = values_of(text)
    except ValueError:
        part.altered.append("its last line is not as it was written")
        return
    part.claims.append(Claim("last line", position, chain))
    expected = {word: part.counts[word] for word in FORMS}
    if not same([name, counts], [part.organization, expected]):
        part.altered.append(f"its last line counts {counts} of {name}, there are {expected}")
    if digest != part.digest:
        part.altered.append(f"its lines are not those that were written: their digest is {part.digest}, not {digest}")


def _names(path: Path, text: bytes) -> list[str]:
    try:
        values = values_of(text)
    except NoLine:
        values = []
    if len(values) < 2 or values[0] != EXPORT:  # noqa: PLR2004  (its word and its format)
        raise ExportUnreadable(f"{path} is no export of Tallystick")
    if not same([values[1]], [FORMAT]):
        raise ExportUnreadable(f"{path} has format {values[1]}, this program knows {FORMAT}; use a newer one")
    match values[2:]:
        case [[*names]] if names and all(isinstance(name, str) for name in names):
            return names
    raise ExportUnreadable(f"{path} is no export of Tallystick: its first line names no organizations")


def is_export(path: Path) -> bool:
    """Whether a file begins as an export does."""
    try:
        with opened(path) as file:
            return word_of(file.readline(200)) == EXPORT
    except _UNREADABLE:
        return False


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file to read from, unpacked where it is packed."""
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        if packed:
            with gzip.open(raw) as unpacked:
                yield unpacked  # type: ignore[misc]  # all that is asked of it is readline, tell and seek
        else:
            yield raw


def first_line(organizations: list[str]) -> bytes:
    """What an export of these begins with."""
    return line([EXPORT, FORMAT, organizations])


def _silent(_read: int) -> None:
    """Nobody watches."""
