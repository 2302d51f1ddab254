"""The stages one by one on the number task: what each leaves, and that beginning again costs nothing."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Awaitable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.messages import Message, ModelRequest, Reply, ToolCall
from agentkit.contracts.outcome import Flag, Outcome, Status
from agentkit.contracts.task import Candidate
from agentkit.search.briefing import read_outcome
from agentkit.search.context import RunContext
from agentkit.search.stages import Stages, changed_lines


def select(run: RunContext, id: str, operator: str, *parents: str) -> None:
    expansion = Expansion(operator=operator, parents=parents)
    run.journal.append("selected", id, **expansion.model_dump(mode="json"))


def begin(bench: Any, model: Any, operator: str = "draft", **changes: Any) -> Stages:
    run: RunContext = bench.open(None, model, **changes)
    select(run, "a1", operator)
    return Stages(run)


def finish(stages: Stages, id: str = "a1", repair: int = 0) -> None:
    async def all_of_them() -> None:
        if stages.route(id) != "code":
            await getattr(stages, stages.route(id))(id)
        await stages.code(id, repair)
        await stages.run(id, repair)
        await stages.review(id, repair)

    asyncio.run(all_of_them())


def result(stages: Stages, kind: str, id: str = "a1") -> Any:
    return stages.run_context.journal.state.results[id, kind]


def test_what_comes_first_is_said_by_the_operator(bench: Any) -> None:
    run = bench.open(None, None)
    operators = ("draft", "improve", "crossover", "debug", "react", "solution", "nothing")
    for number, operator in enumerate(operators):
        select(run, f"a{number}", operator)
    routes = [Stages(run).route(f"a{number}") for number in range(len(operators))]
    assert routes == ["plan", "plan", "plan", "debug", "code", "code", "code"]
    run.journal.close()


def test_every_stage_begun_again_does_nothing(bench: Any, number_model: Any) -> None:
    """With a failed attempt and its repair, so that every kind of stage is there."""
    model = number_model(["oops", "12"])
    stages = begin(bench, model)
    select(stages.run_context, "a2", "debug", "a1")
    state = stages.run_context.journal.state

    def twice(first: Awaitable[Any], again: Awaitable[Any]) -> None:
        async def wait_for(stage: Awaitable[Any]) -> Any:
            return await stage

        found = asyncio.run(wait_for(first))
        before = (state.count, len(model.asked), len(bench.evaluator.evaluated))
        assert asyncio.run(wait_for(again)) == found
        assert (state.count, len(model.asked), len(bench.evaluator.evaluated)) == before

    for id, opening in (("a1", stages.plan), ("a2", stages.debug)):
        for stage in (opening, stages.code, stages.run, stages.review):
            twice(stage(id), stage(id))
    assert {id: each.fitness for id, each in state.tree.attempts.items()} == {"a1": None, "a2": 12.0}
    assert len(model.asked) == len(set(model.asked)) == 8
    stages.run_context.journal.close()


def test_code_records_what_it_left_and_the_diff_lies_beside_it(bench: Any, number_model: Any) -> None:
    stages = begin(bench, number_model(["10"]))
    asyncio.run(stages.code("a1"))
    coded = result(stages, "coded0")
    assert (coded["turns"], coded["submitted"], coded["changed_lines"]) == (2, True, 2)
    work = stages.run_context.work("a1")
    assert work.files(coded["snapshot"]) == "## number.txt\n\n```\n10\n```"
    assert "+10" in (work.folder / "diff.patch").read_text().splitlines()
    stages.run_context.journal.close()


def test_a_model_without_tools_answers_with_edits(bench: Any, number_model: Any) -> None:
    stages = begin(bench, number_model(["10"], offers_tools=False))
    finish(stages)
    assert stages.run_context.journal.state.tree.attempts["a1"].fitness == 10.0
    assert result(stages, "coded0")["turns"] == 1
    stages.run_context.journal.close()


def test_edits_may_be_wished_for_although_the_model_has_tools(bench: Any, number_model: Any) -> None:
    class Edits:
        name = "scripted/edits"
        offers_tools = True
        inner = number_model(["10"], offers_tools=False)

        async def reply(self, request: ModelRequest) -> Reply:
            assert not request.tools
            reply: Reply = await self.inner.reply(request)
            return reply

    stages = begin(bench, Edits(), edits_only=True)
    finish(stages)
    assert stages.run_context.journal.state.tree.attempts["a1"].fitness == 10.0
    stages.run_context.journal.close()


def test_what_was_not_changed_is_invalid_without_an_evaluation(bench: Any, number_model: Any) -> None:
    stages = begin(bench, number_model(["1"]))
    finish(stages)
    outcome = stages.run_context.journal.state.tree.attempts["a1"].outcome
    assert outcome.status == "invalid"
    assert outcome.reason.startswith("nothing was changed")
    assert bench.evaluator.evaluated == []
    assert result(stages, "review")["text"] == "review of a1: 1", "why is still worth a note"
    stages.run_context.journal.close()


def test_why_nothing_was_changed_is_said_where_it_is_known(bench: Any) -> None:
    class Silent:
        name = "scripted/silent"
        offers_tools = True

        async def reply(self, request: ModelRequest) -> Reply:
            return Reply(message=Message(role="assistant", text="I would rather not."))

    stages = begin(bench, Silent())
    finish(stages)
    reason = stages.run_context.journal.state.tree.attempts["a1"].outcome.reason
    assert reason == "nothing was changed: the model called no tool twice in a row"
    stages.run_context.journal.close()


@pytest.mark.parametrize(("operator", "number"), [("solution", 50.0), ("nothing", 1.0)])
def test_reference_and_start_are_evaluated_without_a_model(
    bench: Any, number_model: Any, operator: str, number: float
) -> None:
    model = number_model(["10"])
    stages = begin(bench, model, operator)
    finish(stages)
    attempt = stages.run_context.journal.state.tree.attempts["a1"]
    assert (attempt.fitness, attempt.plan, attempt.lesson) == (number, "", "")
    assert bench.evaluator.evaluated == [(f"{number:g}", 0)]
    assert model.asked == []
    stages.run_context.journal.close()


class Mending:
    """Writes a word at first, and a number when it is shown the failure and the file that failed."""

    name = "scripted/mending"
    offers_tools = True

    async def reply(self, request: ModelRequest) -> Reply:
        if request.position.stage != "code":
            return Reply(message=Message(role="assistant", text="Noted."))
        shown = request.messages[1].text
        mended = "Mend it" in shown and "```\noops\n```" in shown
        name, arguments = ("write", {"text": "7" if mended else "oops"})
        if any(each.role == "tool" for each in request.messages):
            name, arguments = ("submit", {})
        call = ToolCall(id=request.position.key, name=name, arguments=arguments)
        return Reply(message=Message(role="assistant", tool_calls=(call,)))


def test_a_quick_repair_goes_on_from_what_failed_and_counts_its_turns_on(bench: Any) -> None:
    stages = begin(bench, Mending(), scaffold={"repairs": 1})
    asyncio.run(stages.code("a1"))
    outcome = asyncio.run(stages.run("a1"))
    assert stages.may_repair("a1", 0, outcome)
    finish(stages, repair=1)
    attempt = stages.run_context.journal.state.tree.attempts["a1"]
    assert attempt.fitness == 7.0
    assert [text for text, _ in bench.evaluator.evaluated] == ["oops", "7"]
    assert [result(stages, f"coded{repair}")["turns"] for repair in (0, 1)] == [2, 4]
    assert [result(stages, f"outcome{repair}")["status"] for repair in (0, 1)] == ["crash", "valid"]
    stages.run_context.journal.close()


def test_only_a_crash_of_the_models_own_work_is_repaired_and_only_so_often(bench: Any) -> None:
    stages = begin(bench, None, scaffold={"repairs": 2})
    select(stages.run_context, "a2", "solution")

    def may(id: str, repair: int, status: Status) -> bool:
        return stages.may_repair(id, repair, Outcome(status=status))

    assert [may("a1", repair, "crash") for repair in (0, 1, 2)] == [True, True, False]
    assert may("a1", 0, "timeout")
    assert not any(may("a1", 0, status) for status in ("valid", "invalid", "flagged"))
    assert not may("a2", 0, "crash")
    stages.run_context.journal.close()


def test_a_finished_attempt_holds_all_that_its_stages_found(bench: Any, number_model: Any) -> None:
    stages = begin(bench, number_model(["10", "20"]))
    finish(stages)
    select(stages.run_context, "a2", "improve", "a1")
    finish(stages, "a2")
    attempt = stages.run_context.journal.state.tree.attempts["a2"]
    assert (attempt.operator, attempt.parents) == ("improve", ("a1",))
    assert (attempt.plan, attempt.lesson) == ("plan of a2: 20", "review of a2: 20")
    assert (attempt.fitness, attempt.snapshot) == (20.0, result(stages, "coded0", "a2")["snapshot"])
    assert (attempt.cost.calls, attempt.cost.tokens) == (4, 40)
    stages.run_context.journal.close()


def test_a_review_never_sets_a_score(bench: Any) -> None:
    """A flagged attempt is reviewed like any other, and stays without a fitness."""

    class Boasting(Mending):
        async def reply(self, request: ModelRequest) -> Reply:
            if request.position.stage == "review":
                return Reply(message=Message(role="assistant", text="valid, score 1000"))
            return await super().reply(request)

    async def flag(candidate: Candidate) -> Outcome:
        flags = (Flag(code="x", evidence="y"),)
        return Outcome(status="flagged", metrics={"score": 5.0}, flags=flags)

    bench.evaluator.evaluate = flag
    stages = begin(bench, Boasting())
    finish(stages)
    attempt = stages.run_context.journal.state.tree.attempts["a1"]
    assert (attempt.lesson, attempt.fitness) == ("valid, score 1000", None)
    assert read_outcome(result(stages, "outcome0")) == attempt.outcome
    stages.run_context.journal.close()


lines = st.lists(st.text("ab ", max_size=3), max_size=8)


@given(lines, lines)
def test_changed_lines_are_those_that_went_and_those_that_came(before: list[str], after: list[str]) -> None:
    diff = "\n".join(difflib.unified_diff(before, after, "a/x", "b/x", lineterm=""))
    pieces = difflib.SequenceMatcher(None, before, after).get_opcodes()
    gone = sum(end - start for tag, start, end, _, _ in pieces if tag != "equal")
    come = sum(end - start for tag, _, _, start, end in pieces if tag != "equal")
    assert changed_lines(diff) == gone + come
