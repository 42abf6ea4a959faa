"""A naive ledger: what the rules say, in lists and sums, sharing no code with `ledger.core` and no thought for speed.

Every balance is a sum over the list of all moves; every question is answered by looking at everything; whatever must be
taken back is taken back by returning to a copy. An operation is a kind and its fields, in plain strings and numbers.
"""

from tests.model.ledger import Model
from tests.model.words import DAY, HOUR, MINUTE, MOST, Operation

__all__ = ["DAY", "HOUR", "MINUTE", "MOST", "Model", "Operation"]
