import time

import pytest

from tests.deploy.conftest import Watched
from tests.deploy.dashboards import panels
from tests.deploy.monitoring import needs
from tests.deploy.picture import draw
from tests.deploy.test_dashboards import VALUES


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.xdist_group("prometheus")
@needs("prometheus", "alertmanager")
def test_draw__the_dashboard(tmp_path, watched: Watched):
    """The dashboard that there is can be drawn, with every kind of panel that it has."""
    file = tmp_path / "dashboard.png"

    draw(watched.prometheus, VALUES, time.time() - 60, file)

    assert file.read_bytes().startswith(b"\x89PNG")
    assert {panel["type"] for panel in panels()} == {"stat", "timeseries", "bargauge"}
