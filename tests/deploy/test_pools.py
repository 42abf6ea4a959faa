"""What docs/operating/pools.md says of connections, of the real service on the real database."""

import re

import psycopg
import pytest

import tallystick
from ledger.launch import Service, migrate
from tests.deploy.monitoring import ROOT
from tests.waiting import until

POOLS = (ROOT / "docs" / "operating" / "pools.md").read_text()


@pytest.mark.process
@pytest.mark.slow
def test_pools__what_a_process_opens_beside_them(tmp_path, postgres_url):
    """Metrics, reports and the verifier have a connection each, and no more than the page adds to the pools."""
    plain = postgres_url.replace("+psycopg", "")
    seen: set[str] = set()
    most = 0

    def look() -> bool:
        nonlocal most
        with psycopg.connect(plain, autocommit=True, application_name="looking") as looking:
            names = [
                name
                for (name,) in looking.execute(
                    "SELECT application_name FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            ]
        most = max(most, sum(name != "tallystick" for name in names))
        seen.update(names)
        client.report("acme")
        return {"tallystick", "tallystick metrics", "tallystick reports", ""} <= seen  # the verifier gives no name

    migrate(plain)
    watched = Service(
        tmp_path, plain, metrics_seconds="0.1", verify_seconds="0.1", verify_share="1", unsafe_durability="true"
    )
    with watched as service, tallystick.Client(service.address) as client:
        client.create_organization("acme", units={"USD": 9})
        client.fund("acme", "10 USD")

        until(look, 60)

    [beside] = re.findall(r"\(append \+ read \+ (\d)\)", POOLS)
    assert most <= int(beside) == 3
