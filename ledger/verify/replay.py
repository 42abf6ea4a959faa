"""The journal, decoded and replayed into an empty book by the service's own `apply`. Source: R47; I11."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

from ledger.core.book import Book
from ledger.core.faults import FormatUnknown
from ledger.core.journal import Entry
from ledger.core.requests import made_at
from ledger.core.standing import Named
from ledger.core.texts import Text, digest_of
from ledger.storage import schema
from ledger.storage.codec import EntryUnreadable, coder_of, load_entry, store_entry
from ledger.storage.rows import entry_rows, posting_rows, reservation_of, reservation_row
from ledger.storage.standing import key_text, standing_of, standing_row
from ledger.storage.store import Batch, Head, StoredEntry
from ledger.verify.findings import FindingKind, Sink
from ledger.verify.lawful import named, offences
from ledger.verify.lines import ABSENT
from ledger.verify.naming import standing_named
from ledger.verify.scratch import Scratch
from ledger.verify.sealing import Sealing
from ledger.verify.snapshot import Row

RESOLVED_KEPT: Final = 10_000
"""How many resolved reservations, and ended standing records, stay in memory; others are on the scratch pad."""

_HEAD: Final = Head()
_COLUMNS: Final = [column.name for column in schema.entries.columns]


class Replay:
    """One organization's entries, taken in slices.

    Attributes:
        book: At the last entry that could be applied.
        stopped: Why nothing more can be applied; empty while all goes well.
        position: Of the last entry met.
    """

    def __init__(self, organization: str, scratch: Scratch, sealing: Sealing, sink: Sink) -> None:
        """Before the first entry."""
        self.book = Book(organization)
        self.stopped = ""
        self.position = 0
        self._organization = organization
        self._scratch = scratch
        self._sealing = sealing
        self._sink = sink
        self._request: list[Any] = []

    def take(self, rows: Sequence[Row]) -> Iterator[Row]:
        """Read, seal and apply a slice of rows of `entries`; the rows that `postings` should have for it."""
        decoded = [stored for row in rows if (stored := self._read(row)) is not None]
        yield from posting_rows(self._batch(decoded))
        mark = self.book.mark()
        for stored in decoded:
            self._apply(stored.entry)
        changed = self.book.touched(mark)
        organization = self._organization
        self._scratch.put(schema.reservations, [reservation_row(organization, one) for one in changed.reservations])
        self._scratch.put(schema.standing, [standing_row(organization, one) for one in changed.standing])
        self.book.keep()
        self.book.forget_resolved(RESOLVED_KEPT)

    def end(self) -> None:
        """There are no more entries."""
        self._flush_request()

    # Bytes

    def _read(self, row: Row) -> StoredEntry | None:
        """The entry in a row, with every column compared with what its bytes say."""
        _, position, at, _, _, _, body, digest, texts, _ = row
        if position != self.position + 1:
            self._gap(position)
        if isinstance(position, int):
            self.position = position
        if not isinstance(body, bytes):
            body = b""
        recomputed = hashlib.sha256(body).digest()
        if digest not in {recomputed, ABSENT}:
            self._altered(position, "digest", recomputed, digest)
        try:
            entry = load_entry(*kind_of(body), body, at, texts)
            stored = store_entry(entry)
        except FormatUnknown as unknown:
            self._sealing.entry(self.position, at, recomputed, 1)
            self._stop(FindingKind.FORMAT_UNKNOWN, position, str(unknown))
            return None
        except (EntryUnreadable, AttributeError, LookupError, TypeError, ValueError) as problem:
            self._sealing.entry(self.position, at, recomputed, 1)
            self._stop(FindingKind.ENTRY_UNREADABLE, position, str(problem))
            return None
        self._sealing.entry(self.position, at, recomputed, coder_of(entry.event).format)
        (expected,) = entry_rows(self._batch([stored]))
        for name, should, found in zip(_COLUMNS, expected, row, strict=True):
            if should != found and found is not ABSENT and name != "digest":
                self._altered(position, name, should, found)
        self._check_texts(entry)
        return stored

    def _gap(self, position: object) -> None:
        if isinstance(position, int) and position > self.position + 1:
            missing = f"{self.position + 1}-{position - 1}"
            self._stop(FindingKind.ENTRY_MISSING, self.position + 1, f"positions {missing} are not there")
        else:
            self._stop(FindingKind.ENTRY_EXTRA, position, f"it follows position {self.position}")

    def _altered(self, position: int, column: str, expected: object, found: object) -> None:
        self._sink.add(
            FindingKind.ENTRY_ALTERED, f"entries.{column}", position=position, expected=expected, found=found
        )

    def _check_texts(self, entry: Entry) -> None:
        """R48: a text that is there is the one that was sealed; one that was erased leaves its digest."""
        for field in coder_of(entry.event).texts:
            if problem := text_problem(getattr(entry.event, field)):
                self._sink.add(
                    FindingKind.TEXT_ALTERED, "entries.texts", position=entry.position, key=field, found=problem
                )

    def _batch(self, stored: Sequence[StoredEntry]) -> Batch:
        return Batch(self._organization, _HEAD, _HEAD, None, tuple(stored), None, (), (), (), (), (), 0)

    # State

    def _apply(self, entry: Entry) -> None:
        self._note_request(entry)
        if self.stopped:
            return
        reservation_id = named(entry)
        try:
            if reservation_id:
                self._fetch(reservation_id)
            before = self.book.reservations.get(reservation_id)
            for name in standing_named(entry, before):
                self._fetch_standing(name)
            self.book.apply(entry)
            for offence in offences(self.book, entry, before):
                self._sink.add(
                    FindingKind.ENTRY_UNLAWFUL, "entries", position=entry.position, key=reservation_id, found=offence
                )
        except Exception as problem:  # noqa: BLE001  (whatever damaged facts do to the rules is a finding)
            self._stop(FindingKind.REPLAY_STOPPED, entry.position, f"{type(problem).__name__}: {problem}")

    def _fetch(self, reservation_id: str) -> None:
        """A resolved reservation that the book has let go of comes back from the scratch pad."""
        if reservation_id not in self.book.reservations:
            row = self._scratch.get(schema.reservations, (self._organization, reservation_id))
            if row is not None:
                self.book.adopt(reservation_of(row))

    def _fetch_standing(self, name: Named) -> None:
        """An ended standing record that the book has let go of comes back likewise."""
        kind, key = name
        if key not in self.book.standing[kind]:
            row = self._scratch.get(schema.standing, (self._organization, kind.__name__, key_text(key)))
            if row is not None:
                self.book.adopt_standing(standing_of(row))

    def _stop(self, kind: FindingKind, position: object, problem: str) -> None:
        """From here on bytes are checked, and nothing is applied any more."""
        at = position if isinstance(position, int) else None
        self._sink.add(kind, "entries", position=at, found=problem)
        if not self.stopped:
            self.stopped = problem
            self._sink.leave_out()

    def _note_request(self, entry: Entry) -> None:
        """R38: the entries of one request are one range, and no later entry has its id again."""
        current = self._request
        if current and current[1:3] == [entry.principal, entry.request_id] and current[5] == entry.position - 1:
            current[5] = entry.position
            return
        self._flush_request()
        if entry.request_id:
            self._request = [
                self._organization,
                entry.principal,
                entry.request_id,
                entry.fingerprint,
                entry.position,
                entry.position,
            ]

    def _flush_request(self) -> None:
        request, self._request = self._request, []
        if not request:
            return
        try:
            made_at(request[2])
        except ValueError:
            self._sink.add(FindingKind.ENTRY_ALTERED, "entries", position=request[4], found="its request id is no UUID")
            return
        if not self._scratch.add(schema.request_ids, tuple(request)):
            self._sink.add(FindingKind.REQUEST_TWICE, "entries", position=request[4], key=tuple(request[1:3]))


def kind_of(body: bytes) -> tuple[str, int]:
    """Kind and version as the sealed bytes have them; the columns beside them are compared afterwards."""
    kind, _, version = body.partition(b"\n")[0].partition(b"\0")
    return kind.decode(), int(version)


def text_problem(text: Text) -> str:
    """What is wrong with a free text; empty where it agrees with its digest, or was erased. Source: R48."""
    if not text.value:
        return "a salt without a text" if text.salt else ""
    try:
        if bytes.fromhex(text.salt).hex() != text.salt:
            return "its salt is not as it was written"
        if digest_of(text.value, text.salt) != text.digest:
            return "its digest is another one"
    except ValueError:
        return "its salt is not hexadecimal"
    return ""
