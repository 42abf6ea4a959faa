import json
from decimal import Decimal
from importlib import resources

import pytest

from ledger.demo import traffic
from ledger.demo.traffic import Price, prices, recorded_calls


def test_recorded_calls__whole_trace():
    """All 8,819 calls are read, in the order of their start."""
    calls = recorded_calls()

    assert len(calls) == 8819
    assert [call.started for call in calls] == sorted(call.started for call in calls)
    assert (calls[0].prompt_tokens, calls[0].generated_tokens) == (4808, 10)
    assert sum(call.prompt_tokens for call in calls) == 18_059_974
    assert sum(call.generated_tokens for call in calls) == 245_896


def test_prices__exact():
    """A token of gpt-4o-mini costs less than a micro-dollar, and a whole number of nano-dollars."""
    assert prices()["gpt-4o-mini"] == Price(input_nano=150, output_nano=600)


def test_prices__every_model_of_the_list():
    """Each price of the list is taken over without rounding."""
    listed = json.loads((resources.files("ledger.demo") / "data" / "model_prices.json").read_text(), parse_float=str)

    for model, told in listed.items():
        assert Decimal(prices()[model].input_nano) == Decimal(told["input_cost_per_token"]) * 10**9
        assert Decimal(prices()[model].output_nano) == Decimal(told["output_cost_per_token"]) * 10**9


def test_prices__finer_than_a_nano_dollar(monkeypatch):
    """A price that would have to be rounded is an error, not a rounding."""
    listed = {"tiny": {"input_cost_per_token": 1.5e-10, "output_cost_per_token": 1e-9}}
    monkeypatch.setattr(traffic, "_data", lambda _: json.dumps(listed))
    prices.cache_clear()

    try:
        with pytest.raises(ValueError, match=r"tiny costs 1\.5E-10 USD"):
            prices()
    finally:
        prices.cache_clear()


def test_cost__prompt_and_reply():
    """Both directions are paid for, each at its price."""
    assert Price(150, 600).cost(prompt_tokens=1000, output_tokens=10) == 156_000
