from ledger.cli.reference import reference
from tests.repository.project import ROOT


def test_reference__fresh():
    """The page is what the program says of itself."""
    page = (ROOT / "docs/reference/cli.md").read_text()

    assert page == reference(), "write it anew: python -m ledger.cli.reference > docs/reference/cli.md"


def test_reference__complete():
    """Every command and exit code is there."""
    page = reference()

    commands = "serve migrate demo fund defund allocate reclaim reserve commit release extend expire charge refund tree"
    others = [
        "org create",
        "partition create",
        "partition list",
        "partition close",
        "entries",
        "tail",
        "verify",
        "backup",
    ]
    others += ["pause", "resume", "reallocate", "remaining", "caps list", "tools rules set", "escalations approve"]
    others += ["escalations watch", "policies set", "allowances set", "claims assign"]
    for name in (*commands.split(), *others, "quarantine show", "quarantine lift", "info"):
        assert f"\n## {name}\n" in page
    assert all(f"| {code} |" in page for code in (0, 1, 2, 3, 130))
