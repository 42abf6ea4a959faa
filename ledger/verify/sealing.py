"""The chain, recomputed: entries' digests to Merkle roots to seals. Source: R48; I7, I12."""

from collections.abc import Callable, Iterator

from ledger.storage.chain import chain_of, merkle_root
from ledger.verify.findings import FindingKind, Sink
from ledger.verify.source import Row


class Sealing:
    """Walks the seals along the entries, one seal ahead.

    Each seal is computed on what the one before says, not on what it should say, so damage does not run on to the end.

    Attributes:
        position: Where the last seal that was met ends.
        at: Its time, microseconds since 1970.
        chain: Its hash; empty before the first.
        format: The newest format among the seals so far.
        count: How many seals were met.
    """

    def __init__(
        self,
        organization: str,
        seals: Iterator[Row],
        sink: Sink,
        met: Callable[[object, bytes], None] = lambda *_: None,
    ) -> None:
        """Before the first entry.

        Args:
            organization: Whose journal.
            seals: Rows of the table, by their last position.
            sink: Where findings go.
            met: Told each seal's last position and hash.
        """
        self._organization = organization
        self._seals = seals
        self._sink = sink
        self._met = met
        self._seal = next(seals, None)
        self._digests: list[bytes] = []
        self._times: set[object] = set()
        self._newest = 0
        self._first = 1
        self.position = 0
        self.at = 0
        self.chain = b""
        self.format = 0
        self.count = 0

    def entry(self, position: int, at: object, digest: bytes, newest: int) -> None:
        """The next entry has this position, time, digest (recomputed from its bytes) and format."""
        while self._seal is not None and not self._reaches(self._seal, position):
            self._close(self._seal)
        if not self._digests:
            self._first = position
        self._digests.append(digest)
        self._times.add(at)
        self._newest = max(self._newest, newest)
        if self._seal is not None and self._seal[1] == position:
            self._close(self._seal)

    def end(self) -> None:
        """There are no more entries."""
        while self._seal is not None:
            self._close(self._seal)
        if self._digests:
            first, last = self._first, self._first + len(self._digests) - 1
            self._sink.add(FindingKind.SEAL_MISSING, "seals", position=last, key=f"{first}-{last}")

    def resume(self, seals: Iterator[Row]) -> None:
        """More entries come, and these are the seals behind the last one that was met."""
        self._seals = seals
        self._seal = next(seals, None)
        self._digests, self._times, self._newest = [], set(), 0

    @staticmethod
    def _reaches(seal: Row, position: int) -> bool:
        return isinstance(seal[1], int) and seal[1] >= position

    def _close(self, seal: Row) -> None:
        """The batch in hand ends with this seal."""
        self.count += 1
        last = seal[1]
        if self._digests:
            self._compare(seal)
        else:
            self._sink.add(FindingKind.SEAL_EXTRA, "seals", key=last, found=seal[1:])
        if isinstance(last, int) and isinstance(seal[6], bytes):
            self.position, self.chain = last, seal[6]
            self._met(last, seal[6])
        if isinstance(seal[3], int):
            self.at = seal[3]
        if isinstance(seal[4], int):
            self.format = max(self.format, seal[4])
        self._digests, self._times, self._newest = [], set(), 0
        self._seal = next(self._seals, None)

    def _compare(self, seal: Row) -> None:
        organization, last, _, at, *_ = seal
        if len(self._times) == 1 and isinstance(time := next(iter(self._times)), int):
            root = merkle_root(self._digests)
            first = self.position + 1
            chain = b""
            if isinstance(last, int):
                chain = chain_of(self._organization, self.chain, first, last, time, self._newest, root)
            expected = (organization, last, first, time, self._newest, root, chain)
            if seal != expected:
                self._sink.add(
                    FindingKind.SEAL_ALTERED, "seals", position=last, key=last, expected=expected[2:], found=seal[2:]
                )
        else:
            self._sink.add(
                FindingKind.SEAL_ALTERED,
                "seals",
                position=last,
                key=last,
                expected="one time in a batch",
                found=sorted(map(str, self._times)),
            )
        if isinstance(at, int) and at <= self.at:
            self._sink.add(
                FindingKind.TIME_NOT_INCREASING, "seals", position=last, expected=f"after {self.at}", found=at
            )
