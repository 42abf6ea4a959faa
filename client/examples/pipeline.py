"""A pipeline with a cap on each workflow: one that runs away is stopped, the other goes on.

Articles pass through three stages, each an agent with a budget of its own. What a call may cost stands in the catalogue
of tools, so a stage reserves by naming its tool alone. What a whole article may cost stands in a cap on their team.

    python client/examples/pipeline.py
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal

import tallystick
from serving import serving


@dataclass(frozen=True)
class Stage:
    """A step: which agent does it, with which tool, what the catalogue expects of that, and what it really costs."""

    agent: str
    tool: str
    estimate: str
    cost: str


RESEARCH = Stage("researcher", "web_search", "0.05 USD", "0.03 USD")
DRAFT = Stage("writer", "large_model", "0.4 USD", "0.31 USD")
REVIEW = Stage("editor", "small_model", "0.1 USD", "0.08 USD")
STAGES = (RESEARCH, DRAFT, REVIEW)


def say(who: str, what: str) -> None:
    """One line of the story, in one piece: threads speak at the same time."""
    print(f"{who:>12}  {what}\n", end="", flush=True)


def perform(client: tallystick.Client, stage: Stage, article: str) -> None:
    """One stage of one article: hold the catalogue's estimate, work, commit what it cost."""
    agent = client.agent(f"press/desk/{stage.agent}", tool=stage.tool, workflow_id=article)
    with agent.reserve() as hold:
        hold.commit(stage.cost)
        say(article, f"{stage.agent:<10}  {stage.tool:<11}  holds {hold.held[0]!s:<8}  pays {stage.cost}")


def write(client: tallystick.Client, article: str) -> None:
    """An article as it should be: each stage once."""
    for stage in STAGES:
        perform(client, stage, article)
    say(article, "is finished")


def rewrite_for_ever(client: tallystick.Client, article: str) -> None:
    """An article whose editor is never content: without a cap it would take all that the desk has."""
    perform(client, RESEARCH, article)
    try:
        while True:
            perform(client, DRAFT, article)
            perform(client, REVIEW, article)
            say(article, "the editor is not content: once more")
    except tallystick.CapReached as refusal:
        (cap,) = (cap for cap in client.caps(refusal.partition) if cap.cap_id == refusal.cap_id)
        say(article, f"is stopped: {refusal.reason}")
        say(article, f"    which cap      {refusal.cap}; it sits on {refusal.partition}")
        say(article, f"    limit          {cap.limit} {cap.unit}")
        say(article, f"    used           {cap.used} {cap.unit}")
        say(article, f"    needed         {refusal.needed}, the estimate for {DRAFT.tool}")
        say(article, f"    would fit now  {refusal.fits}")
        say(article, f"    who can help   coordinators of {refusal.ask}")


def set_up(client: tallystick.Client) -> tallystick.Cap:
    """The desk, its three agents, the catalogue, and the cap on each workflow."""
    client.create_organization("press", units={"USD": 9})
    client.fund("press", "50 USD")
    client.create_partition("press/desk", kind="TEAM")
    client.allocate("press/desk", "30 USD")
    desk = client.team("press/desk")
    for stage in STAGES:
        desk.create_partition(stage.agent)
        desk.allocate(stage.agent, "10 USD")
        client.set_tool("press", stage.tool, stage.estimate)
        say("press", f"gives {stage.agent} 10 USD, and expects {stage.tool} to cost {stage.estimate}")
    cap = desk.create_cap("1 USD", kind=tallystick.CapKind.WORKFLOW)
    say("press", f"caps each workflow of {cap.partition} at {cap.limit} {cap.unit}")
    return cap


def main(address: str) -> None:
    """Two articles at once; then help for the one that was stopped."""
    with tallystick.Client(address) as client:
        print("Three agents, a catalogue of tools, and a cap\n")
        cap = set_up(client)

        print("\nTwo articles at the same time: no stage names an amount, and each holds its tool's estimate\n")
        with ThreadPoolExecutor() as threads:
            articles = [threads.submit(write, client, "article-1")]
            articles += [threads.submit(rewrite_for_ever, client, "article-2")]
        for article in articles:
            article.result()

        print("\nWhat the writer may still hold for article-2: the least binds\n")
        writer = client.agent("press/desk/writer", workflow_id="article-2")
        for bound in sorted(writer.remaining().bounds("USD"), key=lambda bound: bound.room):
            say("writer", str(bound))

        print("\nSomebody looks at it, raises the cap once, and tells the editor to be content\n")
        cap = client.update_cap(cap, limit="1.25 USD")
        say("press", f"caps each workflow of {cap.partition} at {cap.limit} {cap.unit}; what it has counted stays")
        perform(client, DRAFT, "article-2")
        say("article-2", "is finished")

        print("\nWhat each article has cost\n")
        for name in ("article-1", "article-2"):
            calls = list(client.list_reservations("press/desk", workflow_id=name))
            cost = sum((call.units["USD"].charged for call in calls), Decimal(0))
            say(name, f"{cost} USD in {len(calls)} calls")


if __name__ == "__main__":
    with serving() as address:
        main(address)
