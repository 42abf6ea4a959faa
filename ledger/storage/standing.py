"""Standing records as they lie in their table, and back.

One table has them all: what lists and look-ups go by is in columns, the whole record in canonical JSON beside them,
with free texts as digests. A key that is a number is written in decimal.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ledger.core.caps import Counter
from ledger.core.claims import Claim
from ledger.core.escalations import Escalation, Grant
from ledger.core.faults import FormatUnknown
from ledger.core.standing import KINDS, Key, Kind, Named, Standing
from ledger.storage.codec import Shape, shape_of, texts_json
from ledger.storage.rows import Row
from ledger.storage.store import Batch

SHAPES: Final[Mapping[Kind, Shape]] = {kind: shape_of(kind) for kind in KINDS}
"""How each kind is written and read."""

_BY_NAME: Final[Mapping[str, Kind]] = {kind.__name__: kind for kind in KINDS}

_NAMES_PARTITIONS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Escalation: ("decider_id", "source_id", "policy_id"),
    Grant: ("source_id",),
    Claim: ("holder_id", "assignee_id"),
}
"""Which fields hold ids of partitions beside the one that the record is about; 0 for none."""


def key_text(key: Key) -> str:
    """A key as its column has it."""
    return str(key)


def standing_row(organization: str, record: Standing) -> Row:
    """A row of `standing`."""
    kind = type(record)
    shape = SHAPES[kind]
    escalation = record if isinstance(record, Escalation) else None
    return (
        organization,
        kind.__name__,
        key_text(record.key),
        record.partition_id,
        record.position,
        not record.ended,
        str(escalation.state) if escalation else "",
        escalation.decider_id if escalation else 0,
        shape.encode(record),
        texts_json(record, shape.texts) if shape.texts else "",
    )


def standing_of(row: Sequence[Any]) -> Standing:
    """The record in a row of `standing`; an erased text is empty and keeps its digest.

    Raises:
        FormatUnknown: A newer program wrote this kind.
    """
    _, name, _, _, _, _, _, _, body, texts = row
    kind = _BY_NAME.get(name)
    if kind is None:
        raise FormatUnknown(f"standing records of kind {name} are not known to this program; use a newer one")
    record: Standing = SHAPES[kind].decode(json.loads(body), json.loads(texts) if texts else {})
    return record


def standing_rows(batch: Batch) -> list[Row]:
    """Rows of `standing`."""
    organization = batch.organization
    return [standing_row(organization, record) for record in batch.standing]


def counting_and_others(batch: Batch) -> tuple[list[Row], list[Row]]:
    """Rows of `standing`: those of counters that have not ended, and the others.

    A counter never comes back from its end, so one that has not ended had not ended before either.
    """
    counting: list[Row] = []
    others: list[Row] = []
    organization = batch.organization
    for record in batch.standing:
        rows = counting if isinstance(record, Counter) and not record.ended else others
        rows.append(standing_row(organization, record))
    return counting, others


def names_of(names: Iterable[Named]) -> list[tuple[str, str]]:
    """Kinds and keys as their columns have them."""
    return [(kind.__name__, key_text(key)) for kind, key in names]


def partitions_named(record: Standing) -> set[int]:
    """The ids of all partitions that a record names."""
    fields = _NAMES_PARTITIONS.get(type(record), ())
    return {record.partition_id, *(pid for name in fields if (pid := getattr(record, name)))}
