"""The verifier: every byte of the journal, the chain over it, and every projection, recomputed and compared both ways.

A journal is read once, in order, in bounded memory: bytes to digests to Merkle roots to seals to the head; and decoded
entries into an empty book, by the same `apply` that the service uses. Then the tables are compared with that book: rows
missing, rows too many, rows that differ. What could not be read is *incomplete*, never *clean*.
"""

from ledger.verify.exported import ExportUnreadable
from ledger.verify.findings import Finding, FindingKind, OrganizationReport, Report, Verdict
from ledger.verify.snapshot import DatabaseUnreadable
from ledger.verify.verifier import verify, verify_export

__all__ = [
    "DatabaseUnreadable",
    "ExportUnreadable",
    "Finding",
    "FindingKind",
    "OrganizationReport",
    "Report",
    "Verdict",
    "verify",
    "verify_export",
]
