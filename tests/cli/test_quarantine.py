import asyncio

import pytest

from ledger.storage.migrate import migrate
from ledger.storage.open import open_store
from ledger.verify import Verdict, verify
from tests.verify.journal import FAST, append, execute_sql, something_of_everything, write_sqlite

FINDING = "the seal at 39 is not the one this process knows"


def stop(url, organization="acme", finding=FINDING):
    """A process has found something."""

    async def flag():
        store = await open_store(url, FAST)
        await store.quarantine(organization, finding)
        await store.close()

    asyncio.run(flag())


@pytest.fixture
def path(tmp_path):
    """A file with two organizations, one of them quarantined."""
    file = tmp_path / "ledger.db"
    stop(write_sqlite(file, something_of_everything(), something_of_everything("zeta")))
    return file


@pytest.fixture
def url(path, monkeypatch):
    """Its address, which the environment names too."""
    address = f"sqlite:///{path}"
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", address)
    return address


def test_show(tallystick, url):
    """Who is quarantined, and why."""
    assert tallystick("quarantine", "show").out == f"acme is quarantined, reads only: {FINDING}\n"
    assert tallystick("quarantine", "show", "zeta").out == "zeta is not quarantined\n"
    assert tallystick("quarantine", "show", "--json").document == {
        "quarantined": [{"organization": "acme", "finding": FINDING}]
    }
    assert tallystick("quarantine", "show", "nobody", "--json", code=1).error["reason"] == "ORGANIZATION_NOT_FOUND"


def test_lift(tallystick, url):
    """R49: verified, then lifted, in one entry that says why; what follows is a new incarnation."""
    ran = tallystick("quarantine", "lift", "acme", "--reason", "a disk cable", "--json")

    assert (ran.document["incarnation"], ran.document["position"], ran.document["was"]) == (3, 40, FINDING)
    assert ran.document["verification"]["verdict"] == "CLEAN"
    assert tallystick("quarantine", "show").out == "no organization is quarantined\n"
    report = verify(url)
    assert (report.verdict, report.of("acme").position) == (Verdict.CLEAN, 40)


def test_lift__said_to_people(tallystick, url):
    """Where the new incarnation begins, and what it was stopped for."""
    assert tallystick("quarantine", "lift", "acme", "--reason", "a disk cable").out.splitlines() == [
        "acme may be written again: incarnation 3 begins at position 40",
        f"it was stopped for: {FINDING}",
    ]


def test_lift__restored(tallystick, url):
    """Of a copy that was restored the positions told before hold no more, though nobody has stopped it."""
    ran = tallystick("quarantine", "lift", "zeta", "--restored", "--reason", "last night's dump", "--json")

    assert (ran.document["incarnation"], ran.document["was"]) == (3, "")
    assert _last_event(url, "zeta") == "a copy was restored"
    assert verify(url).verdict is Verdict.CLEAN


def test_lift__restored_and_quarantined(tallystick, url):
    """Where somebody has stopped it the entry says so, restored or not."""
    tallystick("quarantine", "lift", "acme", "--restored", "--reason", "why")

    assert _last_event(url) == "quarantine lifted"


def test_lift__not_verified(tallystick, url, path):
    """A lift with findings is refused and names the first; to insist is an option, and the entry counts them."""
    execute_sql(path, "UPDATE reservations SET tool = 'other' WHERE tool = 'search'")

    refused = tallystick("quarantine", "lift", "acme", "--reason", "why", "--json", code=1)
    still = tallystick("quarantine", "show", "acme").out
    tallystick("quarantine", "lift", "acme", "--reason", "why", "--despite-findings")

    assert refused.error["reason"] == "NOT_VERIFIED"
    assert refused.error["verification"]["counts"] == {"ROW_ALTERED": 1}
    assert FINDING in still
    assert _last_event(url) == "quarantine lifted despite 1 findings"


def _last_event(url, organization="acme"):
    async def read():
        store = await open_store(url, FAST, read_only=True)
        (entry,) = await store.entries(organization, 39, 1)
        await store.close()
        return entry.event

    return asyncio.run(read()).cause


def test_lift__bad_input(tallystick, url):
    """Nothing to lift, nobody there, no reason, too long a reason."""
    assert (
        tallystick("quarantine", "lift", "zeta", "--reason", "x", "--json", code=1).error["reason"] == "NOT_QUARANTINED"
    )
    assert tallystick("quarantine", "lift", "nobody", "--reason", "x", code=1).err
    assert "--reason" in tallystick("quarantine", "lift", "acme", code=2).err
    assert tallystick("quarantine", "lift", "acme", "--reason", "", code=2).err
    assert tallystick("quarantine", "lift", "acme", "--reason", "x" * 501, code=2).err


def test_lift__server_running(tallystick, url, path):
    """SQLite: beside a running server nothing is written; the sentence says what to do."""

    async def beside():
        store = await open_store(url, FAST)
        try:
            return await asyncio.to_thread(tallystick, "quarantine", "lift", "acme", "--reason", "x", code=3)
        finally:
            await store.close()

    assert "stop it first" in asyncio.run(beside()).err


@pytest.mark.postgres
def test_lift__postgresql(tallystick, postgres_url, monkeypatch):
    """The same on PostgreSQL, where servers may go on."""
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", postgres_url)
    monkeypatch.setenv("TALLYSTICK_UNSAFE_DURABILITY", "true")
    migrate(postgres_url)
    append(postgres_url, something_of_everything())
    stop(postgres_url)

    shown = tallystick("quarantine", "show").out
    tallystick("quarantine", "lift", "acme", "--reason", "a network cable")

    assert FINDING in shown
    assert verify(postgres_url).verdict is Verdict.CLEAN
    assert tallystick("quarantine", "show").out == "no organization is quarantined\n"
