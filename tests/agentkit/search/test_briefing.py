"""What each prompt is filled with, on the number task: every place of every prompt, and nothing too long."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.locked import LockedRegions
from agentkit.contracts.messages import ModelRequest, Reply
from agentkit.contracts.outcome import Flag, Outcome
from agentkit.search.briefing import (
    DIFF_CHARS,
    LOG_CHARS,
    debug_values,
    describe,
    locked,
    plan_values,
    repair_values,
    review_values,
)
from agentkit.search.context import RunContext
from agentkit.search.stages import Stages

LONG = "first\n" + "x\n" * DIFF_CHARS + "last"
SPARE = 60
"""For the line that counts what is left out."""


class Listening:
    """Answers like the number model and keeps every prompt a stage was opened with."""

    name = "scripted/listening"

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.offers_tools = inner.offers_tools
        self.heard: dict[str, str] = {}
        """Position key to all that was said to the model there."""

    async def reply(self, request: ModelRequest) -> Reply:
        self.heard[request.position.key] = "\n".join(each.text for each in request.messages)
        reply: Reply = await self.inner.reply(request)
        return reply


def carry_out(run: RunContext, id: str, operator: str, *parents: str) -> None:
    """One whole attempt, with as many repairs as the scaffold allows."""
    expansion = Expansion(operator=operator, parents=parents)
    run.journal.append("selected", id, **expansion.model_dump(mode="json"))

    async def stages() -> None:
        stages, repair = Stages(run), 0
        if stages.route(id) != "code":
            await getattr(stages, stages.route(id))(id)
        await stages.code(id, repair)
        while stages.may_repair(id, repair, await stages.run(id, repair)):
            repair += 1
            await stages.code(id, repair)
        await stages.review(id, repair)

    asyncio.run(stages())


@pytest.mark.parametrize("offers_tools", [True, False])
def test_every_prompt_of_every_operator_is_filled(bench: Any, number_model: Any, offers_tools: bool) -> None:
    model = Listening(number_model(["11", "oops", "13", "14", "15", "16"], offers_tools))
    run = bench.open(None, model, scaffold={"repairs": 1}, hints="Try {{seven}}.")
    for id, operator, *parents in (
        ("a1", "draft"),
        ("a2", "improve", "a1"),
        ("a3", "debug", "a2"),
        ("a4", "crossover", "a1", "a3"),
        ("a5", "react"),
    ):
        carry_out(run, id, operator, *parents)
    asked = {key.rsplit("/", 1)[0] for key in model.heard}
    openings = {"a1/plan", "a2/plan", "a3/debug", "a4/plan"}
    assert asked == {*openings, *(f"a{n}/{stage}" for n in range(1, 6) for stage in ("code", "review"))}
    for key, text in model.heard.items():
        assert set(re.findall(r"\{\{.*?\}\}", text)) <= {"{{seven}}"}, f"{key}: only what a hint says"
    with_hints = {key.rsplit("/", 1)[0] for key, text in model.heard.items() if "Try {{seven}}." in text}
    assert {"a1/plan", "a2/plan", "a4/plan"} <= with_hints
    assert not offers_tools or "a5/code" in with_hints, "it has no plan stage in which to read them"
    assert run.task.instructions in model.heard["a5/code/0"]
    run.journal.close()


def told(bench: Any, number_model: Any, *attempts: tuple[str, ...], **changes: Any) -> dict[str, str]:
    model = Listening(number_model(["11", "oops", "13", "14"]))
    run = bench.open(None, model, **changes)
    for id, operator, *parents in attempts:
        carry_out(run, id, operator, *parents)
    run.journal.close()
    return model.heard


def test_an_improvement_is_shown_its_parents_files_and_result(bench: Any, number_model: Any) -> None:
    heard = told(bench, number_model, ("a1", "draft"), ("a2", "improve", "a1"))
    assert "```\n1\n```" in heard["a1/plan/0"], "a draft sees the start files"
    assert "```\n11\n```" in heard["a2/plan/0"]
    assert "valid; score 11" in heard["a2/plan/0"]
    assert "plan of a2: oops" in heard["a2/code/0"], "the coder is told the plan"


def test_a_repair_is_shown_plan_change_and_failure(bench: Any, number_model: Any) -> None:
    attempts = (("a1", "draft"), ("a2", "improve", "a1"), ("a3", "debug", "a2"))
    text = told(bench, number_model, *attempts)["a3/debug/0"]
    assert "plan of a2: oops" in text
    assert "-11\n" in text, "against what a2 had started from, not against the start files"
    assert "crash; 'oops' is no number" in text
    assert "ValueError: oops" in text
    assert "| a2 | a1 | crash |" in text


def test_a_crossover_is_shown_what_the_other_parent_changed(bench: Any, number_model: Any) -> None:
    attempts = (("a1", "draft"), ("a2", "draft"), ("a3", "draft"), ("a4", "crossover", "a1", "a3"))
    text = told(bench, number_model, *attempts)["a4/plan/0"]
    assert "```\n11\n```" in text
    assert "-1\n" in text
    assert "+13\n" in text


def test_a_quick_repair_is_told_what_the_last_run_showed(bench: Any, number_model: Any) -> None:
    attempts = (("a1", "draft"), ("a2", "draft"))
    heard = told(bench, number_model, *attempts, scaffold={"repairs": 1})
    assert "failed" not in heard["a2/code/0"]
    assert "failed (crash): 'oops' is no number" in heard["a2/code/2"]
    assert "ValueError: oops" in heard["a2/code/2"]
    assert "```\noops\n```" in heard["a2/code/2"], "it goes on from the files that failed"


def test_a_review_is_shown_plan_change_and_verdict(bench: Any, number_model: Any) -> None:
    text = told(bench, number_model, ("a1", "draft"))["a1/review/0"]
    assert "plan of a1: 11" in text
    assert "+11\n" in text
    assert "valid; score 11" in text


@pytest.fixture
def failed(bench: Any, number_model: Any) -> RunContext:
    """a1 wrote a long file and crashed with a long log; a2 starts from the files of the start."""
    run: RunContext = bench.open(None, number_model([LONG, "12"]), scaffold={"repairs": 0})

    async def crash(candidate: object) -> Outcome:
        return Outcome(status="crash", reason="it broke", log=LONG)

    bench.evaluator.evaluate = crash
    carry_out(run, "a1", "draft")
    return run


def select(run: RunContext, operator: str, *parents: str) -> Any:
    expansion = Expansion(operator=operator, parents=parents)
    run.journal.append("selected", "a9", **expansion.model_dump(mode="json"))
    return run.work("a9")


def test_of_a_long_log_the_end_is_kept(failed: RunContext) -> None:
    outcome = failed.journal.state.tree.attempts["a1"].outcome
    work = failed.work("a1")
    logs = (
        debug_values(select(failed, "debug", "a1"))["parent_log"],
        repair_values(work, 1)["log"],
        review_values(work, outcome, work.base)["log"],
    )
    for log in logs:
        assert log.endswith("last")
        assert f"({len(LONG) - LOG_CHARS} characters left out)" in log
        assert len(log) <= LOG_CHARS + SPARE
    failed.journal.close()


def test_of_a_long_diff_the_beginning_is_kept(failed: RunContext) -> None:
    attempt = failed.journal.state.tree.attempts["a1"]
    diffs = (
        debug_values(select(failed, "debug", "a1"))["parent_diff"],
        plan_values(select(failed, "crossover", "a1", "a1"))["other_diff"],
        review_values(failed.work("a1"), attempt.outcome, attempt.snapshot)["diff"],
    )
    for diff in diffs:
        assert "+first" in diff
        assert "+last" not in diff
        assert "characters left out" in diff
        assert len(diff) <= DIFF_CHARS + SPARE
    failed.journal.close()


def test_what_is_short_is_left_whole_and_what_is_missing_is_said(bench: Any, number_model: Any) -> None:
    run = bench.open(None, number_model([]))
    work = select(run, "draft")
    values = review_values(work, Outcome(status="invalid", log="all of it"), run.start)
    assert (values["log"], values["diff"], values["plan"]) == ("all of it", "(nothing)", "(none)")
    assert (plan_values(work)["parent"], plan_values(work)["memory"]) == ("start", "(none yet)")
    assert plan_values(work)["hints"] == "(none)"
    run.journal.close()


def test_a_verdict_is_one_line_of_all_that_is_known() -> None:
    flags = (Flag(code="clock", evidence="time.time was replaced"),)
    outcome = Outcome(status="flagged", metrics={"loss": 1.23456789}, reason="broke a rule", flags=flags)
    assert describe(outcome) == "flagged; broke a rule; flag clock: time.time was replaced"
    invalid = Outcome(status="invalid", metrics={"loss": 1.23456789}, reason="missed the target")
    assert describe(invalid) == "invalid; loss 1.23457; missed the target"
    assert describe(Outcome(status="timeout")) == "timeout"


def test_locked_parts_are_named_with_what_may_be_changed() -> None:
    regions = {"train.py": LockedRegions(("timing", "Model.loss"), ())}
    assert locked(regions) == ["in train.py all but timing, Model.loss"]
    assert locked({}) == []
