"""The end of a run: which attempt is its answer, what it is measured to be, and the rubric."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.attempt import Attempt
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.summary import Answer
from agentkit.contracts.task import Candidate
from agentkit.runs.closing import Closing
from agentkit.sandboxes.workspace import SnapshotWorkspace
from agentkit.search.context import FRESH_SEEDS_FROM, SEEDS_PER_RUN, RunContext
from agentkit.search.finalise import TopKReseeded

RUBRIC = """\
title = "The number"
[[criterion]]
id = "large"
text = "At least 30."
weight = 3
check = { kind = "figure", name = "score", at_least = 30 }
[[criterion]]
id = "careful"
text = "No failures."
check = { kind = "figure", name = "failed_attempts", at_most = 0 }
"""


@dataclass
class Wavering:
    """Reads the number; on fresh seeds those in `fails` miss the rules."""

    fails: tuple[str, ...] = ()
    evaluated: list[tuple[str, int]] = field(default_factory=list)

    async def evaluate(self, candidate: Candidate) -> Outcome:
        text = (candidate.folder / "number.txt").read_text()
        self.evaluated.append((text, candidate.seed))
        status = "invalid" if text in self.fails else "valid"
        return Outcome.model_validate({"status": status, "metrics": {"score": float(text)}})


def searched(bench: Any, *numbers: str, **changes: Any) -> RunContext:
    """A run whose search is over: one attempt for each number; one that is no number crashed."""
    run: RunContext = bench.open(None, None, **changes)
    for place, text in enumerate(numbers, 1):
        id, crashed = f"a{place}", not text.isdigit()
        folder = run.folder / "attempts" / id / "workspace"
        folder.mkdir(parents=True)
        (folder / "number.txt").write_text(text)
        attempt = Attempt(
            id=id,
            operator="draft",
            snapshot=SnapshotWorkspace(folder, run.blobs).snapshot(),
            outcome=Outcome(status="crash" if crashed else "valid"),
            fitness=None if crashed else float(text),
        )
        run.journal.append("attempt", id, **attempt.model_dump(mode="json"))
    return run


def finish(run: RunContext) -> Answer | None:
    asyncio.run(Closing(run).finalise("policy finished"))
    found = run.journal.state.answer
    return Answer.model_validate(found) if found else None


def test_the_best_attempt_is_measured_on_seeds_the_search_has_not_seen(bench: Any) -> None:
    evaluator = Wavering()
    run = searched(bench, "20", "40", "oops", task=bench.task(evaluator=evaluator), seed=2)
    answer = finish(run)
    assert answer is not None
    assert (answer.attempt, answer.measurements, answer.metrics) == ("a2", 3, {"score": 40.0})
    first = 2 * SEEDS_PER_RUN + FRESH_SEEDS_FROM
    assert evaluator.evaluated == [("40", first), ("40", first + 1), ("40", first + 2)]
    patch = (run.folder / "answer.patch").read_text()
    assert "-1" in patch
    assert "+40" in patch, "against the task's start files"


def test_a_best_that_does_not_hold_up_gives_way_to_the_next(bench: Any) -> None:
    run = searched(bench, "20", "40", task=bench.task(evaluator=Wavering(fails=("40",))))
    answer = finish(run)
    assert answer is not None
    assert (answer.attempt, answer.valid_measurements) == ("a1", 3)


@pytest.mark.parametrize(
    ("numbers", "why"),
    [
        (("oops",), "no attempt was valid"),
        (("20",), "no valid attempt held up on fresh seeds"),
        ((), "valid"),
    ],
)
def test_without_an_answer_the_journal_says_why(bench: Any, numbers: tuple[str, ...], why: str) -> None:
    run = searched(bench, *numbers, task=bench.task(evaluator=Wavering(fails=("20",))))
    notes: list[str] = []
    run.journal.observers.append(lambda event: notes.extend([str(event.data.get("text", ""))]))
    assert finish(run) is None
    assert any("There is no answer" in note and why in note for note in notes)
    assert not (run.folder / "answer.patch").exists()


def test_an_answer_need_not_be_measured_again(bench: Any) -> None:
    answer = finish(searched(bench, "20", measurements=0))
    assert answer is not None
    assert (answer.attempt, answer.measurements) == ("a1", 0)


def test_a_recorded_measurement_is_not_made_again(bench: Any) -> None:
    evaluator = Wavering()
    run = searched(bench, "20", task=bench.task(evaluator=evaluator))
    known = Outcome(status="valid", metrics={"score": 26.0}, seed=FRESH_SEEDS_FROM + 1)
    run.journal.append("measured", "a1", seed=known.seed, outcome=known.model_dump(mode="json"))
    answer = finish(run)
    assert [seed for _, seed in evaluator.evaluated] == [FRESH_SEEDS_FROM, FRESH_SEEDS_FROM + 2]
    assert answer is not None
    assert answer.metrics == {"score": 22.0}, "the mean of 20, 26 and 20"


def test_a_scaffold_may_choose_by_itself(bench: Any) -> None:
    class First:
        async def choose(self, tree: Any, measure: Any) -> Attempt | None:
            first: Attempt = tree.attempts["a1"]
            await measure(first, 7)
            return first

    answer = finish(searched(bench, "20", "40", scaffold={"finaliser": First()}))
    assert answer is not None
    assert (answer.attempt, answer.measurements) == ("a1", 1)


def test_the_rubric_is_judged_on_the_answer(bench: Any, tmp_path: Path) -> None:
    (tmp_path / "rubric.toml").write_text(RUBRIC)
    run = searched(bench, "40", "oops", task=bench.task(rubric=tmp_path / "rubric.toml"))
    asyncio.run(Closing(run).judge())
    assert run.journal.state.judged is None, "there is no answer yet"
    finish(run)
    asyncio.run(Closing(run).judge())
    judged = run.journal.state.judged
    assert judged is not None
    assert judged["score"] == pytest.approx(0.75)
    assert [each["status"] for each in judged["verdicts"]] == ["passed", "failed"]
    assert not (run.folder / "attempts" / "a1" / "judged").exists()


def test_without_a_rubric_nothing_is_judged(bench: Any) -> None:
    run = searched(bench, "40")
    finish(run)
    asyncio.run(Closing(run).judge())
    assert run.journal.state.judged is None


def test_a_finaliser_of_ours_measures_as_often_as_the_run_is_told(bench: Any) -> None:
    evaluator = Wavering(fails=("40",))
    finaliser = TopKReseeded(candidates=2)
    run = searched(
        bench, "20", "30", "40", task=bench.task(evaluator=evaluator), measurements=2,
        scaffold={"finaliser": finaliser},
    )  # fmt: skip
    answer = finish(run)
    assert answer is not None
    assert (answer.attempt, answer.measurements) == ("a2", 2)
    first = FRESH_SEEDS_FROM
    assert evaluator.evaluated == [("40", first), ("30", first), ("40", first + 1), ("30", first + 1)]
