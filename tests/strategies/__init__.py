"""Random operations on a ledger, as plain kinds and fields, which the model reads as they are and the core as commands.

One generator serves Hypothesis, which shrinks, and a seeded run, which counts: whatever picks a value is handed in. It
looks at the model, so that amounts lie around the balances and bounds that matter, and ids around those that exist.
"""

from tests.strategies.choosing import Chooser, Drawn, Seeded, often
from tests.strategies.commands import to_command
from tests.strategies.giving import a_loan
from tests.strategies.governing import wide_cap
from tests.strategies.kinds import BY_POSITION, FREQUENT, KINDS, THEMES, a_pause, sensible
from tests.strategies.materials import LIVES, PRINCIPALS, ROOT, UNITS, WORKFLOWS, ZONES, a_principal

__all__ = [
    "BY_POSITION",
    "FREQUENT",
    "KINDS",
    "LIVES",
    "PRINCIPALS",
    "ROOT",
    "THEMES",
    "UNITS",
    "WORKFLOWS",
    "ZONES",
    "Chooser",
    "Drawn",
    "Seeded",
    "a_loan",
    "a_pause",
    "a_principal",
    "often",
    "sensible",
    "to_command",
    "wide_cap",
]
