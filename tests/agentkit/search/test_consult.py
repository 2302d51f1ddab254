"""A question of an author's own graph: on record, under the caps, and asked once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.budget import Budget
from agentkit.contracts.scaffold import Operator
from agentkit.errors import BrokenPlugin, BudgetSpent, UnknownName
from agentkit.journal.log import read_events
from agentkit.search.prompt import open_prompts, prompt_folders
from agentkit.search.select import select_attempts
from agentkit.search.stages import Stages


@pytest.fixture
def stages(bench: Any, list_policy: Any, number_model: Any, tmp_path: Path) -> Any:
    """The first attempt of a run whose kit has the prompt `critic`; `stages(budget)`."""
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "critic.md").write_text("{{plan}} | {{diff}} | {{result}} | {{mood}}\n")

    def opened(model: Any = None, **changes: Any) -> Stages:
        model = number_model(["10"]) if model is None else model
        run = bench.open(list_policy([Expansion(operator="draft")]), model, **changes)
        run = replace(run, prompts=open_prompts([tmp_path / "prompts", *prompt_folders()]))
        select_attempts(run)
        return Stages(run)

    return opened


def test_its_prompt_has_what_there_is_of_the_attempt_so_far(stages: Any) -> None:
    made = stages()

    async def asked() -> tuple[str, str]:
        before = await made.consult("a1", "critic", mood="stern")
        await made.plan("a1")
        await made.code("a1")
        await made.run("a1")
        return before, await made.consult("a1", "critic", 1, mood="mild")

    before, after = asyncio.run(asked())
    state, blobs = made.run_context.journal.state, made.run_context.blobs
    first, second = (blobs.get(state.prompts[f"a1/critic/{nth}"]).decode() for nth in (0, 1))
    assert (before, after) == ("critic of a1: 10", "critic of a1: 10")
    assert "(none) | (nothing) | (it has not run yet) | stern" in first
    assert "plan of a1: 10 | " in second
    assert "+10" in second
    assert "valid, score 10" in second.replace(";", ",")
    assert second.rstrip().endswith("| mild")
    made.run_context.journal.close()


def test_it_is_paid_for_once_and_answers_a_resumed_run_at_no_cost(stages: Any, number_model: Any) -> None:
    made = stages()
    asyncio.run(made.consult("a1", "critic", mood="stern"))
    spent = made.run_context.journal.state.ledger.spent.dollars
    assert spent == pytest.approx(0.01)
    made.run_context.journal.close()
    model = number_model(["99"])
    again = stages(model)
    assert asyncio.run(again.consult("a1", "critic", mood="another")) == "critic of a1: 10"
    assert model.asked == []
    assert again.run_context.journal.state.ledger.spent.dollars == spent
    again.run_context.journal.close()


def test_the_runs_cap_holds_for_it_and_the_attempts_own_is_said(stages: Any) -> None:
    capped = stages(budget=Budget(attempts=1, tokens=10))
    with pytest.raises(BudgetSpent, match="10 tokens"):
        asyncio.run(capped.consult("a1", "critic", mood="stern"))
    assert not [each for each in read_events(capped.run_context.journal.path) if each.kind == "asked"]
    capped.run_context.journal.close()
    small = stages(budget=Budget(attempts=1, attempt_tokens=10))
    said = asyncio.run(small.consult("a1", "critic", mood="stern"))
    assert said.startswith("(The cap of 10 tokens for attempt a1")
    small.run_context.journal.close()


@pytest.mark.parametrize("name", ["plan", "review", "two words", "a/b", ""])
def test_names_that_mean_something_else_are_refused(name: str, stages: Any) -> None:
    made = stages()
    with pytest.raises(BrokenPlugin, match="cannot be called"):
        asyncio.run(made.consult("a1", name))
    made.run_context.journal.close()


def test_a_prompt_that_is_not_there_is_named(stages: Any) -> None:
    made = stages()
    with pytest.raises(UnknownName, match=r"no prompt 'critique'[\s\S]*critic"):
        asyncio.run(made.consult("a1", "critique"))
    made.run_context.journal.close()


def test_reasoning_is_left_out_where_only_answers_are_stored(stages: Any, number_model: Any) -> None:
    class Thinking:
        name = "scripted/thinking"
        offers_tools = True

        def __init__(self) -> None:
            self.inner = number_model(["10"])

        async def reply(self, request: Any) -> Any:
            reply = await self.inner.reply(request)
            message = reply.message.model_copy(update={"text": "<think>hm</think>fine"})
            return reply.model_copy(update={"message": message})

    made = stages(Thinking())
    operators = {"draft": Operator("draft", stores="answer")}
    run = replace(made.run_context, scaffold=replace(made.run_context.scaffold, operators=operators))
    assert asyncio.run(Stages(run).consult("a1", "critic", mood="x")) == "fine"
    run.journal.close()
