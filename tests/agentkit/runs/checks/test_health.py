"""What is said of a task's oracle, start, noise, digest and masks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.calibration import Calibration, Pair
from agentkit.contracts.outcome import Flag, Outcome
from agentkit.contracts.sandbox import Environment, Sandbox
from agentkit.runs.checks.health import check_digests, check_ends, check_masks
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.choose import check_bubblewrap
from agentkit.sandboxes.local import LocalSandbox


def states(bench: Any, *pairs: tuple[Outcome, Outcome]) -> dict[str, str]:
    made = tuple(Pair(seed=number, start=a, target=b) for number, (a, b) in enumerate(pairs))
    calibration = Calibration(task="toy/number", digest="d", machine="m", metric="score", pairs=made)
    return {each.name: each.state for each in check_ends(bench.task(), calibration)}


def scored(score: float, status: str = "valid", **changes: Any) -> Outcome:
    return Outcome.model_validate({"status": status, "metrics": {"score": score}, **changes})


GOOD = [(scored(1.0 + noise), scored(50.0 + noise)) for noise in (0.0, 0.1, -0.1)]


def test_a_sound_task(bench: Any) -> None:
    assert set(states(bench, *GOOD).values()) == {"ok"}


def test_a_solution_that_fails_once_is_told(bench: Any) -> None:
    found = states(bench, *GOOD, (scored(1), scored(50, "invalid")))
    assert (found["oracle passes"], found["nop fails"]) == ("failed", "ok")


def test_a_start_as_good_as_the_worst_solution_is_told(bench: Any) -> None:
    found = states(bench, (scored(1), scored(50)), (scored(51), scored(60)), (scored(2), scored(55)))
    assert found["nop fails"] == "failed"


def test_noise_as_large_as_the_gap_is_told(bench: Any) -> None:
    found = states(bench, (scored(1), scored(9)), (scored(10), scored(3)), (scored(3), scored(8)))
    assert found["noise"] == "failed"


@pytest.mark.parametrize(("status", "state"), [("valid", "warning"), ("flagged", "failed")])
def test_flags_on_the_tasks_own_files_are_told(bench: Any, status: str, state: str) -> None:
    flagged = scored(50, status, flags=(Flag(code="audit:clock", evidence="e"),))
    assert states(bench, *GOOD, (scored(1), flagged))["own files unflagged"] == state


@pytest.mark.parametrize(
    ("first", "second", "state"), [("a", "a", "ok"), ("a", "b", "failed"), ("", "", "warning")]
)
def test_digests(bench: Any, first: str, second: str, state: str) -> None:
    task = bench.task(digest=first)
    assert check_digests(task, replace(task, digest=second)).state == state


def look(bench: Any, sandbox: Sandbox, *masks: Path) -> Any:
    return asyncio.run(check_masks(bench.task(solution={}), Environment(masks=masks), sandbox))


def test_local_hides_nothing_and_that_is_a_warning(bench: Any, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    found = look(bench, LocalSandbox(), tmp_path / "secret")
    assert (found.state, "local hides nothing" in found.fix) == ("warning", True)
    assert str(tmp_path) in found.detail or "exploits" in found.detail


@pytest.mark.real
def test_in_bubblewrap_masks_hold(bench: Any, tmp_path: Path) -> None:
    if not check_bubblewrap().usable:
        pytest.skip("bubblewrap does not work here")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "secret").write_text("x")
    assert look(bench, BubblewrapSandbox(), tmp_path / "folder").state == "ok"
