"""Confirming: fresh seeds in turn, kept pair by pair, decided once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

import agentkit
from agentkit.contracts.bar import Bar
from agentkit.contracts.confirmation import Confirmation, Design
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Environment
from agentkit.contracts.task import Candidate, Lack
from agentkit.errors import RunFailed, RunProblem
from agentkit.journal.blobs import Blobs
from agentkit.runs.confirm import (
    FILE,
    Place,
    confirm,
    confirm_run,
    task_path,
)
from agentkit.runs.confirming.opponents import Opponents, opponents_of_task, plan_for_run
from agentkit.runs.folder import RunFolder
from agentkit.runs.interleaved import place_for_jobs
from agentkit.runs.kept import read_kept, write_kept
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.local import LocalSandbox
from agentkit.statistics.staged import plan_looks

SANDBOX = LocalSandbox()
QUICK = plan_looks(0.4)
"""Looks after 3, 6 and 9 pairs: what is tested here does not depend on the level."""


@dataclass
class Judge:
    """`decide` by (what is in number.txt, which pair) gives the outcome; a float is a valid score."""

    decide: Callable[[str, int], float | Outcome] = lambda text, pair: float(text) + pair / 10
    stops_at: int = -1
    evaluated: list[tuple[str, int]] = field(default_factory=list)
    first: int | None = None

    def lacks(self) -> Sequence[Lack]:
        return ()

    def prepare(self, cache: Path) -> Environment:
        return Environment()

    async def evaluate(self, candidate: Candidate) -> Outcome:
        if len(self.evaluated) == self.stops_at:
            self.stops_at = -1
            raise KeyboardInterrupt
        self.first = candidate.seed if self.first is None else self.first
        text, pair = (candidate.folder / "number.txt").read_text(), candidate.seed - self.first
        self.evaluated.append((text, pair))
        found = self.decide(text, pair)
        if isinstance(found, Outcome):
            return found
        return Outcome(status="valid", metrics={"score": found}, seed=candidate.seed, log="much was said")


@pytest.fixture
def place(bench: Any, tmp_path: Path) -> Callable[..., tuple[Place, Opponents]]:
    def make(evaluator: Judge, candidate: str = "solution") -> tuple[Place, Opponents]:
        task = bench.task(evaluator=evaluator)
        opponents = opponents_of_task(task, candidate, "start", Blobs(tmp_path / "blobs"))
        return Place(task, SANDBOX, tmp_path, tmp_path / "kept" / "confirm.json"), opponents

    return make


def run(where: tuple[Place, Opponents], *, design: Design | None = QUICK, **options: Any) -> Confirmation:
    return asyncio.run(confirm(*where, design, **options))


def test_pairs_are_interleaved_on_fresh_seeds(place: Any) -> None:
    evaluator, told = Judge(), []
    found = run(place(evaluator), tell=lambda _, **data: told.append(data["purpose"]))
    assert evaluator.evaluated == [("1", 0), ("50", 0), ("50", 1), ("1", 1), ("1", 2), ("50", 2)]
    assert found.verdict is not None and found.verdict.record
    assert [each.seed for each in found.contests] == [found.first_seed + pair for pair in range(3)]
    assert told[:3] == ["confirmation start 1/3", "confirmation candidate 1/3", "confirmation candidate 2/3"]
    assert {each.candidate.log for each in found.contests} == {""}, "nobody reads it"


def test_it_goes_on_to_the_next_look_and_ends_at_the_last(place: Any) -> None:
    evaluator = Judge(lambda text, pair: 0.0 if text == "1" else (1.0, -0.9)[pair % 2])
    found = run(place(evaluator))
    assert len(found.contests) == 9
    assert found.verdict is not None and not found.verdict.record
    assert "it is not shown at p ≤ 0.12 that score is higher" in found.verdict.reason
    assert found.verdict.needed is not None and found.verdict.needed > 9


def test_what_is_decided_is_not_measured_again(place: Any) -> None:
    evaluator = Judge()
    where = place(evaluator)
    first = run(where)
    assert run(where) == run(where, design=None) == first
    assert len(evaluator.evaluated) == 6
    with pytest.raises(RunProblem, match=r"confirmed with --alpha 0.4 and --pairs 3.*no second try"):
        run(where, design=plan_looks(0.4, 5))


def test_an_interruption_loses_one_pair_at_most_and_the_design_stays(place: Any) -> None:
    evaluator = Judge(stops_at=3)
    where = place(evaluator)
    with pytest.raises(KeyboardInterrupt):
        run(where)
    kept = read_kept(Confirmation, where[0].path)
    assert kept is not None and len(kept.contests) == 1 and kept.verdict is None
    with pytest.raises(RunProblem, match="begun with --alpha 0.4"):
        run(where, design=plan_looks(0.3))
    found = run(where, design=None)
    assert found.verdict is not None and found.design == QUICK
    assert evaluator.evaluated[3:] == [("50", 1), ("1", 1), ("1", 2), ("50", 2)]


@pytest.mark.parametrize(
    ("change", "said"),
    [({"machine": "another"}, "on another machine"), ({"digest": "e"}, "when the task was another one"),
     ({"bars": (Bar(name="loss", limit=1),)}, "asked for something else"),
     ({"against_files": "f"}, "against other files")],
)  # fmt: skip
def test_pairs_made_elsewhere_are_not_gone_on_with(place: Any, change: dict[str, Any], said: str) -> None:
    evaluator = Judge(stops_at=3)
    where = place(evaluator)
    with pytest.raises(KeyboardInterrupt):
        run(where)
    kept = read_kept(Confirmation, where[0].path)
    assert kept is not None
    write_kept(where[0].path, kept.model_copy(update=change))
    with pytest.raises(RunProblem, match=said):
        run(where, design=None)


def test_another_candidate_begins_anew(place: Any, tmp_path: Path) -> None:
    evaluator = Judge()
    run(place(evaluator))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "number.txt").write_text("0")
    found = run(place(evaluator, str(tmp_path / "mine")))
    assert found.verdict is not None
    assert found.verdict.reason == "after 3 pairs it is not so, even on average, that score is higher"


def test_a_crash_of_the_candidate_ends_it(place: Any) -> None:
    crash = Outcome(status="crash", reason="NameError", log="Traceback")
    evaluator = Judge(lambda text, pair: crash if text == "50" and pair == 1 else 1.0)
    found = run(place(evaluator))
    assert found.verdict is not None and not found.verdict.record
    assert found.verdict.reason.startswith("the candidate crashed (NameError) on seed ")
    assert len(found.contests) == 2
    assert found.contests[1].candidate.log == "Traceback"


@pytest.mark.parametrize("broken", [Outcome(status="crash", reason="out of memory"),
                                    Outcome(status="flagged", metrics={"score": 1.0})])  # fmt: skip
def test_a_start_that_does_not_run_is_no_merit_of_the_candidate(place: Any, broken: Outcome) -> None:
    evaluator = Judge(lambda text, pair: broken if text == "1" else 5.0)
    where = place(evaluator)
    with pytest.raises(RunFailed, match="start"):
        run(where)
    assert read_kept(Confirmation, where[0].path) is None, "neither a pair nor a verdict"


def test_a_tasks_bars_are_tested_too(place: Any) -> None:
    def decide(text: str, pair: int) -> Outcome:
        metrics = {"score": float(text), "loss": 2.5 + pair / 100}
        return Outcome(status="invalid", metrics=metrics, reason="loss misses 2.4")

    where, opponents = place(Judge(decide))
    task = replace(where.task, bars=(Bar(name="loss", limit=2.4),))
    found = run((Place(task, where.sandbox, where.cache, where.path), opponents))
    assert found.bars == (Bar(name="loss", limit=2.4),)
    assert found.verdict is not None and not found.verdict.record
    assert "mean loss is at most 2.4" in found.verdict.reason
    assert found.verdict.missed == 3


def test_two_processes_do_not_confirm_the_same_at_once(place: Any) -> None:
    evaluator = Judge()
    where = place(evaluator)
    where[0].path.parent.mkdir()
    with place_for_jobs(where[0].path), pytest.raises(RunProblem, match="Another process is confirming"):
        run(where)
    assert evaluator.evaluated == []


def test_a_damaged_file_is_not_taken_for_none(place: Any) -> None:
    where = place(Judge())
    where[0].path.parent.mkdir()
    where[0].path.write_text("{")
    with pytest.raises(RunProblem, match="cannot be read"):
        run(where)


def test_files_confirmed_without_a_run_are_kept_by_what_they_are(place: Any) -> None:
    where, opponents = place(Judge())
    _, others = place(Judge(), "start")
    paths = {
        task_path(where.task, SANDBOX, opponents, where.cache),
        task_path(where.task, SANDBOX, others, where.cache),
        task_path(where.task, BubblewrapSandbox(), opponents, where.cache),
    }
    assert len(paths) == 3


@pytest.fixture
def solved(number_task: Path) -> RunFolder:
    """A finished run of the number task, which needs no reference for that."""
    told = (number_task / "task.toml").read_text()
    (number_task / "task.toml").write_text(told.replace('[solution]\n"number.txt" = "solution.txt"\n', ""))
    return agentkit.solve("toy/number", sandbox="local", measurements=0).folder


def test_a_runs_verdict_is_in_its_folder_and_its_journal(solved: RunFolder) -> None:
    before = solved.summary()
    found = asyncio.run(confirm_run(plan_for_run(solved, {}), solved, QUICK))
    assert found.verdict is not None and found.verdict.record
    assert read_kept(Confirmation, solved.path / FILE) == found
    last = list(solved.events())[-1]
    assert (last.kind, last.attempt) == ("record", "a4")
    assert Confirmation.model_validate(last.data) == found
    assert solved.summary() == before, "the run itself is what it was"
    (solved.path / FILE).unlink()
    assert asyncio.run(confirm_run(plan_for_run(solved, {}), solved)) == found
    assert read_kept(Confirmation, solved.path / FILE) == found, "the journal knows"
    assert list(solved.events())[-1] == last, "and says it once"


def test_a_verdict_that_did_not_reach_the_journal_does_so_later(solved: RunFolder) -> None:
    found = asyncio.run(confirm_run(plan_for_run(solved, {}), solved, QUICK))
    journal = solved.path / "journal.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    assert asyncio.run(confirm_run(plan_for_run(solved, {}), solved)) == found
    assert [each.kind for each in solved.events()].count("record") == 1
