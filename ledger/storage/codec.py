"""Codec: an event and its canonical bytes.

An entry's body begins with its kind and version: `ReservationOpened`, a zero byte, `1`, a line feed. The rest is one
JSON object without blanks, in UTF-8:

    {"position":7,"principal":"…","request_id":"…","fingerprint":"<hex>","item":0,"event":{…},"postings":[[…],…]}

An entry that begins counters has `,"windows":[[…],…]` after its postings, and one that counts `,"counts":[[…],…]` after
these; an empty one of either is not written.

Keys come in the order of declaration; numbers are whole and exact; records that are tuples (amounts, units, postings,
what an escalation carries) are arrays in the order of their fields, also one within another; what may be absent is
`null`; free text appears as its salted digest. The time is not in it: a batch has one, and the seal covers that. The
fields of a kind are fixed for ever. Another shape is another version of the kind, and both stay readable.

Standing records have JSON of the same making, which is not sealed: it can be made anew from the journal.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import IntEnum, StrEnum
from operator import attrgetter
from typing import Any, Final, NamedTuple, get_args, get_origin, get_type_hints

from ledger.core import events as ev
from ledger.core.caps import Count, Window
from ledger.core.faults import FormatUnknown
from ledger.core.invariants import InvariantBroken
from ledger.core.journal import Entry, Posting, Role
from ledger.core.texts import Text
from ledger.storage.store import StoredEntry


class EntryUnreadable(InvariantBroken):
    """Stored bytes are not what was written: the journal contradicts itself."""


class Shape(NamedTuple):
    """How the fields of a record are written and read.

    Attributes:
        encode: From a record to its canonical JSON.
        decode: From parsed JSON and the texts by field to a record.
        texts: Names of the fields that are free text.
    """

    encode: Callable[[Any], str]
    decode: Callable[[dict[str, Any], Mapping[str, Any]], Any]
    texts: tuple[str, ...]


class Coder(NamedTuple):
    """How one version of one kind is written and read.

    Attributes:
        kind: Its name, for ever.
        version: Of its encoding, from 1.
        format: The format that introduced it; a head must have reached it before the kind is written.
        event: The class.
        header: What bodies begin with.
        encode: From an event to its canonical JSON.
        decode: From parsed JSON and the texts by field to an event.
        texts: Names of the fields that are free text.
    """

    kind: str
    version: int
    format: int
    event: type
    header: str
    encode: Callable[[Any], str]
    decode: Callable[[dict[str, Any], Mapping[str, Any]], Any]
    texts: tuple[str, ...]


_quoted: Final[Callable[[str], str]] = json.encoder.encode_basestring
"""A JSON string; what is not ASCII stays as it is."""


def _encoder(hint: Any) -> Callable[[Any], str] | None:  # noqa: ANN401  (any type of a field)
    """How a value of a type is written; None for whole numbers, which a template writes itself."""
    if hint is int:
        return None
    if hint is str or (isinstance(hint, type) and issubclass(hint, StrEnum)):
        return _quoted
    if hint is bool:
        return lambda value: "true" if value else "false"
    if hint is Text:
        return lambda text: f'"{text.digest}"'
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return lambda value: str(int(value))
    if hint == int | None:
        return lambda value: "null" if value is None else str(value)
    if get_origin(hint) is tuple:
        first, *others = get_args(hint)
        return _array(_encoder(first)) if others == [...] else _record([first, *others])
    return _record(list(get_type_hints(hint).values()))  # a named tuple


def _array(item: Callable[[Any], str] | None) -> Callable[[Any], str]:
    write = item or str
    return lambda values: f"[{','.join(map(write, values))}]" if values else "[]"


def _record(hints: list[Any]) -> Callable[[tuple[Any, ...]], str]:
    template = f"[{','.join('%s' if _encoder(hint) else '%d' for hint in hints)}]"
    return _filled(template, [_encoder(hint) for hint in hints])


def _filled(template: str, encoders: list[Callable[[Any], str] | None]) -> Callable[[tuple[Any, ...]], str]:
    """Writes a tuple by a template, what is not a number through its encoder."""
    through = tuple((place, encode) for place, encode in enumerate(encoders) if encode)

    def write(values: tuple[Any, ...]) -> str:
        filled = list(values)
        for place, encode in through:
            filled[place] = encode(filled[place])
        return template % tuple(filled)

    return write


def writer_of(hint: Any) -> Callable[[Any], str]:  # noqa: ANN401  (any type of a field)
    """How a value of a type is written in canonical JSON."""
    return _encoder(hint) or str


def _decoder(hint: Any) -> Callable[[Any], Any] | None:  # noqa: ANN401  (any type of a field)
    """How a value of a type is read from parsed JSON; None where it is itself."""
    if isinstance(hint, type) and issubclass(hint, StrEnum | IntEnum):
        return {member.value: member for member in hint}.__getitem__
    if get_origin(hint) is tuple:
        first, *others = get_args(hint)
        if others == [...]:
            read = _decoder(first)
            return (lambda values: tuple(map(read, values))) if read else tuple
        return _read([first, *others], tuple)
    if isinstance(hint, type) and issubclass(hint, tuple):
        make: Callable[[Any], Any] = hint._make  # type: ignore[attr-defined]  # a named tuple
        return _read(list(get_type_hints(hint).values()), make)
    return None


def _read(hints: list[Any], make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Makes a tuple of an array, what is not itself through its decoder."""
    assert Text not in hints, "free text lies beside the JSON, by the field of a record"
    through = tuple((place, decode) for place, hint in enumerate(hints) if (decode := _decoder(hint)))
    if not through:
        return make

    def read(values: Any) -> Any:  # noqa: ANN401  (any record)
        filled = list(values)
        for place, decode in through:
            filled[place] = decode(filled[place])
        return make(filled)

    return read


def shape_of(record: type) -> Shape:
    """Everything about a record's class that can be worked out once."""
    hints = get_type_hints(record)
    names: tuple[str, ...] = getattr(record, "_fields", ()) or tuple(field.name for field in fields(record))
    encoders = [_encoder(hints[name]) for name in names]
    marks = (f'"{name}":{"%s" if encode else "%d"}' for name, encode in zip(names, encoders, strict=True))
    write = _filled(f"{{{','.join(marks)}}}", encoders)
    get = attrgetter(*names)
    texts = tuple(name for name in names if hints[name] is Text)
    decoders = {name: _decoder(hints[name]) for name in names if name not in texts}
    read = tuple((name, decoder) for name, decoder in decoders.items() if decoder)

    def encode(values_of: object) -> str:
        values = get(values_of)
        return write(values if len(names) > 1 else (values,))

    def decode(parsed: dict[str, Any], kept: Mapping[str, Any]) -> object:
        for name, convert in read:
            parsed[name] = convert(parsed[name])
        for name in texts:
            value, salt = kept.get(name, ("", ""))
            parsed[name] = Text(value, salt, parsed[name])
        return record(**parsed)

    return Shape(encode, decode, texts)


def _coder(event: type, version: int = 1, introduced: int = 1, kind: str = "") -> Coder:
    """How a version of a kind is written and read; by the class's own name, if no other is given."""
    kind = kind or event.__name__
    return Coder(kind, version, introduced, event, f"{kind}\0{version}\n", *shape_of(event))


_CODERS: Final = tuple(_coder(event) for event in get_args(ev.Event))
CODERS: Final[Mapping[tuple[str, int], Coder]] = {(coder.kind, coder.version): coder for coder in _CODERS}
"""Every kind that was ever written, by name and version."""
_NEWEST: Final[Mapping[type, Coder]] = {coder.event: coder for coder in _CODERS}

_POSTING: Final = "[%d,%s,%d,%d,%d,%d]"
_windows: Final = writer_of(tuple[Window, ...])
_ROLES: Final[Mapping[int, Role]] = {role.value: role for role in Role}


def coder_of(event: object) -> Coder:
    """How an event is written today."""
    return _NEWEST[type(event)]


def event_json(event: object) -> str:
    """An event's canonical JSON, free text as digests."""
    return _NEWEST[type(event)].encode(event)


def store_entry(entry: Entry) -> StoredEntry:
    """The entry with its canonical bytes, their digest, and its free texts apart."""
    event = entry.event
    coder = _NEWEST[type(event)]
    postings = ",".join(
        [
            _POSTING % (pid, _quoted(unit), role, amount, balance, version)
            for pid, unit, role, amount, balance, version in entry.postings
        ]
    )
    counted = _counted(entry) if entry.counts or entry.windows else ""
    body = (
        f'{coder.header}{{"position":{entry.position},"principal":{_quoted(entry.principal)},'
        f'"request_id":{_quoted(entry.request_id)},"fingerprint":"{entry.fingerprint.hex()}","item":{entry.item},'
        f'"event":{coder.encode(event)},"postings":[{postings}]{counted}}}'
    ).encode()
    texts = texts_json(event, coder.texts) if coder.texts else ""
    return StoredEntry(entry, coder.kind, coder.version, body, hashlib.sha256(body).digest(), texts)


def _counted(entry: Entry) -> str:
    """What stands after the postings of an entry that counts."""
    windows = f',"windows":{_windows(entry.windows)}' if entry.windows else ""
    if not entry.counts:
        return windows
    counts = ",".join([f"[{counter_id},{amount},{after}]" for counter_id, amount, after in entry.counts])
    return f'{windows},"counts":[{counts}]'


def load_entry(kind: str, version: int, body: bytes, at: int, texts: str) -> Entry:
    """The entry that was stored; an erased text is empty and keeps its digest.

    Args:
        kind: As stored beside the body, which must begin with it.
        version: Likewise.
        body: Canonical bytes.
        at: The time of its batch, microseconds since 1970.
        texts: JSON of the free texts by field; empty where there are none, or where they were erased.

    Raises:
        FormatUnknown: A newer program wrote this kind.
        EntryUnreadable: The bytes are not an entry of that kind.
    """
    coder = CODERS.get((kind, version))
    if coder is None:
        raise FormatUnknown(
            f"entries of kind {kind}, version {version}, are not known to this program; use a newer one"
        )
    header = coder.header.encode()
    if not body.startswith(header):
        raise EntryUnreadable(f"the bytes of an entry do not begin with {kind}, version {version}")
    try:
        parsed = json.loads(body[len(header) :])
        return Entry(
            parsed["position"],
            at,
            parsed["principal"],
            parsed["request_id"],
            bytes.fromhex(parsed["fingerprint"]),
            parsed["item"],
            coder.decode(parsed["event"], json.loads(texts) if texts else {}),
            tuple(
                [
                    Posting(pid, unit, _ROLES[role], amount, balance, number)
                    for pid, unit, role, amount, balance, number in parsed["postings"]
                ]
            ),
            tuple(map(Window._make, parsed["windows"])) if "windows" in parsed else (),
            tuple(map(Count._make, parsed["counts"])) if "counts" in parsed else (),
        )
    except (AttributeError, LookupError, TypeError, ValueError) as problem:
        raise EntryUnreadable(f"the bytes of an entry of kind {kind} cannot be read: {problem}") from problem


def texts_json(record: object, names: tuple[str, ...]) -> str:
    """The free texts of a record and their salts by field, those that are there; empty where none is."""
    kept = {name: (text.value, text.salt) for name in names if (text := getattr(record, name)).value}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else ""
