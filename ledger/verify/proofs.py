"""Proofs: that one entry is part of the history up to a seal, without the rest of the journal.

Source: docs/reference/journal-format.md, and RFC 9162, section 2.1.3, for the path.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from ledger.core.faults import FormatUnknown
from ledger.storage import schema
from ledger.storage.chain import LEAF, NODE, chain_of
from ledger.storage.codec import EntryUnreadable, coder_of, load_entry, store_entry
from ledger.verify.checkpoints import Checkpoint, Checkpoints, checkpoint_of
from ledger.verify.findings import FindingKind, OrganizationReport, Report, Sink
from ledger.verify.replay import kind_of, text_problem
from ledger.verify.snapshot import Snapshot

FORMAT: Final = 1
_KEYS: Final = frozenset(
    {"format", "organization", "position", "body", "texts", "path", "previous", "seals", "chain", "checkpoint"}
)

Path = list[list[str]]


class CannotProve(Exception):
    """There is no such entry, or no seal over it."""


class NoProof(ValueError):
    """A document is no proof, or none that this program knows."""


def prove(
    snapshot: Snapshot, organization: str, position: int, checkpoints: Sequence[Checkpoint] = ()
) -> dict[str, Any]:
    """A proof of one entry, up to the head; or up to the first checkpoint at or behind it, which is then a part of it.

    Raises:
        CannotProve: There is no such entry, no such checkpoint among those given, or the journal disagrees with it.
    """
    seals = snapshot.rows(schema.seals, organization, position)
    seal = next(seals, None)
    if seal is None or position < 1:
        raise CannotProve(f"{organization} has no entry {position} under a seal")
    _, last, first, *_ = seal
    entries = list(islice(snapshot.rows(schema.entries, organization, first), last - first + 1))
    before = next(snapshot.rows(schema.seals, organization, first - 1), None) if first > 1 else None
    entry = next((row for row in entries if row[1] == position), None)
    if entry is None:
        raise CannotProve(f"{organization} has no entry {position}; see what `tallystick verify` says")
    anchor = _first(checkpoints, organization, position)
    if checkpoints and anchor is None:
        raise CannotProve(f"no checkpoint of {organization} is at or behind position {position}")
    links = [seal]
    while (anchor is None or links[-1][1] < anchor.position) and (link := next(seals, None)) is not None:
        links.append(link)
    if anchor is not None and (links[-1][1], bytes(links[-1][6]).hex()) != (anchor.position, anchor.chain):
        raise CannotProve(f"the journal disagrees with the checkpoint at {anchor.position}; see `tallystick verify`")
    return {
        "format": FORMAT,
        "organization": organization,
        "position": position,
        "body": bytes(entry[6]).decode(),
        "texts": entry[8],
        "path": merkle_path([bytes(row[7]) for row in entries], entries.index(entry)),
        "previous": bytes(before[6]).hex() if before else "",
        "seals": [[row[1], row[2], row[3], row[4], bytes(row[5]).hex()] for row in links],
        "chain": bytes(links[-1][6]).hex(),
        "checkpoint": None if anchor is None else json.loads(anchor.line()),
    }


def _first(checkpoints: Sequence[Checkpoint], organization: str, position: int) -> Checkpoint | None:
    fitting = (one for one in checkpoints if one.organization == organization and one.position >= position)
    return min(fitting, key=lambda one: one.position, default=None)


def merkle_path(digests: Sequence[bytes], place: int) -> Path:
    """The neighbours of a leaf on its way to the root, each with the side it is on."""
    sha256 = hashlib.sha256
    level = [sha256(LEAF + digest).digest() for digest in digests]
    path = []
    while len(level) > 1:
        beside = place ^ 1
        if beside < len(level):
            path.append(["left" if beside < place else "right", level[beside].hex()])
        pairs = [sha256(NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        level = pairs + level[2 * len(pairs) :]
        place //= 2
    return path


def root_of(digest: bytes, path: Path) -> bytes:
    """The root that a leaf's path leads to."""
    node = hashlib.sha256(LEAF + digest).digest()
    for side, beside in path:
        other = bytes.fromhex(beside)
        node = hashlib.sha256(NODE + (other + node if side == "left" else node + other)).digest()
    return node


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as it was read. See the page on the format for each key."""

    organization: str
    position: int
    body: bytes
    texts: str
    path: Path
    previous: bytes
    seals: tuple[tuple[int, int, int, int, bytes], ...]
    chain: bytes
    checkpoint: Checkpoint | None


def proof_of(text: bytes) -> Proof:
    """The proof in a file.

    Raises:
        NoProof: There is none, or one of another format.
    """
    try:
        said = json.loads(text)
        if not isinstance(said, dict) or said.get("format", FORMAT) != FORMAT:
            raise NoProof("its format is not known to this program")
        if said.keys() != _KEYS:
            raise NoProof("it does not have a proof's keys")
        checkpoint = said["checkpoint"]
        seals = tuple((_whole(a), _whole(b), _whole(c), _whole(d), _bytes(root)) for a, b, c, d, root in said["seals"])
        path = [[side, _bytes(beside).hex()] for side, beside in said["path"]]
        if not seals or any(side not in {"left", "right"} for side, _ in path):
            raise NoProof("its path or its seals are none")
        return Proof(
            str(said["organization"]),
            _whole(said["position"]),
            str(said["body"]).encode(),
            str(said["texts"]),
            path,
            _bytes(said["previous"]),
            seals,
            _bytes(said["chain"]),
            None if checkpoint is None else checkpoint_of(checkpoint),
        )
    except (KeyError, TypeError, ValueError, RecursionError) as problem:
        raise NoProof(f"it is no proof: {problem}") from problem


def _whole(value: object) -> int:
    if type(value) is not int or not -(2**63) <= value < 2**63:
        raise NoProof(f"{value!r} is no whole number of 8 bytes")
    return value


def _bytes(value: str) -> bytes:
    read = bytes.fromhex(value)
    if read.hex() != value:
        raise NoProof(f"{value!r} is not as hexadecimal is written")
    return read


def verify_proof(name: str, proof: Proof, checkpoints: Checkpoints | None = None, trusted: str = "") -> Report:
    """Whether a proof holds together, and whether somebody vouches for the seal that it ends at.

    Args:
        name: Of what was read, for the report.
        proof: What to verify.
        checkpoints: That somebody kept elsewhere; those at a seal of the proof must agree.
        trusted: The public key that must have signed the proof's own checkpoint. Where it is empty, that checkpoint
            counts if its signer has signed one of `checkpoints`: who made a proof can also make a key.
    """
    report = Report(name)
    sink = Sink(report)
    one = sink.current = OrganizationReport(proof.organization, proof.position)
    report.organizations.append(one)
    one.rows["entries"] = 1
    for kind, place, problem in checkpoints.problems if checkpoints else ():
        sink.add(kind, "checkpoints", key=place, found=problem)
    _check_entry(proof, sink)
    chains = _check_chain(proof, sink)
    one.chain = proof.chain.hex()
    expected = dict(checkpoints.of.get(proof.organization, {})) if checkpoints else {}
    own, known = proof.checkpoint, {trusted} if trusted else checkpoints.keys if checkpoints else set()
    if own is not None and _is_right(proof, own, trusted, sink) and own.key in known:
        expected[own.position] = {**expected.get(own.position, {}), own.chain: own.incarnation}
    for position, chain in chains.items():
        for said in expected.get(position, ()):
            if said == chain:
                one.checkpoints, one.witnessed = one.checkpoints + 1, position
            else:
                sink.add(
                    FindingKind.CHECKPOINT_CONTRADICTED, "checkpoints", position=position, expected=said, found=chain
                )
    if not one.contradictions and not one.checkpoints:
        unnamed = f", signed by {own.key} whom nobody named" if own and own.key not in known else ""
        sink.add(
            FindingKind.PROOF_UNANCHORED, "proof", position=proof.seals[-1][0], found=f"{proof.chain.hex()}{unnamed}"
        )
    return report


def _check_entry(proof: Proof, sink: Sink) -> None:
    """The body is an entry's, at that position; its texts are those that were sealed."""
    try:
        entry = load_entry(*kind_of(proof.body), proof.body, proof.seals[0][2], proof.texts)
        if store_entry(entry).body != proof.body or entry.position != proof.position:
            sink.add(FindingKind.PROOF_BROKEN, "body", position=proof.position, found="it is not the entry's")
        for field in coder_of(entry.event).texts:
            if problem := text_problem(getattr(entry.event, field)):
                sink.add(FindingKind.TEXT_ALTERED, "texts", position=proof.position, key=field, found=problem)
    except FormatUnknown as problem:
        sink.add(FindingKind.FORMAT_UNKNOWN, "body", position=proof.position, found=problem)
    except (EntryUnreadable, AttributeError, LookupError, TypeError, ValueError) as problem:
        sink.add(FindingKind.PROOF_BROKEN, "body", position=proof.position, found=problem)


def _check_chain(proof: Proof, sink: Sink) -> dict[int, str]:
    """The path leads to the first seal's root, and the seals one by one to the chain; each seal's own, by position."""
    last, first, _, _, root = proof.seals[0]
    if not first <= proof.position <= last:
        sink.add(FindingKind.PROOF_BROKEN, "seals", position=proof.position, expected=f"{first}-{last}")
    computed = root_of(hashlib.sha256(proof.body).digest(), proof.path)
    if computed != root:
        sink.add(FindingKind.PROOF_BROKEN, "path", position=proof.position, expected=root, found=computed)
    chain, chains, behind = proof.previous, dict[int, str](), first
    for last, first, at, newest, root in proof.seals:
        if first != behind or last < first:
            sink.add(FindingKind.PROOF_BROKEN, "seals", position=last, expected=f"first position {behind}", found=first)
        chain = chain_of(proof.organization, chain, first, last, at, newest, root)
        chains[last], behind = chain.hex(), last + 1
    if chain != proof.chain:
        sink.add(FindingKind.PROOF_BROKEN, "chain", position=last, expected=proof.chain, found=chain)
    return chains


def _is_right(proof: Proof, checkpoint: Checkpoint, trusted: str, sink: Sink) -> bool:
    problem = ""
    if not checkpoint.is_signed():
        problem = "the signature is not that of the key that it names"
    elif trusted and checkpoint.key != trusted:
        problem = f"it is signed by key {checkpoint.key}"
    elif (checkpoint.organization, checkpoint.position) != (proof.organization, proof.seals[-1][0]):
        problem = f"it is of {checkpoint.organization} at {checkpoint.position}, not of the last seal"
    if problem:
        sink.add(FindingKind.CHECKPOINT_FORGED, "checkpoint", position=checkpoint.position, found=problem)
    return not problem
