"""The reference page of findings, written from the program: `python -m ledger.verify.reference`."""

import sys
from collections.abc import Mapping
from typing import Final

from ledger.verify.findings import INCOMPLETE, FindingKind, Verdict

MEANINGS: Final[Mapping[FindingKind, str]] = {
    FindingKind.ENTRY_MISSING: "Positions have a gap: entries are gone.",
    FindingKind.ENTRY_EXTRA: "An entry stands where none can: before the first, or twice.",
    FindingKind.ENTRY_ALTERED: "A column of an entry is not what its bytes say, or these are not canonical.",
    FindingKind.ENTRY_UNREADABLE: "The bytes of an entry are none.",
    FindingKind.ENTRY_UNLAWFUL: "An entry is well formed and breaks a rule: its legs, its reservation's life, a debt.",
    FindingKind.TEXT_ALTERED: "A free text is not the one that was sealed. An erased one is no finding.",
    FindingKind.SEAL_MISSING: "Entries at the end of the journal have no seal.",
    FindingKind.SEAL_EXTRA: "A seal has no entries.",
    FindingKind.SEAL_ALTERED: "A seal is not what its entries and the seal before it come to.",
    FindingKind.TIME_NOT_INCREASING: "A batch is not later than the one before.",
    FindingKind.HEAD_MISSING: "An organization has rows and no head.",
    FindingKind.HEAD_ALTERED: "The head does not stand where the journal ends, or differs from what it says.",
    FindingKind.ROW_MISSING: "The journal says that a row must be there.",
    FindingKind.ROW_EXTRA: "A row is there that the journal knows nothing of.",
    FindingKind.ROW_ALTERED: "A column of a row is not what the journal says.",
    FindingKind.REQUEST_TWICE: "One request id took effect twice.",
    FindingKind.INVARIANT_BROKEN: "The book that the journal makes breaks an invariant.",
    FindingKind.REPLAY_STOPPED: "An entry does not follow from those before it.",
    FindingKind.FORMAT_UNKNOWN: "A newer program wrote what this one cannot read.",
    FindingKind.DATABASE_DAMAGED: "The database finds its own pages or indexes damaged.",
    FindingKind.EXPORT_ALTERED: "The lines of an export are not those that were written, or contradict each other.",
    FindingKind.EXPORT_INCOMPLETE: "An export ends early, or has nothing of an organization that it names.",
    FindingKind.CHECKPOINT_BEYOND: "The journal ends before a position that a checkpoint names: its tail was cut off.",
    FindingKind.CHECKPOINT_CONTRADICTED: "The seal that a checkpoint names is another one: history was written anew.",
    FindingKind.CHECKPOINT_FORGED: "A checkpoint's signature is not right, or another key's.",
    FindingKind.CHECKPOINT_UNREADABLE: "A line is no checkpoint.",
    FindingKind.PROOF_BROKEN: "A proof does not hold together: entry, path and seals do not lead to its chain.",
    FindingKind.PROOF_UNANCHORED: "A proof holds together, and nobody whom you named vouches for it.",
    FindingKind.UNREADABLE: "The database or file could not be read to the end.",
}
"""What each kind of finding says."""

VERDICTS: Final[Mapping[Verdict, str]] = {
    Verdict.CLEAN: "Everything was read, and everything agrees.",
    Verdict.INCOMPLETE: "Something was not read or not compared, and what was does not disagree. Not clean.",
    Verdict.FINDINGS: "Something disagrees.",
}
"""What each verdict says."""

_HEAD: Final = """\
<!-- Written by `python -m ledger.verify.reference`. -->

# Findings of `tallystick verify`

`verify` reads one snapshot of a database, or an export ([format](journal-format.md)), by the same code. It recomputes
the chain from the bytes of the entries, replays them into an empty book, and compares every table with it, both ways.
Each finding names its kind, the organization, the table and column (`place`), the entry's `position` or the row's
`key`, and what was `expected` and `found`.
"""


def reference() -> str:
    """The page."""
    lines = [_HEAD, "| Verdict | Meaning |", "| --- | --- |"]
    lines += [f"| `{verdict}` | {VERDICTS[verdict]} |" for verdict in Verdict]
    lines += ["", "| Kind | Meaning | Afterwards |", "| --- | --- | --- |"]
    lines += [
        f"| `{kind}` | {MEANINGS[kind]} | {'something is left uncompared' if kind in INCOMPLETE else ''} |"
        for kind in FindingKind
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
