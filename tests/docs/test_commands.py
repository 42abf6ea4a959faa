import re
import subprocess
import sys
from functools import cache

import pytest

from tests.docs.blocks import ROOT, blocks, pages

_GROUPS = dict.fromkeys(
    (
        "org",
        "partition",
        "quarantine",
        "checkpoint",
        "caps",
        "tools",
        "escalations",
        "policies",
        "allowances",
        "claims",
    ),
    1,
)
"""Commands that have commands."""


def _commands():
    """Command lines of `tallystick` on all pages, without their arguments."""
    found = set()
    for page in pages():
        for block in blocks(page):
            if block.info != "sh":
                continue
            for line in block.text.splitlines():
                words = line.partition("#")[0].split()
                if words and words[0] == "tallystick":
                    found.add(tuple(words[1 : 2 + _GROUPS.get(words[1], 0) + (words[1:3] == ["tools", "rules"])]))
    return sorted(found)


@pytest.mark.parametrize("command", _commands(), ids=" ".join)
def test_commands__exist(command):
    """Each command that a page tells its reader to type is one that there is."""
    done = subprocess.run(
        [sys.executable, "-m", "ledger.cli.main", *command, "--help"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


_OTHERS = {
    "--format=custom",
    "--file=ledger.dump",
    "--exit-on-error",
    "--dbname=restored",
    "--file",
    "--build",
    "--detach",
}
"""Options of the programs of PostgreSQL and Docker."""


@cache
def _helped():
    """What all commands say of their options."""
    return "".join(
        subprocess.run(
            [sys.executable, "-m", "ledger.cli.main", *command, "--help"],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/bin", "COLUMNS": "300"},
        ).stdout
        for command in _commands()
    )


@pytest.mark.parametrize(
    "page", ["backup", "verifying", "quarantine", "governing", "upgrade", "pools", "pooler", "failover"]
)
def test_commands__options(page):
    """Each option that a page names is one of the commands that it names."""
    text = (ROOT / "docs" / "operating" / f"{page}.md").read_text()
    words = {word.strip("`,.:") for word in text.split()}
    named = {word for word in words if re.match("--[a-z]", word)}

    assert {name for name in named if name.split("=")[0] not in _helped()} <= _OTHERS
