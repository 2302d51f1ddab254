"""One task of many: measurable or not, and where oracle and nop land on seeds of their own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.calibration import Calibration, Pair
from agentkit.contracts.outcome import Flag, Outcome
from agentkit.contracts.sandbox import Environment
from agentkit.contracts.task import Candidate, Lack, Metric
from agentkit.runs import calibrate
from agentkit.runs.checks.benchmark import (
    FIRST_SEED,
    REPEATS,
    TaskCheck,
    check_one,
    landing,
    landings_path,
    level_of_each,
)
from agentkit.sandboxes.local import LocalSandbox

SANDBOX = LocalSandbox()


@dataclass
class Scores:
    """Evaluates the number task; `score` decides by (what is in the file, seed)."""

    score: Callable[[str, int], float] = lambda text, seed: float(text) + random.Random(seed).random()
    status: str = "valid"
    flags: tuple[Flag, ...] = ()
    stops_at: int = -1
    """Number of the evaluation in which somebody presses Ctrl-C."""
    evaluated: list[tuple[str, int]] = field(default_factory=list)

    def lacks(self) -> Sequence[Lack]:
        return ()

    def prepare(self, cache: Path) -> Environment:
        return Environment()

    async def evaluate(self, candidate: Candidate) -> Outcome:
        if len(self.evaluated) == self.stops_at:
            self.stops_at = -1
            raise KeyboardInterrupt
        text = (candidate.folder / "number.txt").read_text().strip()
        self.evaluated.append((text, candidate.seed))
        metrics = {"score": self.score(text, candidate.seed)}
        status = self.status if text == "50" and candidate.seed >= FIRST_SEED else "valid"
        return Outcome.model_validate(
            {"status": status, "metrics": metrics, "seed": candidate.seed, "flags": self.flags}
        )


def checked(bench: Any, cache: Path, scores: Any, **options: Any) -> TaskCheck:
    changes = {name: options.pop(name) for name in ("solution", "digest") if name in options}
    task = bench.task(evaluator=scores, **changes)
    return asyncio.run(check_one(task, task, SANDBOX, cache, **options))


def test_a_sound_task(bench: Any, tmp_path: Path) -> None:
    scores = Scores()
    found = checked(bench, tmp_path, scores)
    assert (found.state, found.reason, found.task) == ("sound", "", "toy/number")
    assert found.ends is not None
    assert found.ends.measurable
    assert found.gap == pytest.approx(49, abs=1)
    assert found.oracle is not None
    assert found.nop is not None
    assert found.oracle.fsr == pytest.approx(1, abs=0.03)
    assert found.nop.fsr == pytest.approx(0, abs=0.03)
    for each, expected in ((found.oracle, 1), (found.nop, 0)):
        assert each.low is not None
        assert each.high is not None
        assert each.low < expected < each.high
        assert (each.holds, each.holds_together, each.valid, each.measurements) == (True, True, 3, 3)


def test_oracle_and_nop_are_measured_on_seeds_of_their_own(bench: Any, tmp_path: Path) -> None:
    scores = Scores()
    checked(bench, tmp_path, scores)
    calibrated = {seed for _, seed in scores.evaluated if seed < FIRST_SEED}
    own = [(text, seed - FIRST_SEED) for text, seed in scores.evaluated if seed >= FIRST_SEED]
    assert own == [("1", 0), ("50", 0), ("50", 1), ("1", 1), ("1", 2), ("50", 2)]
    assert max(calibrated) < calibrate.FIRST_SEED + calibrate.MOST_PAIRS <= FIRST_SEED


@pytest.mark.parametrize(("text", "name"), [("50", "oracle"), ("1", "nop")])
def test_one_that_lands_elsewhere_on_fresh_seeds_fails(
    bench: Any, tmp_path: Path, text: str, name: str
) -> None:
    def score(found: str, seed: int) -> float:
        drifted = 9 if found == text and seed >= FIRST_SEED else 0
        return float(found) + drifted + random.Random(f"{found} {seed}").random()

    found = checked(bench, tmp_path, Scores(score))
    assert found.state == "failed"
    assert f"{name} lands at FSR" in found.reason
    other = {"oracle": "nop", "nop": "oracle"}[name]
    assert f"{other} lands" not in found.reason


def test_a_gap_within_its_noise_is_no_failure(bench: Any, tmp_path: Path) -> None:
    scores = Scores(lambda text, seed: random.Random(f"{text} {seed}").gauss(float(text) / 100, 5))
    found = checked(bench, tmp_path, scores)
    assert (found.state, found.oracle, found.nop) == ("not measurable", None, None)
    assert found.ends is not None
    assert found.ends.pairs == calibrate.MOST_PAIRS
    assert len(scores.evaluated) == 2 * (calibrate.MOST_PAIRS + REPEATS)


@pytest.mark.parametrize(
    ("pairs", "order"), [(2, "CCLL"), (3, "CCLCLL"), (5, "CCLCLCLC"), (8, "CCCCCLCLCLC")]
)
def test_landings_are_measured_between_the_ends(bench: Any, tmp_path: Path, pairs: int, order: str) -> None:
    """So that a machine that grows slower all the time does not move them."""
    scores: Scores = Scores(lambda text, seed: float(text) + len(scores.evaluated))
    found = checked(bench, tmp_path, scores, pairs=pairs)
    kinds = ["L" if seed >= FIRST_SEED else "C" for _, seed in scores.evaluated[::2]]
    assert "".join(kinds) == order
    assert found.state == "sound", found.reason


def test_a_solution_that_is_not_always_valid_fails(bench: Any, tmp_path: Path) -> None:
    found = checked(bench, tmp_path, Scores(status="invalid"))
    assert found.state == "failed"
    assert "the reference solution is valid 0 of 3 times" in found.reason


def test_an_end_that_does_not_run_fails_with_its_reason(bench: Any, tmp_path: Path) -> None:
    class Crashing(Scores):
        async def evaluate(self, candidate: Candidate) -> Outcome:
            return Outcome(status="crash", reason="no such number")

    found = checked(bench, tmp_path, Crashing())
    assert found.state == "failed"
    assert "does not run here: crash, no such number" in found.reason


def test_an_evaluator_that_breaks_is_found_and_not_raised(bench: Any, tmp_path: Path) -> None:
    class Broken(Scores):
        async def evaluate(self, candidate: Candidate) -> Outcome:
            raise ZeroDivisionError("by nought")

    found = checked(bench, tmp_path, Broken())
    assert (found.state, found.reason) == ("failed", "ZeroDivisionError: by nought")


def test_a_task_without_a_solution_fails(bench: Any, tmp_path: Path) -> None:
    found = checked(bench, tmp_path, Scores(), solution={})
    assert found.state == "failed"
    assert "no reference solution" in found.reason


def test_flags_on_its_own_files_are_among_the_findings(bench: Any, tmp_path: Path) -> None:
    found = checked(bench, tmp_path, Scores(flags=(Flag(code="region:timing", evidence="e"),)))
    states = {each["name"]: each["state"] for each in found.findings}
    assert (found.state, states["own files unflagged"]) == ("sound", "warning")


def test_what_is_measured_is_kept_and_measured_again_when_asked(bench: Any, tmp_path: Path) -> None:
    scores = Scores()
    first = checked(bench, tmp_path, scores)
    assert len(scores.evaluated) == 12
    assert checked(bench, tmp_path, scores) == first
    assert len(scores.evaluated) == 12
    assert checked(bench, tmp_path, scores, fresh=True) == first
    assert len(scores.evaluated) == 24
    checked(bench, tmp_path, scores, digest="another")
    assert len(scores.evaluated) == 36


def test_an_interrupted_check_goes_on(bench: Any, tmp_path: Path) -> None:
    scores = Scores(stops_at=9)
    with pytest.raises(KeyboardInterrupt):
        checked(bench, tmp_path, scores)
    assert checked(bench, tmp_path, scores).state == "sound"
    assert len(scores.evaluated) == 9 + 12 - 8, "the broken pair, whole, and no other"


def test_landings_lie_beside_the_calibrations_of_the_same_name(bench: Any, tmp_path: Path) -> None:
    task = bench.task(evaluator=Scores())
    asyncio.run(check_one(task, task, SANDBOX, tmp_path))
    path = landings_path(task, SANDBOX, tmp_path)
    kept = Calibration.model_validate_json(path.read_text())
    assert len(kept.pairs) == REPEATS
    assert calibrate.calibration_path(task, SANDBOX, tmp_path).is_file()


def test_all_intervals_together_hold_as_often_as_one() -> None:
    assert level_of_each(1) ** 2 == pytest.approx(0.95)
    assert level_of_each(19) ** 38 == pytest.approx(0.95)
    assert level_of_each(0) < 1


def test_a_miss_that_chance_explains_is_told_and_decides_nothing() -> None:
    metric = Metric(name="score")

    def made(score: float) -> Outcome:
        return Outcome(status="valid", metrics={"score": score})

    noise = (0.0, 1.0, -1.0, 0.5, -0.5)
    pairs = tuple(Pair(seed=n, start=made(10 + each), target=made(60 - each)) for n, each in enumerate(noise))
    calibration = Calibration(task="t", digest="d", machine="m", metric="score", pairs=pairs)
    off = [made(61.5 + each) for each in (0.0, 0.4, -0.4)]
    found = landing(off, calibration, metric, 1.0, level_of_each(19))
    assert found is not None
    assert (found.holds, found.holds_together) == (False, True)
    alone = landing(off, calibration, metric, 1.0, 0.95)
    assert alone is not None
    assert not alone.holds_together
