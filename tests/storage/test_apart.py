import sqlite3
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from ledger.storage.address import parse
from ledger.storage.apart import connected_apart
from ledger.storage.settings import StorageSettings


def test_connected__reads_only(tmp_path: Any):
    """A SQLite file is read and never written, whatever is asked."""
    file = tmp_path / "ledger.db"
    with sqlite3.connect(file) as made:
        made.execute("CREATE TABLE one (name TEXT)")
    engine = connected_apart(parse(f"sqlite:///{file}"), StorageSettings(), "tests")

    with engine.connect() as connection, connection.begin():
        assert connection.execute(text("SELECT count(*) FROM one")).scalar() == 0
        with pytest.raises(OperationalError, match="readonly"):
            connection.execute(text("INSERT INTO one VALUES ('a')"))
    engine.dispose()
    made.close()


@pytest.mark.postgres
def test_connected__as_the_store_is(postgres_url: str):
    """PostgreSQL is told what the connection is for; statements are prepared where the store may prepare them."""
    engine = connected_apart(parse(postgres_url), StorageSettings(prepare_threshold=None), "tests")

    with engine.connect() as connection, connection.begin():
        driver: Any = connection.connection.driver_connection
        shown = connection.execute(text("SHOW application_name")).scalar()
        assert (shown, driver.prepare_threshold) == ("tallystick tests", None)
    engine.dispose()
