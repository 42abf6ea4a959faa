"""Fan out, fan in: a coordinator shares a budget among four specialists who work at the same time.

One runs out and is granted a sibling's rest, one asks for too much and is denied, one dies in the middle of a call.
None of them can spend what is another's, and in the end the coordinator takes back whatever is left.

    python client/examples/fan_out.py
"""

import asyncio
from decimal import Decimal

import tallystick
from serving import serving

SHARES = {"flights": 6, "hotels": 4, "food": 4, "museums": 4}


def say(who: str, what: str) -> None:
    """One line of the story."""
    print(f"{who:>12}  {what}", flush=True)


async def flights(agent: tallystick.AsyncAgent) -> None:
    """Works within its share, and leaves a rest."""
    async with agent.reserve("1.5 USD", tool="search_flights") as hold:
        await asyncio.sleep(0.2)  # the call itself
        hold.commit("1.2 USD")
    say("flights", "holds 1.5 USD, pays 1.2 USD: a flight by way of Porto")


async def hotels(agent: tallystick.AsyncAgent) -> None:
    """Runs out, says why it needs more, and waits: budget and hold come in one step."""
    async with agent.reserve("3 USD", tool="search_hotels") as hold:
        await asyncio.sleep(0.2)
        hold.commit("2.9 USD")
    say("hotels", "holds 3 USD, pays 2.9 USD: all are booked out, and a second site wants up to 2.5 USD")
    async with agent.reserve("2.5 USD", tool="search_hotels", escalate="a second site for hotels", wait=30) as hold:
        say("hotels", f"holds {hold.held[0]} at once: it was reserved together with the grant")
        hold.commit("2.2 USD")
    say("hotels", "pays 2.2 USD: a room in Alfama")


async def food(agent: tallystick.AsyncAgent) -> None:
    """Asks for far too much, is told no, and goes on with what it has."""
    try:
        async with agent.reserve("50 USD", tool="film_crew", escalate="a film about every restaurant", wait=30):
            raise AssertionError("without budget the block is not entered")
    except tallystick.EscalationNotGranted as refusal:
        assert refusal.escalation is not None
        say("food", f"is {refusal.escalation.state}: {refusal.escalation.note}; goes on with its {refusal.available}")
    async with agent.reserve("1 USD", tool="search_web") as hold:
        await asyncio.sleep(0.2)
        hold.commit("0.8 USD")
    say("food", "holds 1 USD, pays 0.8 USD: a list of ten restaurants")


async def museums(agent: tallystick.AsyncAgent) -> None:
    """Dies while a call is under way: what that cost nobody knows, so the hold stays until it lapses by itself."""
    async with agent.reserve("3 USD", tool="search_museums", ttl=2):
        await asyncio.sleep(0.2)
        say("museums", "dies in the middle of a call, with 3 USD held for another 2 seconds at most")
        raise MemoryError("the machine is gone")


async def answer_escalations(team: tallystick.AsyncTeam) -> None:
    """What the coordinator does meanwhile: deny what is out of proportion, grant the rest from whoever has most."""
    async for asked in team.pending_escalations():
        if asked.amount.value > Decimal(10):
            await team.deny(asked, note="the whole team has 18 USD")
            say("coordinator", f"denies {asked.partition} the {asked.amount} that it lacks for {asked.reason!r}")
        else:
            left = {name: (await team.at(name).show()).own["USD"].available for name in SHARES}
            source = max(left, key=lambda name: left[name])
            await team.approve(asked, source=team.path(source))
            say("coordinator", f"grants {asked.partition} the {asked.amount} for {asked.reason!r}, out of {source}")


async def take_back(team: tallystick.AsyncTeam, name: str) -> None:
    """All that a member has left is the team's again; of one that died also what it held, once that has lapsed."""
    while (own := (await team.at(name).show()).own["USD"]).reserved:
        await asyncio.sleep(0.1)
    await team.reclaim(name, (own.available, "USD"))
    say("coordinator", f"takes back {own.available} USD from {name}")


async def statement(team: tallystick.AsyncTeam) -> None:
    """Each member's line adds up: what it was given, and was moved, is what it has spent and what came back."""
    moved = {team.path(name): Decimal(0) for name in SHARES}
    async for grant in team.escalations(states=["APPROVED"]):
        assert grant.granted is not None
        moved[grant.partition] += grant.granted.value
        moved[grant.source] -= grant.granted.value
    print("\n         USD  given  moved  spent  returned")
    for name, given in SHARES.items():
        spent, granted = (await team.at(name).show()).own["USD"].spent, moved[team.path(name)]
        print(f"{name:>12}  {given:5.1f}  {granted:+5.1f}  {spent:5.1f}  {given + granted - spent:8.1f}")
    team_now = await team.show()
    spent, left = team_now.subtree["USD"].spent, team_now.own["USD"].available
    print(f"\nthe team has spent {spent} of its 18 USD, and {left} are its own again")


async def main(address: str) -> None:
    """Share out, let them work, take back."""
    async with tallystick.AsyncClient(address) as client:
        await client.create_organization("acme", units={"USD": 9})
        await client.fund("acme", "100 USD")
        await client.create_partition("acme/trip", kind="TEAM")
        await client.allocate("acme/trip", "18 USD")
        team = client.team("acme/trip")

        print("Fan out: acme gives a team 18 USD, and its coordinator shares them out\n")
        for name, share in SHARES.items():
            await team.create_partition(name)
            await team.allocate(name, (share, "USD"))
            say("coordinator", f"gives {name} {share} USD")

        print("\nFour specialists work at the same time, each from its own share\n")
        coordinator = asyncio.create_task(answer_escalations(team))
        work = [task(client.agent(team.path(task.__name__))) for task in (flights, hotels, food, museums)]
        outcomes = await asyncio.gather(*work, return_exceptions=True)
        coordinator.cancel()

        print("\nFan in: the coordinator takes back what is left\n")
        for name, outcome in zip(SHARES, outcomes, strict=True):
            if outcome is not None:
                say("coordinator", f"learns that {name} has died: {outcome}")
            await take_back(team, name)
        await statement(team)


if __name__ == "__main__":
    with serving() as address:
        asyncio.run(main(address))
