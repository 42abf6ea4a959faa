from ledger.verify.findings import (
    KEPT_MAX,
    Finding,
    FindingKind,
    OrganizationReport,
    Report,
    Sink,
    Verdict,
    show,
)


def test_verdict__worst_first():
    """Only a verification that read everything and found nothing is clean."""
    report = Report("sqlite:///x.db")
    sink = Sink(report)
    verdicts = [report.verdict]

    sink.add(FindingKind.FORMAT_UNKNOWN, "heads.format")
    verdicts.append(report.verdict)
    sink.add(FindingKind.ROW_EXTRA, "balances")
    verdicts.append(report.verdict)

    assert verdicts == [Verdict.CLEAN, Verdict.INCOMPLETE, Verdict.FINDINGS]


def test_sink__bounded():
    """A report keeps so many findings and counts all of them."""
    report = Report("sqlite:///x.db")
    told: list[Finding] = []
    sink = Sink(report, told.append)
    sink.current = OrganizationReport("acme")

    for position in range(KEPT_MAX + 5):
        sink.add(FindingKind.ENTRY_ALTERED, "entries.body", position=position)

    assert (len(report.findings), len(told)) == (KEPT_MAX, KEPT_MAX + 5)
    assert report.counts == {FindingKind.ENTRY_ALTERED: KEPT_MAX + 5}
    assert sink.current.verdict is Verdict.FINDINGS


def test_finding__one_line():
    """A finding says kind, organization, place, position, key, and what was expected and found."""
    finding = Finding(FindingKind.ROW_ALTERED, "acme", "balances.spent", 7, "4, USD", "61", "62")

    assert str(finding) == "ROW_ALTERED acme: balances.spent at position 7 [4, USD]; expected 61; found 62"


def test_show__whatever_a_database_holds():
    """Bytes are hexadecimal, control characters are escaped, long values are cut."""
    assert show((b"\x01\xff", "a\nb", None, 3)) == "01ff, a\\x0ab, None, 3"
    assert len(show("x" * 1000)) == 301
