"""Calibration: pairs of equal seeds, interleaved, kept one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.calibration import Calibration
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Environment
from agentkit.contracts.task import Candidate, Lack, Task
from agentkit.errors import RunFailed, RunProblem, UsageError
from agentkit.runs.calibrate import FIRST_SEED, MOST_PAIRS, calibrate, calibration_path
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.local import LocalSandbox

SANDBOX = LocalSandbox()


@dataclass
class Ends:
    """Evaluates the two ends of the number task; `score` decides by (what is in the file, pair)."""

    score: Callable[[str, int], float] = lambda text, _: float(text)
    stops_at: int = -1
    """Number of the evaluation in which somebody presses Ctrl-C."""
    evaluated: list[tuple[str, int]] = field(default_factory=list)
    prepared: bool = False

    def lacks(self) -> Sequence[Lack]:
        return ()

    def prepare(self, cache: Path) -> Environment:
        self.prepared = True
        return Environment()

    async def evaluate(self, candidate: Candidate) -> Outcome:
        assert self.prepared, "an evaluator is asked to prepare before it is asked to evaluate"
        if len(self.evaluated) == self.stops_at:
            self.stops_at = -1
            raise KeyboardInterrupt
        text = (candidate.folder / "number.txt").read_text()
        pair = candidate.seed - FIRST_SEED
        self.evaluated.append((text, pair))
        return Outcome(status="valid", metrics={"score": self.score(text, pair)}, seed=candidate.seed)


def measure(task: Task, cache: Path, **options: Any) -> Calibration:
    return asyncio.run(calibrate(task, SANDBOX, cache, **options))


def test_pairs_are_interleaved_and_take_turns(bench: Any, tmp_path: Path) -> None:
    evaluator = Ends()
    told: list[str] = []
    found = measure(
        bench.task(evaluator=evaluator), tmp_path, tell=lambda _, **data: told.append(data["purpose"])
    )
    assert evaluator.evaluated == [("1", 0), ("50", 0), ("50", 1), ("1", 1), ("1", 2), ("50", 2)]
    assert [(each.seed - FIRST_SEED, each.start.metrics, each.target.metrics) for each in found.pairs] == [
        (pair, {"score": 1.0}, {"score": 50.0}) for pair in range(3)
    ]
    assert told[:3] == ["calibration start 1/3", "calibration target 1/3", "calibration target 2/3"]


def test_what_is_known_is_not_measured_again_unless_asked(bench: Any, tmp_path: Path) -> None:
    evaluator = Ends()
    task = bench.task(evaluator=evaluator)
    first = measure(task, tmp_path)
    assert measure(task, tmp_path) == first
    assert len(evaluator.evaluated) == 6
    more = measure(task, tmp_path, pairs=5)
    assert more.pairs[:3] == first.pairs
    assert len(more.pairs) == 5
    assert len(evaluator.evaluated) == 10, "only the two that were missing"
    fresh = measure(task, tmp_path, fresh=True)
    assert len(fresh.pairs) == 3
    assert len(evaluator.evaluated) == 16


def test_an_interruption_loses_one_pair_at_most(bench: Any, tmp_path: Path) -> None:
    evaluator = Ends(stops_at=5)
    task = bench.task(evaluator=evaluator)
    kept: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        measure(task, tmp_path, keep=lambda found: kept.append(len(found.pairs)))
    assert kept == [1, 2]
    assert len(measure(task, tmp_path).pairs) == 3
    assert evaluator.evaluated[5:] == [("1", 2), ("50", 2)], "the broken pair, whole, and no other"


@pytest.mark.parametrize(
    ("gaps", "pairs"), [((10,) * 8, 3), ((1, *(10,) * 7), 4), ((-30, 50) * 4, MOST_PAIRS)]
)
def test_pairs_are_added_while_the_gap_is_within_its_noise(
    bench: Any, tmp_path: Path, gaps: tuple[float, ...], pairs: int
) -> None:
    evaluator = Ends(lambda text, pair: 0.0 if text == "1" else gaps[pair])
    assert len(measure(bench.task(evaluator=evaluator), tmp_path).pairs) == pairs


def test_a_calibration_holds_for_its_task_size_sandbox_and_digest(bench: Any, tmp_path: Path) -> None:
    task = bench.task()
    others = [replace(task, digest="e"), replace(task, profile="gpu1"), replace(task, reference="toy/other")]
    paths = {calibration_path(each, SANDBOX, tmp_path) for each in (task, *others)}
    paths.add(calibration_path(task, BubblewrapSandbox(), tmp_path))
    assert len(paths) == 5
    assert calibration_path(bench.task(), LocalSandbox(), tmp_path) in paths, "else it is the same one"


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b'{"task": "toy/number"}',
        b"\xff",
    ],
)
def test_a_damaged_cache_is_measured_again(bench: Any, tmp_path: Path, content: bytes) -> None:
    path = calibration_path(bench.task(), SANDBOX, tmp_path)
    path.parent.mkdir()
    path.write_bytes(content)
    assert len(measure(bench.task(), tmp_path).pairs) == 3
    assert Calibration.model_validate_json(path.read_text())


def test_an_end_that_does_not_run_here_is_said_and_not_kept(bench: Any, tmp_path: Path) -> None:
    task = bench.task()
    task.solution["number.txt"].write_text("many")
    with pytest.raises(RunFailed, match="The target of toy/number does not run here: crash") as caught:
        measure(task, tmp_path)
    assert "ValueError: many" in caught.value.lines
    assert "Next: agentkit doctor" in caught.value.lines
    assert not list(tmp_path.glob("calibrations/*.js*")), "neither a figure nor a job"


def test_without_a_solution_there_is_nothing_to_calibrate(bench: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no reference solution"):
        measure(bench.task(solution={}), tmp_path)


def test_a_cache_that_cannot_be_written_is_said_so(bench: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunProblem, match="--cache-folder"):
        measure(bench.task(), tmp_path / "file")
