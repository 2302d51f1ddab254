"""Runs that share a budget, each a process; one after the other is killed (-9) and started again.

Called with the folder of the budget, how many runs, how many kills, and a seed. Prints one JSON object: how
many were killed, and the most of each cap that was ever committed at one time. Beside each journal lies
`bills.txt`: what the model billed, written before it answers, as a provider's own books would have it.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.messages import ModelRequest, Reply, Usage
from agentkit.contracts.model import ModelCard, Price
from agentkit.errors import BudgetSpent
from agentkit.journal.fold import RunState
from agentkit.journal.shared_budget import SharedBudget, read_caps, total_share
from agentkit.search.ask import ask
from agentkit.search.context import RunContext
from agentkit.search.conversation import Conversation, opening
from tests.conftest import Bench, NumberModel

PRICE = Price(input=3.0, output=15.0)
CARD = ModelCard(price=PRICE, output_tokens=2_000)
AT_ONCE = 3
DRAFT = Expansion(operator="draft").model_dump(mode="json")


class Billing(NumberModel):
    """Bills a random part of what it may, and now and then all of it."""

    def __init__(self, books: Path, choose: random.Random) -> None:
        super().__init__(["5"])
        self.books = os.open(books, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.choose = choose

    async def reply(self, request: ModelRequest) -> Reply:
        assert request.max_tokens is not None
        size = sum(len(each.model_dump_json().encode()) for each in request.messages)
        output = self.choose.choice([request.max_tokens, self.choose.randint(1, request.max_tokens)])
        dollars = (size * PRICE.input + output * PRICE.output) / 1e6
        os.write(self.books, f"{size + output} {dollars}\n".encode())
        await asyncio.sleep(self.choose.uniform(0.0, 0.01))
        usage = Usage(input_tokens=size, output_tokens=output, dollars=dollars)
        return Reply(message=self.message(request.position), usage=usage)


def take_part(folder: Path, seed: int) -> None:
    """One run, until the shared budget is spent."""
    choose = random.Random(f"{seed}/{folder.name}/{os.getpid()}")
    model = Billing(folder / "bills.txt", choose)
    run: RunContext = Bench(folder).open(None, model, cards={model.name: CARD})
    file = folder.parent / "team.toml"
    shared = SharedBudget(file, read_caps(file), run.folder, run.journal.state)
    run = RunContext(**{**vars(run), "shared": shared})
    run.journal.append("run_resumed" if run.journal.state.count else "run_started")
    shared.keep()
    run.journal.observers.append(shared.observe)
    asyncio.run(spend(run, shared))


async def spend(run: RunContext, shared: SharedBudget) -> None:
    while shared.take_attempts(1):
        run.journal.append("selected", f"a{len(run.journal.state.selected) + 1}", **DRAFT)
        if len(run.journal.state.selected) >= AT_ONCE:
            break
    await asyncio.gather(*(call(run, attempt) for attempt in list(run.journal.state.selected)))


async def call(run: RunContext, attempt: str) -> None:
    index = sum(key.startswith(f"{attempt}/") for key in run.journal.state.replies)
    try:
        while True:
            conversation = Conversation(opening("system", f"call {index}"))
            await ask(run.work(attempt), "code", index, conversation)
            index += 1
    except BudgetSpent:
        return


def main(root: Path, runs: int, kills: int, seed: int) -> None:
    choose = random.Random(seed)
    folders = [root / f"r{number}" for number in range(runs)]
    under_way: dict[int, Path] = {}
    for folder in folders:
        folder.mkdir()
        under_way[start(folder, seed)] = folder
    watching = SharedBudget(root / "team.toml", read_caps(root / "team.toml"), root, RunState())
    most, killed, next_kill = {"dollars": 0.0, "tokens": 0, "attempts": 0}, 0, time.monotonic() + 0.3
    while under_way:
        now = total_share(watching.others().values())._asdict()
        most = {name: max(most[name], now[name]) for name in most}
        if killed < kills and time.monotonic() > next_kill:
            victim = choose.choice(list(under_way))
            os.kill(victim, signal.SIGKILL)
            next_kill = time.monotonic() + choose.uniform(0.0, 0.15)
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended:
            folder = under_way.pop(ended)
            assert status in (0, signal.SIGKILL), status
            if status == signal.SIGKILL:
                killed += 1
                under_way[start(folder, seed + killed)] = folder
        time.sleep(0.002)
    print(json.dumps({"killed": killed, **most}))


def start(folder: Path, seed: int) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        take_part(folder, seed)
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
