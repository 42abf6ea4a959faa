import pytest

from tests.deploy.conftest import Watched
from tests.deploy.monitoring import needs, run
from tests.waiting import until

pytestmark = [
    pytest.mark.process,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("prometheus"),
    needs("prometheus", "promtool", "alertmanager"),
]

PATIENCE_S = 120


def test_chain__a_team_that_runs_out_pages(watched: Watched):
    """What an agent spends reaches whoever is to be woken, through Prometheus and Alertmanager, in words."""
    watched.client.create_partition("acme/sales", kind="TEAM")
    watched.client.create_partition("acme/sales/caller")
    watched.client.allocate("acme/sales", "10 USD")
    watched.client.allocate("acme/sales/caller", "10 USD")
    until(lambda: _value(watched, 'tallystick:budget{partition="acme/sales",unit="USD"}') == 10, PATIENCE_S)

    with watched.client.agent("acme/sales/caller").reserve("9.5 USD") as hold:
        hold.commit("9.25 USD")

    until(lambda: watched.hooks.of("TallystickBudgetNearlyExhausted", partition="acme/sales"), PATIENCE_S)
    until(lambda: watched.hooks.of("TallystickBudgetNearlyExhausted", partition="acme/sales/caller"), PATIENCE_S)
    receiver, page = watched.hooks.of("TallystickBudgetNearlyExhausted", partition="acme/sales")[0]
    assert receiver == "pages"
    assert page["labels"]["unit"] == "USD"
    assert page["annotations"] == {
        "summary": "acme/sales has 7.5% of its USD left",
        "description": (
            "acme/sales and all below it have less than a tenth of their budget left: 0.75 USD, and no refill comes in "
            "time. At zero, reservations are refused."
        ),
        "runbook_url": "docs/runbooks/budget-nearly-exhausted.md",
    }
    receiver, ticket = watched.hooks.of("TallystickBudgetNearlyExhausted", partition="acme/sales/caller")[0]
    assert (receiver, ticket["labels"]["severity"]) == ("tickets", "ticket")


def test_chain__a_debt_is_told_until_it_is_paid(watched: Watched):
    """A cost that nobody had budget for is told of, and so is that it was made good."""
    watched.client.create_partition("acme/research/scout")
    watched.client.allocate("acme/research/scout", "1 USD")

    with watched.client.agent("acme/research/scout").reserve("1 USD") as hold:
        hold.commit("3.5 USD")

    until(lambda: watched.hooks.of("TallystickOverdrawn", partition="acme/research/scout"), PATIENCE_S)
    [told, *_] = watched.hooks.of("TallystickOverdrawn", partition="acme/research/scout")
    assert told[1]["annotations"]["summary"] == "acme/research/scout is overdrawn by 2.50 USD"
    watched.client.allocate("acme/research/scout", "5 USD")
    until(lambda: watched.hooks.of("TallystickOverdrawn", "resolved", partition="acme/research/scout"), PATIENCE_S)


def test_chain__whoever_has_enough_is_not_told_of(watched: Watched):
    """A team that works all the time within its budget raises nothing about money."""
    until(lambda: _value(watched, 'tallystick:spent:rate1h{partition="acme/ops",unit="USD"}') > 0, PATIENCE_S)

    raised = {
        alert["labels"]["alertname"]
        for _, alert in watched.hooks.told
        if alert["labels"].get("partition", "").startswith("acme/ops") and "unit" in alert["labels"]
    }

    assert raised == set()


def test_chain__the_page_is_as_prometheus_wants_it(watched: Watched):
    """Names, types and helps of the metrics follow the conventions."""
    code, said = run("promtool", "check", "metrics", said=watched.page())

    assert (code, said) == (0, "")


def _value(watched: Watched, expression: str) -> float:
    found = watched.prometheus.query(expression)
    return float(found[0]["value"][1]) if found else -1.0
