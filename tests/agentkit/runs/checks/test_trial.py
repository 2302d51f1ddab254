"""Trials on the number task: what is evaluated, how often, and what becomes of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.outcome import Outcome
from agentkit.errors import BrokenPlugin, RunFailed
from agentkit.runs.checks.exploit import Exploit, NamedExploit, Submission
from agentkit.runs.checks.trial import Trial, TrialBench, leak
from agentkit.sandboxes.local import LocalSandbox


def named(cheat: str, twin: str, **changes: Any) -> NamedExploit:
    values: dict[str, Any] = {"title": "t", "source": "s", "expected": ("invalid",), "caught_by": "c"}
    for each, text in (("cheat", cheat), ("twin", twin)):
        values[each] = Submission(files={"number.txt": text})
    return NamedExploit("mine", Exploit(**{**values, **changes}), {})


def opened(bench: Any, place: Path, **changes: Any) -> TrialBench:
    return TrialBench(bench.task(**changes), LocalSandbox(), place / "cache", place / "place")


def tried(trials: TrialBench, *exploits: NamedExploit) -> list[Trial]:
    async def run() -> list[Trial]:
        await trials.open()
        return [await trials.run(each) for each in exploits]

    return asyncio.run(run())


def test_equal_twins_are_evaluated_once_and_every_cheat_by_itself(bench: Any, tmp_path: Path) -> None:
    trials = opened(bench, tmp_path)
    found = tried(trials, named("101", "2"), named("102", "2", rounds=3), named("5", "2"))
    assert [each.cheat.state for each in found] == ["caught", "caught", "through"]
    assert [each.failed for each in found] == [False, False, True]
    assert [text for text, _ in bench.evaluator.evaluated] == ["1", "2", "101", "102", "102", "102", "5"]
    assert {seed for _, seed in bench.evaluator.evaluated} == {trials.seed}


def test_no_seed_is_known_before(bench: Any, tmp_path: Path) -> None:
    assert opened(bench, tmp_path).seed != opened(bench, tmp_path).seed


def test_a_wall_that_is_not_there_is_not_tried(bench: Any, tmp_path: Path) -> None:
    (found,) = tried(opened(bench, tmp_path), named("101", "2", needs=("hidden_files",)))
    assert found.cheat.state == found.twin.state == "skipped"
    assert "local does not enforce hidden_files" in found.cheat.happened


def test_a_flagged_twin_is_a_failure(bench: Any, tmp_path: Path) -> None:
    (found,) = tried(opened(bench, tmp_path), named("101", "-1"))
    assert found.twin.state == "wronged" and found.failed


def test_flagged_start_files_end_it(bench: Any, tmp_path: Path) -> None:
    trials = opened(bench, tmp_path)
    trials.task.files["number.txt"].write_text("-1")
    with pytest.raises(RunFailed, match="are flagged"):
        tried(trials)


def test_an_evaluator_that_raises_is_a_fault_of_the_task(bench: Any, tmp_path: Path) -> None:
    trials = opened(bench, tmp_path)
    exploit = named("1", "2")
    missing = exploit.exploit.model_copy(update={"cheat": Submission(links={"number.txt": "nowhere"})})
    with pytest.raises(BrokenPlugin, match="toy/number failed: FileNotFoundError"):
        tried(trials, NamedExploit("mine", missing, {}))


def test_a_secret_is_found_wherever_it_came_out(tmp_path: Path) -> None:
    outcome = Outcome(status="valid", log="all is well")
    assert leak("STOLEN", outcome, tmp_path) == ""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_bytes(b"\xff STOLEN")
    assert leak("STOLEN", outcome, tmp_path) == "the file a.log"
    assert leak("well", outcome, tmp_path) == "the outcome"
