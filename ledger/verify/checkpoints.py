"""Checkpoints: signed sentences on where a journal stood, kept elsewhere, against a tail that is cut or written anew.

The chain shows that what is there fits together. That something is gone from the end, or that all of it was made anew,
only somebody can tell who has noted a seal elsewhere. Source: docs/reference/journal-format.md.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from ledger.verify.findings import FindingKind, Sink
from ledger.verify.keys import SigningKey, signed_by

_WORD: Final = b"tallystick checkpoint"
_LINE_MAX: Final = 64 * 1024


class NoCheckpoint(ValueError):
    """A line is no checkpoint."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a journal stood, and who says so.

    Attributes:
        organization: Whose journal.
        incarnation: Of the journal.
        position: Of the last entry.
        at: When it was signed, microseconds since 1970, by the signer's clock.
        chain: The last seal, hexadecimal.
        key: The signer's public key, hexadecimal.
        signature: Hexadecimal.
    """

    organization: str
    incarnation: int
    position: int
    at: int
    chain: str
    key: str = ""
    signature: str = ""

    def signed(self, key: SigningKey) -> "Checkpoint":
        """The same, signed by a key."""
        unsigned = replace(self, key=key.public)
        return replace(unsigned, signature=key.sign(unsigned.covered()))

    def covered(self) -> bytes:
        """The bytes that the signature covers."""
        numbers = (number.to_bytes(8, "big", signed=True) for number in (self.incarnation, self.position, self.at))
        parts = (_WORD, self.organization.encode(), *numbers, bytes.fromhex(self.chain))
        return b"".join(len(part).to_bytes(8, "big") + part for part in parts)

    def is_signed(self) -> bool:
        """Whether the signature is that of the key that it names."""
        return signed_by(self.key, self.signature, self.covered())

    def line(self) -> str:
        """As it is written: one line of JSON, without its line feed."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))


def checkpoint_of(said: object) -> Checkpoint:
    """The checkpoint that parsed JSON says.

    Raises:
        NoCheckpoint: It says none.
    """
    types = {"organization": str, "incarnation": int, "position": int, "at": int}
    types |= dict.fromkeys(("chain", "key", "signature"), str)
    if not isinstance(said, dict) or said.keys() != types.keys():
        raise NoCheckpoint("it does not have a checkpoint's keys")
    if any(type(said[name]) is not kind for name, kind in types.items()):
        raise NoCheckpoint("a value is of another kind than it must be")
    checkpoint = Checkpoint(**said)
    try:
        if any(bytes.fromhex(said[name]).hex() != said[name] for name in ("chain", "key", "signature")):
            raise NoCheckpoint("what must be hexadecimal is not as it was written")
        checkpoint.covered()
    except (ValueError, OverflowError) as problem:
        raise NoCheckpoint(str(problem)) from problem
    return checkpoint


def read_line(text: bytes) -> Checkpoint:
    """The checkpoint in a line.

    Raises:
        NoCheckpoint: There is none.
    """
    try:
        checkpoint = checkpoint_of(json.loads(text))
        if checkpoint.line().encode() != text.rstrip(b"\n"):
            raise NoCheckpoint("it is not as it was written")
    except (ValueError, RecursionError) as problem:
        raise NoCheckpoint(str(problem)) from problem
    return checkpoint


@dataclass(slots=True)
class Checkpoints:
    """Checkpoints that somebody kept, by organization and position; each as the chains that it was said to have.

    Attributes:
        keys: Who signed them.
        problems: What of the files was no checkpoint, or not signed by whom it should be, with the kind of finding.
        newest: The last one for each organization and position.
    """

    of: dict[str, dict[int, dict[str, int]]]
    keys: set[str]
    problems: list[tuple[FindingKind, str, str]]
    newest: dict[tuple[str, int], Checkpoint]

    @classmethod
    def read(cls, paths: Sequence[Path], trusted: str = "") -> "Checkpoints":
        """Those in some files whose signatures are right.

        Args:
            paths: Files of lines. A last line that is none and is not ended was being written, and is left out.
            trusted: The public key that must have signed them; where empty each must be signed by the one it names.

        Raises:
            OSError: A file cannot be read.
        """
        found = cls(defaultdict(dict), set(), [], {})
        for path in paths:
            for number, text in enumerate(_lines(path), 1):
                found._take(f"{path.name}, line {number}", text, trusted)
        return found

    def _take(self, place: str, text: bytes, trusted: str) -> None:
        try:
            checkpoint = read_line(text)
        except NoCheckpoint as problem:
            self.problems.append((FindingKind.CHECKPOINT_UNREADABLE, place, str(problem)))
            return
        if not checkpoint.is_signed():
            said = "the signature is not that of the key that it names"
            self.problems.append((FindingKind.CHECKPOINT_FORGED, place, said))
        elif trusted and checkpoint.key != trusted:
            said = f"it is signed by key {checkpoint.key}"
            self.problems.append((FindingKind.CHECKPOINT_FORGED, place, said))
        else:
            self.keys.add(checkpoint.key)
            chains = self.of[checkpoint.organization].setdefault(checkpoint.position, {})
            chains[checkpoint.chain] = checkpoint.incarnation
            self.newest[checkpoint.organization, checkpoint.position] = checkpoint


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while text := file.readline(_LINE_MAX):
            if text.endswith(b"\n") or len(text) == _LINE_MAX or _is_checkpoint(text):
                yield text


def _is_checkpoint(text: bytes) -> bool:
    """Whether a line is all there: somebody may have kept it without its line feed."""
    try:
        read_line(text)
    except NoCheckpoint:
        return False
    return True


class Witness:
    """The checkpoints of one organization, compared with its seals as these are met.

    Attributes:
        agreed: How many positions have been confirmed.
        position: The last of them; 0 for none.
    """

    def __init__(self, expected: dict[int, dict[str, int]], sink: Sink) -> None:
        """Nothing was met yet."""
        self._waiting = dict(expected)
        self._sink = sink
        self.agreed = 0
        self.position = 0

    def met(self, position: object, chain: bytes) -> None:
        """A seal ends here, and has this hash."""
        if not isinstance(position, int):
            return
        said = self._waiting.pop(position, None)
        if said is None:
            return
        for other, incarnation in said.items():
            if other != chain.hex():
                self._contradict(position, incarnation, other, chain.hex())
        if chain.hex() in said:
            self.agreed += 1
            self.position = position

    def end(self, last: int, *, cut_off: bool) -> None:
        """The journal ends at a position; or is known up to there only, and what comes behind accuses nobody."""
        for position, said in sorted(self._waiting.items()):
            for chain, incarnation in said.items():
                if position <= last:
                    self._contradict(position, incarnation, chain, "no seal that ends there")
                elif not cut_off:
                    self._sink.add(
                        FindingKind.CHECKPOINT_BEYOND,
                        "checkpoints",
                        position=position,
                        expected=f"{chain}, of incarnation {incarnation}",
                        found=f"the journal ends at {last}",
                    )
                else:
                    self._sink.leave_out()

    def _contradict(self, position: int, incarnation: int, expected: str, found: str) -> None:
        self._sink.add(
            FindingKind.CHECKPOINT_CONTRADICTED,
            "checkpoints",
            position=position,
            expected=f"{expected}, of incarnation {incarnation}",
            found=found,
        )
