"""Explaining an attempt of a real run: finished, killed, under way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.budget import Budget
from agentkit.contracts.events import Event
from agentkit.contracts.messages import Usage
from agentkit.errors import UnknownName
from agentkit.graph.drive import drive
from agentkit.runs.explain import explain, shown
from agentkit.runs.folder import RunFolder
from agentkit.search.prompt import digests

SEARCH = (
    Expansion(operator="draft"),
    Expansion(operator="improve", parents=("a1",), reason="it was drawn"),
    Expansion(operator="debug", parents=("a2",)),
)
MANIFEST = {
    "task": "toy/number", "scaffold": "list", "model": "scripted/numbers", "hints": [], "profile": "",
    "sandbox": "local", "seed": 0, "budget": {}, "settings": {}, "metric": {"name": "score"},
    "prompts": digests(),
}  # fmt: skip


class NoClosing:
    async def finalise(self, reason: str) -> None: ...

    async def judge(self) -> None: ...


@pytest.fixture
def searched(bench: Any, number_model: Any, list_policy: Any) -> Callable[..., RunFolder]:
    """A draft, a crash, its repair; `searched(scaffold={…})`."""

    def run_it(**changes: Any) -> RunFolder:
        model = number_model(("10", "oops", "30"))
        run = bench.open(list_policy(SEARCH), model, budget=Budget(attempts=3), **changes)
        try:
            asyncio.run(drive(run, NoClosing(), run.folder / "checkpoints.sqlite"))
        finally:
            run.journal.close()
        (run.folder / "run.json").write_text(json.dumps(MANIFEST))
        return RunFolder(run.folder)

    return run_it


def test_why_what_it_was_shown_what_it_cost_and_changed(searched: Callable[..., RunFolder]) -> None:
    folder = searched()
    told = explain(folder, "a2")
    assert told.why[0] == "The policy says: it was drawn"
    assert "a1 (score 10) was the only valid attempt." in told.why
    assert [each.key for each in told.shown] == ["a2/plan/0", "a2/code/0", "a2/review/0"]
    plan, code, review = told.shown
    assert dict(plan.prompt_files) == {name: digests()[name] for name in ("system", "improve")}
    assert list(code.prompt_files) == ["system", "code"]
    assert folder.blobs.get(plan.blob).decode() == plan.text
    assert "Attempt a2 takes attempt a1 one step further" in plan.text
    assert (plan.cost.calls, code.cost.calls, review.cost.calls) == (1, 2, 1)
    assert told.cost.calls == 4
    assert told.cost.dollars == pytest.approx(0.04)
    assert (told.changed_lines, told.finished) == (2, True)
    assert "+oops" in told.diff
    assert told.outcome is not None
    assert told.outcome["status"] == "crash"
    assert "a2 had not worked (crash, failure 1 in a row)." in explain(folder, "a3").why


def test_a_repair_within_an_attempt_is_a_conversation_of_its_own(searched: Callable[..., RunFolder]) -> None:
    """Its prompt is kept like every first one, though its calls are counted on."""
    told = explain(searched(scaffold={"repairs": 1}), "a2")
    assert [each.key for each in told.shown] == ["a2/plan/0", "a2/code/0", "a2/code/2", "a2/review/0"]
    assert list(told.shown[2].prompt_files) == ["system", "code", "repair"]
    assert "'oops' is no number" in told.shown[2].text


def test_cut_off_after_any_record_it_says_what_there_is(searched: Callable[..., RunFolder]) -> None:
    folder = searched()
    journal = folder.path / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    whole = explain(folder, "a2")
    begun = 0
    for cut in range(1, len(lines)):
        journal.write_bytes(b"".join(lines[:cut]))
        if any(b'"selected"' in each and b'"a2"' in each for each in lines[:cut]):
            told, begun = explain(folder, "a2"), begun + 1
            assert told.why == whole.why, "what has happened since changes no reason"
            assert told.shown == whole.shown[: len(told.shown)] or told.cost.calls < whole.cost.calls
        else:
            with pytest.raises(UnknownName, match="no attempt 'a2'"):
                explain(folder, "a2")
    assert begun > 8


def test_a_call_that_was_cut_off_costs_what_it_may_have_cost(searched: Callable[..., RunFolder]) -> None:
    folder = searched()
    asked = next(each for each in folder.events() if each.kind == "asked")
    usage = Usage(input_tokens=5, output_tokens=2, dollars=0.5, upper_bound=True).model_dump(mode="json")
    data = {"key": asked.data["key"], "usage": usage, "reason": "it was killed"}
    cut = Event(number=asked.number + 1, time=asked.time, kind="cut", attempt=asked.attempt, data=data)
    (told,) = shown(folder, [asked, cut])
    assert (told.cost.lost_calls, told.cost.dollars, told.cost.tokens) == (1, 0.5, 7)


def test_a_blob_that_is_gone_is_said_to_be(searched: Callable[..., RunFolder]) -> None:
    folder = searched()
    blob = explain(folder, "a1").shown[0].blob
    Path(folder.blobs.path(blob)).unlink()
    assert "do not hold" in explain(folder, "a1").shown[0].text
