"""What an operator's sections and its memory add to its first prompt, on the number task."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from agentkit.contracts.attempt import Attempt, AttemptTree, Expansion
from agentkit.contracts.messages import ModelRequest, Reply
from agentkit.contracts.scaffold import Operator, Situation
from agentkit.errors import BrokenPlugin
from agentkit.search.context import RunContext
from agentkit.search.knowledge import Knowledge
from agentkit.search.operators import (
    AIRA_CROSSOVER,
    AIRA_DEBUG,
    AIRA_DRAFT,
    AIRA_IMPROVE,
    ATOMIC_EDIT,
    DRAFT,
    IMPROVE,
    RETRIEVE,
    WORK,
)
from agentkit.search.prompt import FOLDER, open_prompts
from agentkit.search.stages import Stages


class Thinking:
    """Answers like the number model, thinks aloud before it, and keeps what it was asked."""

    name = "scripted/thinking"
    offers_tools = True

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.heard: dict[str, str] = {}

    async def reply(self, request: ModelRequest) -> Reply:
        self.heard[request.position.key] = request.messages[-1].text
        reply: Reply = await self.inner.reply(request)
        said = reply.message.model_copy(update={"text": f"<think>hm</think>{reply.message.text}"})
        return reply.model_copy(update={"message": said})


def opened(bench: Any, model: Any, *operators: Operator, **changes: Any) -> RunContext:
    run: RunContext = bench.open(None, model, **changes)
    return replace(run, scaffold=replace(run.scaffold, operators={each.name: each for each in operators}))


def carry_out(run: RunContext, id: str, operator: str, *parents: str) -> Attempt:
    expansion = Expansion(operator=operator, parents=parents)
    run.journal.append("selected", id, **expansion.model_dump(mode="json"))

    async def stages() -> None:
        stages = Stages(run)
        if stages.route(id) != "code":
            await getattr(stages, stages.route(id))(id)
        await stages.code(id)
        await stages.review(id)

    asyncio.run(stages())
    return run.journal.state.tree.attempts[id]


def shout(situation: Situation) -> str:
    return f"# Shouted\n\n{situation.expansion.operator}\n"


def silent(situation: Situation) -> str:
    return ""


@pytest.mark.parametrize("base", [DRAFT, WORK])
def test_a_section_stands_before_the_request_and_a_silent_one_leaves_no_trace(
    bench: Any, number_model: Any, base: Operator
) -> None:
    model = Thinking(number_model(["11", "12", "13"]))
    key = f"{'plan' if base is DRAFT else 'code'}/0"
    plain = opened(bench, model, base)
    carry_out(plain, "a1", base.name)
    plain.journal.close()
    run = opened(bench, model, replace(base, sections=(silent, shout)), folder=bench.folder / "run")
    carry_out(run, "a2", base.name)
    run.journal.close()
    text = model.heard[f"a2/{key}"]
    assert text.count(f"\n\n# Shouted\n\n{base.name}\n\n# Now\n") == 1
    assert "# Shouted" not in model.heard[f"a1/{key}"]
    assert "\n\n\n" not in model.heard[f"a1/{key}"]
    if base is DRAFT:
        assert "# Shouted" not in model.heard["a2/code/0"], "the coder has the plan"


def test_a_prompt_without_a_place_for_sections_has_them_at_its_end(bench: Any, number_model: Any) -> None:
    folder = bench.folder / "prompts"
    folder.mkdir(parents=True)
    (folder / "short.md").write_text("Do it.\n")
    model = Thinking(number_model(["11"]))
    operator = replace(DRAFT, prompt="short", sections=(shout,))
    run = opened(bench, model, operator, prompts=open_prompts([folder, FOLDER]))
    carry_out(run, "a1", "draft")
    assert model.heard["a1/plan/0"] == "Do it.\n\n# Shouted\n\ndraft\n"
    run.journal.close()


def test_with_knowledge_in_parts_the_hints_are_not_shown_whole(bench: Any, number_model: Any) -> None:
    hints = "## Hint: text\n\nLarger is better.\n\n## Hint: other\n\n" + "Cats purr. " * 40
    model = Thinking(number_model(["11"]))
    run = opened(bench, model, replace(DRAFT, sections=(Knowledge(20),)), hints=hints)
    carry_out(run, "a1", "draft")
    assert "Larger is better." in model.heard["a1/plan/0"]
    assert "Cats purr." not in model.heard["a1/plan/0"]
    run.journal.close()


def test_the_operators_of_aira_are_shown_what_their_paper_says(bench: Any, number_model: Any) -> None:
    model = Thinking(number_model(["11", "12", "13", "oops", "15", "16"]))
    run = opened(bench, model, AIRA_DRAFT, AIRA_IMPROVE, AIRA_DEBUG, AIRA_CROSSOVER)
    first = carry_out(run, "a1", "draft")
    assert first.plan == "plan of a1: 11"
    assert first.lesson == "review of a1: 11"
    reply = run.journal.state.replies["a1/plan/0"]["message"]["text"]
    assert reply == "<think>hm</think>plan of a1: 11", "the journal has all of it"
    for id, operator, *parents in (
        ("a2", "improve", "a1"),
        ("a3", "improve", "a1"),
        ("a4", "improve", "a1"),
        ("a5", "debug", "a4"),
        ("a6", "crossover", "a1", "a2"),
    ):
        carry_out(run, id, operator, *parents)
    assert "Little has been tried" in model.heard["a1/plan/0"]
    assert "| a2 | a1 |" in model.heard["a4/plan/0"], "siblings"
    assert "| a1 | start |" not in model.heard["a4/plan/0"], "and no others"
    assert "Simple ideas have been tried" in model.heard["a4/plan/0"]
    assert "Attempts left after this one" in model.heard["a5/debug/0"]
    assert "Simple ideas have been tried" in model.heard["a6/plan/0"]
    run.journal.close()


def test_the_published_operators_of_aide_keep_all_that_was_said(bench: Any, number_model: Any) -> None:
    run = opened(bench, Thinking(number_model(["11"])), DRAFT)
    assert carry_out(run, "a1", "draft").plan == "<think>hm</think>plan of a1: 11"
    run.journal.close()


@pytest.mark.parametrize("operator", [ATOMIC_EDIT, RETRIEVE])
def test_what_has_helped_is_shown_with_its_diff(bench: Any, number_model: Any, operator: Operator) -> None:
    model = Thinking(number_model(["11", "20", "12", "13"]))
    run = opened(bench, model, DRAFT, IMPROVE, operator)
    for id, name, *parents in (
        ("a1", "draft"),
        ("a2", "improve", "a1"),
        ("a3", operator.name),
        ("a4", operator.name, "a3"),
    ):
        carry_out(run, id, name, *parents)
    for key in ("a3/plan/0", "a4/plan/0"):
        assert "| a2 | a1 | 11 | 20 |" in model.heard[key]
        assert "-11\n" in model.heard[key]
        assert "+20\n" in model.heard[key]
    run.journal.close()


def test_the_bound_of_the_table_is_the_operators(bench: Any, number_model: Any) -> None:
    model = Thinking(number_model([str(number) for number in range(11, 40)]))
    run = opened(bench, model, replace(DRAFT, memory_tokens=100))
    for number in range(1, 12):
        carry_out(run, f"a{number}", "draft")
    table = model.heard["a11/plan/0"].split("# Earlier attempts\n\n")[1].split("\n\n#")[0]
    assert len(table.encode()) <= 400
    assert "| a10 |" in table
    assert "older ones left out" in table
    run.journal.close()


def broken_view(tree: AttemptTree, expansion: Expansion) -> Sequence[Attempt]:
    raise KeyError("island")


def broken_section(situation: Situation) -> str:
    raise KeyError("island")


@pytest.mark.parametrize(
    ("operator", "what"),
    [
        (replace(DRAFT, memory=broken_view), "The memory view of the operator 'draft'"),
        (
            replace(DRAFT, sections=(broken_section,)),
            "A section of the operator 'draft'",
        ),
    ],
)
def test_an_authors_mistake_is_named_as_such(
    bench: Any, number_model: Any, operator: Operator, what: str
) -> None:
    run = opened(bench, Thinking(number_model(["11"])), operator)
    with pytest.raises(BrokenPlugin, match=f"{what} failed on attempt a1: KeyError: 'island'"):
        carry_out(run, "a1", "draft")
    run.journal.close()
