"""Entries in words."""

from typing import get_args

import pytest

from ledger.cli.telling import SAID, line, sentence
from ledger.core.events import Event


def test_said__every_kind():
    """Each kind of entry that there is has its words, and nothing else has."""
    assert set(SAID) == {kind.__name__ for kind in get_args(Event)}


@pytest.fixture
def told(ask, acme, address):
    """The sentences about what is done, without the organization's own name."""
    import tallystick

    def tell(*words: str) -> list[str]:
        with tallystick.Client(address) as client:
            before = client.get_organization(acme).position
            ask(*(word.replace("acme", acme) for word in words), code=None)
            entries = client.list_entries(acme, from_position=before + 1)
            return [sentence(one, client.scales(acme)).replace(acme, "acme") for one in entries]

    return tell


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fund", "acme", "2.5 USD", "--note", "for June"), 'local brought in 2.5 USD at acme "for June"'),
        (("allocate", "acme/research", "1 USD"), "local allocated 1 USD to acme/research"),
        (("reclaim", "acme/research/scout", "1 USD"), "local reclaimed 1 USD from acme/research/scout"),
        (
            ("reserve", "acme/research/scout", "12 USD", "--tool", "search"),
            "local held 12 USD at acme/research/scout (search)",
        ),
        (("charge", "acme/research/scout", "3 USD"), "local charged 3 USD to acme/research/scout"),
        (("pause", "acme/research", "--note", "too fast"), 'local paused acme/research "too fast"'),
        (
            ("escalations", "request", "acme/research/scout", "9 USD", "--reason", "more to read"),
            'local asked acme/research for 9 USD for acme/research/scout "more to read"',
        ),
        (("partition", "create", "acme/x", "--agent"), "local created acme/x"),
        (("partition", "close", "acme/research/scout"), "local closed acme/research/scout"),
        (("defund", "acme", "1000 USD"), "local was refused BUDGET_EXHAUSTED at acme"),
    ],
    ids=lambda given: given[0] if isinstance(given, tuple) else "",
)
def test_sentence__what_people_do(told, words, said):
    """Who, what, how much in its unit, and where; with what it was for and what was written."""
    assert said in told(*words)


def test_sentence__a_hold(told, ask, acme, held):
    """What becomes of a hold says what was spent, and whether that was measured."""
    first, second, third = held("2 USD"), held("3 USD"), held("1 USD")

    assert told("part", "acme", first, "0.5 USD") == [
        "local spent 0.5 USD in the middle of a hold at acme/research/scout"
    ]
    assert told("commit", "acme", first, "1.75 USD") == ["local spent 1.25 USD at acme/research/scout"]
    assert told("release", "acme", second) == ["local released 3 USD at acme/research/scout"]
    assert told("commit", "acme", third) == ["local spent 1 USD at acme/research/scout (estimated)"]


def test_sentence__a_kind_of_tomorrow(ask, acme, address):
    """A kind that this program does not know is told of by its name."""
    from dataclasses import replace

    import tallystick

    with tallystick.Client(address) as client:
        entry = replace(next(client.list_entries(acme)), kind="BadgeAwarded", event_json='{"path":"acme/x"}')

    assert sentence(entry, {}) == "local badge awarded at acme/x"
    assert line(entry, {}).startswith("      1  20")
