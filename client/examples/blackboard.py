"""A blackboard: workers take tasks from a board by claiming them, so that nobody does, and pays for, one twice.

A claim and the budget for the work are one step. Two workers want the same task; one task is done already; one is
assigned; a worker dies, and its task is free again; the coordinator pauses everybody for a moment.

    python client/examples/blackboard.py
"""

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import tallystick
from serving import serving

BOARD = "lab/board"
WORKERS = ("ada", "ben", "cleo", "dan")


def say(who: str, what: str) -> None:
    """One line of the story."""
    print(f"{who:>12}  {what}", flush=True)


def clock(instant: datetime | None) -> str:
    """The time of day."""
    return f"{instant:%H:%M:%S} UTC"


def try_to_do(task: str, client: tallystick.Client, name: str) -> None:
    """Claim a task, do it, and say where the result is; or say why not."""
    try:
        with client.agent(f"{BOARD}/{name}").claim(task, "0.5 USD") as work:
            work.done(f"results/{task}.md", "0.4 USD")
            say(name, f"claims {task}, and does it for 0.4 USD")
    except tallystick.WorkClaimed as refusal:
        has = "has it" if refusal.claim_reservation_id else "is to do it"
        say(name, f"cannot have {task}: {refusal.holder} {has}, until {clock(refusal.end_time)} or later")
    except tallystick.WorkDone as refusal:
        say(name, f"need not do {task}: {refusal.holder} has done it, and its result is {refusal.result}")
    except tallystick.PartitionPaused as refusal:
        pause = client.get_partition(refusal.partition).pause
        say(name, f"cannot have {task}: {refusal.partition} is paused, {pause.note if pause else ''!r}")


def die_at_work(address: str) -> None:
    """A worker's whole process: it claims task-4, and is killed before it has done anything."""
    with tallystick.Client(address) as client, client.agent(f"{BOARD}/dan").claim("task-4", "0.5 USD", ttl=2):
        time.sleep(600)


def kill_dan(client: tallystick.Client, address: str) -> None:
    """Task-4 is held by a process that is no more."""
    process = multiprocessing.get_context("spawn").Process(target=die_at_work, args=(address,))
    process.start()
    while (claim := client.claim(BOARD, "task-4")).state is not tallystick.ClaimState.HELD:
        assert process.is_alive()
        time.sleep(0.05)
    process.kill()
    process.join()
    say("dan", f"claims task-4, and is killed; nobody extends its hold, which ends at {clock(claim.end_time)}")


def take_whatever_is_free(worker: tallystick.Agent, tasks: list[str]) -> int:
    """How many of the tasks this worker did: it tries each, and leaves those that somebody else has or has done."""
    count = 0
    for task in tasks:
        try:
            with worker.claim(task, "0.1 USD", done=True):  # leaving the block says that it is done
                time.sleep(0.01)
                count += 1
        except (tallystick.WorkClaimed, tallystick.WorkDone):
            continue
    return count


def play(client: tallystick.Client, address: str, board: tallystick.Team) -> None:
    """One scene after another."""
    print("Two want the same task\n")
    with client.agent(board.path("ada")).claim("task-1", "0.5 USD") as work:
        say("ada", "claims task-1: 0.5 USD are held for it, and nobody else can have it")
        try_to_do("task-1", client, "ben")
        try_to_do("task-2", client, "ben")
        work.done("results/task-1.md", "0.45 USD")
        say("ada", "has done task-1 for 0.45 USD, and says where the result is")

    print("\nOne task is done already\n")
    try_to_do("task-1", client, "cleo")

    print("\nOne task is meant for somebody\n")
    board.assign_work("task-3", "cleo", ttl=600)
    say("coordinator", "assigns task-3 to cleo, for ten minutes")
    try_to_do("task-3", client, "dan")
    try_to_do("task-3", client, "cleo")

    print("\nOne worker dies\n")
    kill_dan(client, address)
    while board.claim("task-4").state is tallystick.ClaimState.HELD:
        time.sleep(0.1)
    say("coordinator", "sees that task-4 is free again")
    try_to_do("task-4", client, "ada")

    print("\nThe coordinator pauses everybody\n")
    with client.agent(board.path("ben")).claim("task-5", "0.5 USD") as work:
        say("ben", "claims task-5, and works on it")
        board.pause(note="is task-6 in order?")
        say("coordinator", "pauses the board")
        try_to_do("task-6", client, "cleo")
        work.done("results/task-5.md", "0.3 USD")
        say("ben", "does task-5 for 0.3 USD: a pause stops new work only")
    board.resume()
    say("coordinator", "resumes")
    try_to_do("task-6", client, "cleo")

    print("\nAll four go through the same ten pages at the same time\n")
    pages = [f"page-{number}" for number in range(10)]
    with ThreadPoolExecutor() as threads:
        agents = [client.agent(board.path(name)) for name in WORKERS]
        counts = threads.map(take_whatever_is_free, agents, [pages] * len(agents))
    say(
        "coordinator",
        f"counts {sum(counts)} pages done, and {len(list(board.claims(key_prefix='page-')))} on the board",
    )


def main(address: str) -> None:
    """A board with four workers; what they do; what came of it."""
    with tallystick.Client(address) as client:
        client.create_organization("lab", units={"USD": 9})
        client.fund("lab", "12 USD")
        client.create_partition(BOARD, kind="TEAM")
        client.allocate(BOARD, "12 USD")
        board = client.team(BOARD)
        for name in WORKERS:
            board.create_partition(name)
            board.allocate(name, "3 USD")

        play(client, address, board)

        print("\nThe board in the end\n")
        for claim in board.claims(key_prefix="task-"):
            say(claim.key, f"{claim.state} by {claim.partition}: {claim.result}")
        say("all", f"{board.show().subtree['USD'].spent} USD, nothing paid twice")


if __name__ == "__main__":
    with serving() as address:
        main(address)
