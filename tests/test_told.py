import asyncio
import os
import signal

from ledger.told import Told


async def test_told__once_and_twice():
    """The first signal asks to end, the second one to end at once."""
    told = Told()

    with told.listening():
        os.kill(os.getpid(), signal.SIGTERM)
        await told.once.wait()
        hurried = told.twice.is_set()
        os.kill(os.getpid(), signal.SIGINT)
        await told.unless_twice(asyncio.Event().wait())

    assert not hurried
    assert told.twice.is_set()


async def test_told__patient():
    """One of several workers may hear the first signal twice, and takes it for one."""
    told = Told(patient=True)

    told.tell()
    told.tell()

    assert told.once.is_set()
    assert not told.twice.is_set()
    await told.unless_twice(asyncio.sleep(0))
