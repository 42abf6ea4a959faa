"""The dashboard, read as Grafana reads it: its panels, and their queries with values in place of variables."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.deploy.monitoring import ROOT

PATH: Final = ROOT / "deploy" / "dashboards" / "tallystick.json"
DASHBOARD: Final[dict[str, Any]] = json.loads(PATH.read_text())


@dataclass(frozen=True)
class Query:
    """One query of a panel.

    Attributes:
        panel: The panel's title.
        expression: PromQL, with variables.
        legend: How its series are called, with labels in braces.
    """

    panel: str
    expression: str
    legend: str

    def of(self, **values: str) -> str:
        """The query with these values in place of variables."""
        return with_values(self.expression, values)


def panels() -> list[dict[str, Any]]:
    """Those that show something, in order."""
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def queries() -> list[Query]:
    """All queries of all panels."""
    return [
        Query(panel["title"], target["expr"], target["legendFormat"])
        for panel in panels()
        for target in panel["targets"]
    ]


def variables() -> dict[str, str]:
    """What each variable may be, as Grafana is told to ask for it."""
    return {one["name"]: one["definition"] for one in DASHBOARD["templating"]["list"] if one["type"] == "query"}


def with_values(text: str, values: Mapping[str, str]) -> str:
    """A text with values in place of `$variables`."""
    return re.sub(r"\$(\w+)", lambda found: values[found.group(1)], text)
