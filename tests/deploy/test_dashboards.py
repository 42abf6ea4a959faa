import math
import re

import pytest

from tests.deploy.conftest import Watched
from tests.deploy.dashboards import DASHBOARD, panels, queries, variables, with_values
from tests.deploy.monitoring import needs
from tests.deploy.test_alerts import RECORDED, names
from tests.waiting import until

VALUES = {"organization": "acme", "partition": ".*", "unit": "USD"}
OTHERS = {"up", "process_cpu_seconds_total", "process_resident_memory_bytes", "ALERTS"}
"""What is named beside metrics of Tallystick: of Prometheus itself, and of any process."""


def test_dashboards__each_panel_says_what_it_shows():
    """Each panel has a title of its own, a sentence, a query, and a place that no other has."""
    shown = panels()
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]

    assert [panel["title"] for panel in shown if not panel["description"].endswith(".") or not panel["targets"]] == []
    assert len({panel["title"] for panel in shown}) == len(shown)
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"]) == len(set(places))


def test_dashboards__queries_name_metrics_that_there_are(contract):
    """Each metric of a query, of a variable or of an annotation is told by the service or recorded by a rule."""
    texts = [query.expression for query in queries()] + list(variables().values())
    texts += [annotation["expr"] for annotation in DASHBOARD["annotations"]["list"]]

    assert names("\n".join(texts)) <= contract | RECORDED
    for text in texts:
        assert names(text) or any(re.search(rf"\b{other}\b", text) for other in OTHERS), text


def test_dashboards__variables_are_those_that_there_are():
    """No query names a variable that nobody chooses, and every choice changes something."""
    used = {name for query in queries() for name in re.findall(r"\$(\w+)", query.expression)}

    assert used == variables().keys() == VALUES.keys()


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.xdist_group("prometheus")
@needs("prometheus", "alertmanager")
@pytest.mark.parametrize("query", queries(), ids=lambda query: f"{query.panel}-{query.legend}")
def test_dashboards__each_query_returns_data(query, watched: Watched):
    """After some traffic each query has an answer, of numbers, with the labels that its legend names."""
    expression = query.of(**VALUES)

    def answer() -> list[dict[str, str]]:
        found = watched.prometheus.query(expression)
        return [one["metric"] for one in found if not math.isnan(float(one["value"][1]))]

    until(answer, 120)

    for label in re.findall(r"\{\{(\w+)\}\}", query.legend):
        assert any(label in labels for labels in answer()), label


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.xdist_group("prometheus")
@needs("prometheus", "alertmanager")
def test_dashboards__variables_have_values(watched: Watched):
    """Whoever opens the dashboard finds the organization, its partitions and its units to choose from."""
    offered = {}
    for name, definition in variables().items():
        found = re.fullmatch(r"label_values\((.+), (\w+)\)", definition)
        assert found is not None
        offered[name] = watched.prometheus.label_values(found.group(2), with_values(found.group(1), VALUES))

    assert offered["organization"] == ["acme"]
    assert {"acme", "acme/ops", "acme/ops/runner"} <= set(offered["partition"])
    assert offered["unit"] == ["USD", "tokens"]
