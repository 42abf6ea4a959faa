"""Answers: what a command answers, as a function of the entries it wrote.

A repeat finds the same entries and so gets the same answer; only the time left is computed anew. Source: R38.

There is a file for each service. Each command's answer is a line of the table.
"""

from ledger.rpc.answers.table import ANSWERS, FIELDS, fill_result

__all__ = ["ANSWERS", "FIELDS", "fill_result"]
