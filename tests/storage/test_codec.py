import hashlib
import json
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core import events as ev
from ledger.core.amounts import PARTS_MAX, Amount
from ledger.core.caps import Count, Window
from ledger.core.escalations import Carried
from ledger.core.faults import FormatUnknown
from ledger.core.journal import Entry, Posting, Role
from ledger.core.texts import Text
from ledger.storage.codec import CODERS, EntryUnreadable, coder_of, event_json, load_entry, store_entry
from ledger.storage.store import FORMAT_NEWEST, StoredEntry
from tests.storage.anything import NUMBERS, WORDS, records, values

POSTINGS = st.lists(st.builds(Posting, NUMBERS, WORDS, st.sampled_from(Role), NUMBERS, NUMBERS, NUMBERS), max_size=4)
ENTRIES = st.builds(
    Entry,
    position=st.integers(1, PARTS_MAX),
    at=st.integers(0, PARTS_MAX),
    principal=WORDS,
    request_id=WORDS,
    fingerprint=st.binary(max_size=32),
    item=st.integers(0, 1000),
    event=st.one_of(*(records(event) for event in get_args(ev.Event))),
    postings=POSTINGS.map(tuple),
    windows=values(tuple[Window, ...]),
    counts=values(tuple[Count, ...]),
)

HOLD = Entry(
    7,
    1_800_000_000_000_000,
    "ann",
    "0190a1b2-c3d4-7abc-8def-0123456789ab",
    b"\x01\xff",
    0,
    ev.ReservationOpened("r-1", 3, "acme/a", (Amount("USD", 5),), 9, False, "wéb", "", (("k", 'v"\n'),)),
    (Posting(3, "USD", Role.AVAILABLE, -5, 10, 2), Posting(3, "USD", Role.RESERVED, 5, 5, 1)),
)
COUNTED = replace(HOLD, windows=(Window(1792, 5, "wf “1”", 100, 0),), counts=(Count(1792, 5, 5), Count(259, -5, 2**62)))
CARRIED = Carried("rq", "ff", "acme/a", (Amount("USD", 5),), 9, "r-1", True, "web", "w", (("k", "v"),), "acme", "job")
NOTE = Text.of("for “April”", bytes(16))
NOTED = replace(HOLD, event=ev.Funded(1, "acme", "USD", 5, NOTE), postings=())


def again(stored: StoredEntry, **changed: Any) -> Entry:
    """The entry as loaded, with some of what was stored changed."""
    kept: dict[str, Any] = {"kind": stored.kind, "version": stored.version, "body": stored.body}
    return load_entry(**{**kept, "at": stored.entry.at, "texts": stored.texts, **changed})


def test_store_entry__canonical_bytes():
    """The bytes of a kind are fixed for ever: this is what they are."""
    stored = store_entry(HOLD)

    assert stored.body.decode() == (
        "ReservationOpened\x001\n"
        '{"position":7,"principal":"ann","request_id":"0190a1b2-c3d4-7abc-8def-0123456789ab","fingerprint":"01ff",'
        '"item":0,"event":{"reservation_id":"r-1","partition_id":3,"path":"acme/a","amounts":[["USD",5]],'
        '"expires_at":9,"ttl_cut":false,"tool":"wéb","workflow_id":"","labels":[["k","v\\"\\n"]]},'
        '"postings":[[3,"USD",1,-5,10,2],[3,"USD",2,5,5,1]]}'
    )
    assert stored.digest == hashlib.sha256(stored.body).digest()
    assert (stored.kind, stored.version, stored.texts) == ("ReservationOpened", 1, "")


def test_store_entry__what_it_counts():
    """What an entry counts stands after its postings, as arrays; the rest is as if it counted nothing."""
    body, plain = (store_entry(entry).body.decode() for entry in (COUNTED, HOLD))

    assert (
        body == plain[:-1] + ',"windows":[[1792,5,"wf “1”",100,0]],"counts":[[1792,5,5],[259,-5,4611686018427387904]]}'
    )
    assert store_entry(replace(COUNTED, windows=())).body.decode() == plain[:-1] + body[body.index(',"counts"') :]
    assert store_entry(replace(COUNTED, counts=())).body.decode() == body[: body.index(',"counts"')] + "}"


def test_store_entry__what_an_escalation_carries():
    """A record within a field is an array, and so is a record within that; free text stays a field of the event."""
    asked = ev.EscalationRequested(3, "acme/a", "USD", 5, NOTE, 9, 1, "acme", (CARRIED,))

    assert event_json(asked) == (
        f'{{"partition_id":3,"path":"acme/a","unit":"USD","parts":5,"reason":"{NOTE.digest}","expires_at":9,'
        '"decider_id":1,"decider":"acme","carried":[["rq","ff","acme/a",[["USD",5]],9,"r-1",true,"web","w",'
        '[["k","v"]],"acme","job"]]}'
    )
    assert again(store_entry(replace(HOLD, event=asked))).event == asked


@given(ENTRIES)
def test_load_entry__round_trip(entry: Entry):
    """Whatever is stored is loaded as it was, and storing that gives the same bytes."""
    stored = store_entry(entry)

    loaded = again(stored)

    assert loaded == entry
    assert store_entry(loaded) == stored


@given(ENTRIES)
def test_store_entry__is_json(entry: Entry):
    """After its first line a body is JSON that any program reads; the event's own JSON is a part of it."""
    header, _, document = store_entry(entry).body.decode().partition("\n")

    parsed = json.loads(document)

    assert header == f"{coder_of(entry.event).kind}\0{coder_of(entry.event).version}"
    assert json.dumps(parsed, ensure_ascii=False, separators=(",", ":")) == document
    assert parsed["event"] == json.loads(event_json(entry.event))


@pytest.mark.parametrize("event", get_args(ev.Event), ids=lambda event: event.__name__)
def test_coders__every_event(event: type):
    """Every event has a kind, which is its name, a version, and a format that this program knows."""
    coder = CODERS[event.__name__, 1]

    assert coder.event is event
    assert 1 <= coder.format <= FORMAT_NEWEST


def test_store_entry__text_is_apart():
    """Free text is in the body as its digest only; value and salt lie beside it."""
    stored = store_entry(NOTED)

    assert "April" not in stored.body.decode()
    assert NOTE.digest in stored.body.decode()
    assert json.loads(stored.texts) == {"note": ["for “April”", "00" * 16]}


def test_load_entry__erased_text():
    """An erased text is empty, keeps its digest, and leaves the sealed bytes as they were."""
    stored = store_entry(NOTED)

    loaded = again(stored, texts="")

    assert loaded.event == ev.Funded(1, "acme", "USD", 5, Text("", "", NOTE.digest))
    assert store_entry(loaded).body == stored.body


def test_load_entry__unknown_kind():
    """A kind or version of a newer program is refused as such, not guessed at."""
    stored = store_entry(HOLD)

    with pytest.raises(FormatUnknown, match="ReservationOpened, version 2"):
        again(stored, version=2)
    with pytest.raises(FormatUnknown, match="CapSet"):
        again(stored, kind="CapSet")


def test_load_entry__damaged_record():
    """A record within an event that has too few fields says so too."""
    asked = ev.EscalationRequested(3, "acme/a", "USD", 5, NOTE, 9, 1, "acme", (CARRIED,))
    stored = store_entry(replace(HOLD, event=asked))

    with pytest.raises(EntryUnreadable):
        again(stored, body=stored.body.replace(b',9,"r-1",true,"web","w",[["k","v"]],"acme","job"', b""))


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace(b"ReservationOpened", b"ReservationClosed", 1),
        lambda body: body[:-1],
        lambda body: body.replace(b'"position":7,', b""),
        lambda body: body.replace(b'"tool"', b'"toll"'),
        lambda body: body.replace(b'[3,"USD",1,', b'[3,"USD",9,'),
        lambda body: body.replace(b'"01ff"', b'"01f"'),
        lambda body: b"ReservationOpened\x001\n[]",
        lambda body: body[:-1] + b',"counts":[[1,2]]}',
        lambda body: body[:-1] + b',"windows":7}',
    ],
)
def test_load_entry__damaged(change: Any):
    """Bytes that are not an entry of the kind say so."""
    stored = store_entry(HOLD)

    with pytest.raises(EntryUnreadable):
        again(stored, body=change(stored.body))
