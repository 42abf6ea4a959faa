"""Webhooks of a real service process that is killed at the worst moment."""

from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end import asking
from tests.waiting import until_async
from tests.webhooks.receiver import SECRET, receiving

pytestmark = pytest.mark.process

PATIENT_S = 90.0
"""Longer than a dead process goes on holding a cursor."""


def settings(tmp_path: Path, url: str) -> dict[str, Any]:
    """Of a service that tells the receiver of every charge."""
    (tmp_path / "secret").write_bytes(SECRET)
    file = tmp_path / "webhooks.toml"
    file.write_text(
        f"""
        [[webhook]]
        name = "charges"
        url = "{url}"
        organizations = ["acme"]
        kinds = ["Charged"]
        begin = "beginning"
        secret_file = "{tmp_path / "secret"}"
        timeout_seconds = 1
        """
    )
    return {"webhooks_file": str(file), "unsafe_durability": True}


async def test_webhook__killed_between_delivery_and_cursor(database, services, wires, tmp_path):
    """R90: killed after the receiver took an event and before the cursor was moved: a repetition, never a gap."""
    with receiving() as receiver:
        told = settings(tmp_path, receiver.url)
        service = services(database, **told)
        await service.start()
        wire = wires(service.address)
        await wire.must(*asking.founding("acme", 2, 1000))

        def kill(_: object) -> None:
            if len(receiver.events) == 3:
                service.kill()

        receiver.before = kill
        for _ in range(5):
            await wire.once(asking.charge("acme/a0", 1))
        await until_async(lambda: not service.running, PATIENT_S)
        await service.start()
        await wire.must(*(asking.charge("acme/a1", 1) for _ in range(3)))
        charged = [entry.position for entry in await wire.entries("acme") if entry.kind == "Charged"]
        await until_async(lambda: len(set(receiver.taken)) == len(charged), PATIENT_S)

    ids = [f"acme/1/{position}" for position in charged]
    assert list(dict.fromkeys(receiver.ids)) == ids
    assert receiver.ids.count(ids[2]) == 2
    assert receiver.ids == [*ids[:3], *ids[2:]]
    assert receiver.forged == []


@pytest.mark.postgres
async def test_webhook__another_process_goes_on(postgres_database, services, wires, tmp_path):
    """R90: of two processes one delivers; when it is killed the other goes on, and nothing is missing."""
    with receiving() as receiver:
        told = settings(tmp_path, receiver.url)
        pair = [services(postgres_database, **told) for _ in range(2)]
        for service in pair:
            await service.start()
        wire = wires(*(service.address for service in pair))
        await wire.must(*asking.founding("acme", 2, 1000), asking.charge("acme/a0", 1))
        await until_async(lambda: len(receiver.taken) == 1, PATIENT_S)

        for service in pair:
            service.kill()
            await wire.must(*(asking.charge("acme/a0", 1) for _ in range(4)))
            await service.start()
        charged = [entry.position for entry in await wire.entries("acme") if entry.kind == "Charged"]
        await until_async(lambda: len(set(receiver.taken)) == len(charged), PATIENT_S)

    assert list(dict.fromkeys(receiver.taken)) == [f"acme/1/{position}" for position in charged]
