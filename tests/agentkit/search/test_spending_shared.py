"""A budget of several runs: eight processes that spend, are killed and start again, and never pass a cap."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import agentkit
from agentkit.contracts.attempt import Expansion
from agentkit.contracts.budget import Budget
from agentkit.contracts.messages import Reply
from agentkit.errors import BudgetSpent, CutOff
from agentkit.journal.fold import RunState
from agentkit.journal.log import read_events
from agentkit.journal.shared_budget import Share, SharedBudget, read_caps
from agentkit.search.ask import CUT_TRIES, ask, left
from agentkit.search.context import RunContext
from agentkit.search.conversation import Conversation, opening
from agentkit.search.select import select_attempts
from tests.agentkit.search.sharing_runs import CARD

DRAFT = Expansion(operator="draft")
RUNS, KILLS = 8, 40
CAPS = {"dollars": 40.0, "tokens": 3_000_000, "attempts": 20}


@pytest.mark.real
def test_eight_runs_that_are_killed_never_pass_a_cap_and_lose_nothing(tmp_path: Path) -> None:
    (tmp_path / "team.toml").write_text("".join(f"{name} = {cap}\n" for name, cap in CAPS.items()))
    script = Path(__file__).with_name("sharing_runs.py")
    command = [sys.executable, str(script), str(tmp_path), str(RUNS), str(KILLS), "1"]
    environment = {**os.environ, "PYTHONPATH": str(Path(agentkit.__file__).parents[1])}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr
    seen = json.loads(ended.stdout)
    assert seen["killed"] > KILLS / 4
    assert all(seen[name] <= cap + 1e-6 for name, cap in CAPS.items()), "at no time was more committed"
    billed_tokens, billed_dollars = 0, 0.0
    for number in range(RUNS):
        run = tmp_path / f"r{number}" / "run"
        bills = [line.split() for line in (run.parent / "bills.txt").read_text().splitlines()]
        tokens, dollars = sum(int(each) for each, _ in bills), sum(float(each) for _, each in bills)
        state = RunState()
        for event in read_events(run / "journal.jsonl"):
            state.apply(event)
        shared = SharedBudget(tmp_path / "team.toml", read_caps(tmp_path / "team.toml"), run, state)
        assert shared.own.tokens >= tokens, "what was billed is in the journal, at least as a bound"
        assert shared.own.dollars is not None and shared.own.dollars >= dollars - 1e-9
        # Whoever ended on the budget left exactly what its journal says.
        someone = SharedBudget(shared.file, shared.caps, tmp_path, RunState())
        entry = someone.others()[str(run)]
        assert entry[1:] == shared.own[1:]
        assert entry.dollars == pytest.approx(shared.own.dollars)
        billed_tokens, billed_dollars = billed_tokens + tokens, billed_dollars + dollars
    assert CAPS["dollars"] / 3 < billed_dollars <= CAPS["dollars"]
    assert billed_tokens <= CAPS["tokens"]


def begin(bench: Any, model: Any, caps: str, others: Share, policy: Any = None, **changes: Any) -> RunContext:
    """A run beside another that has committed so much already."""
    file = bench.folder / "team.toml"
    file.write_text(f"{caps}\n")
    beside = SharedBudget(file, read_caps(file), bench.folder / "beside", RunState())
    beside.keep()
    used = file.with_name("team.toml.used")
    lines = used.read_bytes().replace(Share().line("")[:-1], others.line("")[:-1])
    used.write_bytes(lines)
    run: RunContext = bench.open(policy, model, cards={"scripted/numbers": CARD}, **changes)
    if policy is None:
        run.journal.append("selected", "a1", **DRAFT.model_dump(mode="json"))
    shared = SharedBudget(file, read_caps(file), run.folder, run.journal.state)
    run.journal.observers.append(shared.observe)
    return RunContext(**{**vars(run), "shared": shared})


def say(run: RunContext, index: int = 0) -> Reply:
    return asyncio.run(ask(run.work("a1"), "plan", index, Conversation(opening("system", "user"))))


@pytest.mark.parametrize(
    ("caps", "others", "named"),
    [
        ("tokens = 10_000", Share(tokens=9_800), "10,000 tokens"),
        ("dollars = 2.0", Share(dollars=1.9999), "2 dollars"),
        ("gpu_seconds = 5", Share(gpu_seconds=6.0), "5 GPU-seconds"),
    ],
)
def test_what_others_have_committed_leaves_no_room(
    bench: Any, number_model: Any, caps: str, others: Share, named: str
) -> None:
    model = number_model(["10"])
    run = begin(bench, model, caps, others)
    with pytest.raises(BudgetSpent, match=f"{named} .*which several runs share.* beside has used") as caught:
        say(run)
    assert f"raise it there, then `agentkit resume {run.folder}`" in caught.value.message
    assert model.asked == []
    run.journal.close()


def test_a_reply_is_no_longer_than_what_others_leave(bench: Any, number_model: Any) -> None:
    run = begin(bench, number_model(["10"]), "tokens = 10_000", Share(tokens=9_000))
    say(run)
    (asked,) = (each.data for each in read_events(run.journal.path) if each.kind == "asked")
    assert asked["bound"]["input_tokens"] + asked["bound"]["output_tokens"] == 1_000
    assert run.shared is not None
    assert run.shared.left() == {"tokens": 990}, "settled at once: seven in and three out"
    run.journal.close()


def test_every_try_that_may_be_billed_is_a_reservation_of_its_own(bench: Any, number_model: Any) -> None:
    class Cutting:
        name = "scripted/numbers"
        offers_tools = True
        tries = 0

        async def reply(self, request: object) -> Reply:
            self.tries += 1
            raise CutOff("It was cut off.")

    model = Cutting()
    run = begin(bench, model, "tokens = 1_000_000", Share())
    with pytest.raises(CutOff):
        say(run)
    assert model.tries == CUT_TRIES
    run.journal.close()


def test_a_model_is_told_the_smaller_of_what_is_left(bench: Any, number_model: Any) -> None:
    budget = Budget(attempts=5, tokens=500, dollars=9.0)
    others = Share(dollars=1.5, tokens=100, attempts=7)
    run = begin(bench, number_model([]), "dollars = 2\ntokens = 5_000\nattempts = 10", others, budget=budget)
    assert left(run) == ["Attempts left after this one: 2.", "Dollars left: 0.50.", "Tokens left: 500."]
    run.journal.close()


def test_attempts_of_others_count(bench: Any, number_model: Any, list_policy: Any) -> None:
    run = begin(bench, None, "attempts = 10", Share(attempts=7), list_policy([DRAFT] * 9), width=4)
    assert select_attempts(run) == ""
    assert list(run.journal.state.selected) == ["a1", "a2", "a3"], "seven and three are ten"
    assert select_attempts(run) == "", "those under way are waited for"
    assert len(run.journal.state.selected) == 3
    run.journal.close()


def test_a_run_that_gets_no_attempt_says_who_made_them(bench: Any, list_policy: Any) -> None:
    run = begin(bench, None, "attempts = 10", Share(attempts=10), list_policy([DRAFT]))
    said = select_attempts(run)
    assert "The cap of 10 attempts in" in said
    assert "beside has used 10, this run 0" in said
    run.journal.close()
