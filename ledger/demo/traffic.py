"""The recorded traffic and the prices that the demo replays, read exactly: prices are decimals, never floats."""

import csv
import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Final

NANO: Final = Decimal(10**9)
"""Smallest parts of a dollar, at the scale 9 that the demo's organization declares."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One call of the trace.

    Attributes:
        started: As the trace has it, UTC.
        prompt_tokens: What was sent.
        generated_tokens: What came back.
    """

    started: str
    prompt_tokens: int
    generated_tokens: int


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs, in whole nano-dollars a token."""

    input_nano: int
    output_nano: int

    def cost(self, prompt_tokens: int, output_tokens: int) -> int:
        """Nano-dollars of one call."""
        return prompt_tokens * self.input_nano + output_tokens * self.output_nano


@cache
def recorded_calls() -> tuple[RecordedCall, ...]:
    """Every call of the trace, in the order of their start."""
    lines = _data("azure_llm_code_2023.csv").splitlines()
    return tuple(
        RecordedCall(line["TIMESTAMP"], int(line["ContextTokens"]), int(line["GeneratedTokens"]))
        for line in csv.DictReader(lines)
    )


@cache
def prices() -> dict[str, Price]:
    """The price of each model.

    Raises:
        ValueError: A price is finer than a nano-dollar, so that a cost would have to be rounded.
    """
    listed = json.loads(_data("model_prices.json"), parse_float=Decimal)
    return {
        model: Price(_nano(model, told["input_cost_per_token"]), _nano(model, told["output_cost_per_token"]))
        for model, told in listed.items()
    }


def _nano(model: str, dollars: Decimal) -> int:
    nano = Decimal(dollars) * NANO
    if nano != nano.to_integral_value():
        raise ValueError(f"a token of {model} costs {dollars} USD, which is finer than a nano-dollar")
    return int(nano)


def _data(name: str) -> str:
    return (resources.files("ledger.demo") / "data" / name).read_text(encoding="utf-8")
