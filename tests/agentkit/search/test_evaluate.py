from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.budget import Budget
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Command
from agentkit.contracts.task import Candidate
from agentkit.errors import BrokenPlugin, MissingRequirement, RunProblem
from agentkit.journal.fold import Selected
from agentkit.sandboxes.workspace import SnapshotWorkspace
from agentkit.search.context import AttemptWork, RunContext
from agentkit.search.evaluate import Evaluation, evaluate, evaluate_snapshot, jobs_folder, postpone

Evaluate = Callable[[Candidate], Awaitable[Outcome]]
VALID = Outcome(status="valid", metrics={"score": 1.0})


def outcome_of(run: RunContext, seed: int = 3) -> Outcome:
    kept: list[Outcome] = []
    outcome = asyncio.run(evaluate(run, evaluation(run, seed), kept.append))
    assert kept == [outcome]
    return outcome


def evaluation(run: RunContext, seed: int = 3) -> Evaluation:
    return Evaluation(run.start, seed, "a1", "attempt a1", run.folder / "logs", account="a1")


def opened(bench: Any, evaluator: Evaluate, **changes: Any) -> RunContext:
    bench.evaluator.evaluate = evaluator
    run: RunContext = bench.open(None, None, **changes)
    return run


def left_behind(run: RunContext) -> list[Path]:
    return list((run.folder / "logs").iterdir())


def test_an_evaluator_gets_a_fresh_layout_that_is_gone_afterwards(bench: Any) -> None:
    seen: list[Candidate] = []

    async def spoil(candidate: Candidate) -> Outcome:
        seen.append(candidate)
        assert [path.name for path in candidate.folder.iterdir()] == ["number.txt"]
        assert (candidate.folder / "number.txt").read_text() == "1"
        (candidate.folder / "number.txt").write_text("spoilt")
        (candidate.folder / "trash").mkdir()
        return VALID

    run = opened(bench, spoil)
    for _ in range(2):
        assert outcome_of(run).status == "valid"
    assert left_behind(run) == []
    assert seen[0].sandbox is run.sandbox
    assert seen[0].logs == run.folder / "logs", "what an evaluator keeps is not in the layout"
    run.journal.close()


def test_the_outcome_says_which_seed_it_was(bench: Any) -> None:
    seeds: list[int] = []

    async def note(candidate: Candidate) -> Outcome:
        seeds.append(candidate.seed)
        return VALID

    run = opened(bench, note)
    assert outcome_of(run, 42).seed == 42
    assert seeds == [42]
    run.journal.close()


def test_what_a_candidate_prints_is_told_under_its_purpose(bench: Any) -> None:
    told: list[tuple[str, str, Any]] = []

    async def talk(candidate: Candidate) -> Outcome:
        assert candidate.on_output is not None
        candidate.on_output(b"step:1/4 loss:0.5\n")
        return VALID

    run = opened(bench, talk)
    run.journal.observers.append(lambda event: told.append((event.kind, event.attempt, event.data)))
    outcome_of(run)
    ((kind, attempt, data),) = [each for each in told if each[0] == "progress"]
    assert (kind, attempt, data["purpose"], data["step"]) == ("progress", "a1", "attempt a1", 1)
    run.journal.close()


def test_an_evaluation_that_takes_too_long_is_stopped(bench: Any) -> None:
    ended: list[bool] = []

    async def too_long(candidate: Candidate) -> Outcome:
        try:
            await asyncio.sleep(5)
        finally:
            ended.append(True)
        raise AssertionError("it was not stopped")

    run = opened(bench, too_long, budget=Budget(attempt_minutes=0.001))
    outcome = outcome_of(run)
    assert (outcome.status, outcome.seed, outcome.isolation) == ("timeout", 3, run.sandbox.name)
    assert "0.001 minutes" in outcome.reason
    assert ended == [True]
    assert left_behind(run) == []
    run.journal.close()


def test_what_the_machine_lacks_is_said_as_it_is(bench: Any) -> None:
    lack = MissingRequirement("There is no GPU.")

    async def lacking(candidate: Candidate) -> Outcome:
        raise lack

    run = opened(bench, lacking)
    with pytest.raises(MissingRequirement) as caught:
        outcome_of(run)
    assert caught.value is lack
    assert left_behind(run) == []
    run.journal.close()


def test_an_evaluator_that_raises_is_a_broken_task_and_no_outcome(bench: Any) -> None:
    async def broken(candidate: Candidate) -> Outcome:
        raise KeyError("score")

    run = opened(bench, broken)
    with pytest.raises(BrokenPlugin, match="evaluator of toy/number failed: KeyError: 'score'") as caught:
        outcome_of(run)
    assert isinstance(caught.value.__cause__, KeyError)
    assert left_behind(run) == []
    run.journal.close()


def not_reached(outcome: Outcome) -> None:
    raise AssertionError(f"there is no outcome: {outcome}")


def test_a_cancelled_evaluation_leaves_nothing(bench: Any) -> None:
    async def forever(candidate: Candidate) -> Outcome:
        await asyncio.sleep(60)
        raise AssertionError("it was not cancelled")

    run = opened(bench, forever)

    async def cancelled() -> None:
        task = asyncio.create_task(evaluate(run, evaluation(run), not_reached))
        while not (run.folder / "logs" / "candidate-3").exists():
            await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
    assert left_behind(run) == []
    run.journal.close()


def test_a_search_evaluates_the_attempts_snapshot_on_its_own_seed_and_keeps_its_log(bench: Any) -> None:
    (bench.folder / "changed").mkdir()
    (bench.folder / "changed" / "number.txt").write_text("oops")
    run = bench.open(None, None, seed=2)
    snapshot = SnapshotWorkspace(bench.folder / "changed", run.blobs).snapshot()
    work = AttemptWork(run, Selected("a8", Expansion(operator="draft"), 7, 7))
    kept: list[Outcome] = []
    outcome = asyncio.run(evaluate_snapshot(work, snapshot, kept.append))
    assert kept == [outcome]
    assert bench.evaluator.evaluated == [("oops", 2007)]
    assert (outcome.status, outcome.seed) == ("crash", 2007)
    assert (run.folder / "attempts" / "a8" / "outcome.log").read_text() == "ValueError: oops"
    run.journal.close()


@pytest.mark.real
def test_jobs_are_forgotten_only_when_the_outcome_is_kept(bench: Any) -> None:
    laid_out: list[Path] = []

    def lay_out(folder: Path) -> Command:
        laid_out.append(folder)
        return Command(argv=("python", "-c", "print(7)"), folder=folder)

    async def train(candidate: Candidate) -> Outcome:
        job = await candidate.jobs.run("training", lay_out)
        return Outcome(status="valid", metrics={"score": float(job.result.output)})

    def full(outcome: Outcome) -> None:
        raise RunProblem("The disk is full.")

    run = opened(bench, train)
    told: list[str] = []
    run.journal.observers.append(lambda event: told.append(f"{event.kind} {event.attempt}"))
    with pytest.raises(RunProblem, match="full"):
        asyncio.run(evaluate(run, evaluation(run), full))
    assert [path.name for path in jobs_folder(run.folder).iterdir()] == ["a1-3"]
    assert outcome_of(run).metrics == {"score": 7.0}
    assert len(laid_out) == 1, "the second one read how the first one's job had ended"
    assert list(jobs_folder(run.folder).iterdir()) == []
    assert [each for each in told if each.startswith("job")] == ["job a1", "job_ended a1"] * 2
    run.journal.close()


@pytest.mark.real
def test_jobs_of_another_snapshot_do_not_count(bench: Any) -> None:
    laid_out: list[Path] = []

    def lay_out(folder: Path) -> Command:
        laid_out.append(folder)
        return Command(argv=("python", "-c", "print(7)"), folder=folder)

    async def train(candidate: Candidate) -> Outcome:
        await candidate.jobs.run("training", lay_out)
        return VALID

    run = opened(bench, train)
    (bench.folder / "changed").mkdir()
    (bench.folder / "changed" / "number.txt").write_text("8")
    other = SnapshotWorkspace(bench.folder / "changed", run.blobs).snapshot()
    for snapshot in (run.start, other):
        with pytest.raises(AssertionError, match="there is no outcome"):
            asyncio.run(evaluate(run, replace(evaluation(run), snapshot=snapshot), not_reached))
    assert len(laid_out) == 2
    run.journal.close()


def test_waiting_for_gpus_is_no_time_of_the_attempt() -> None:
    async def wait() -> None:
        async with asyncio.timeout(0.05) as clock:
            postpone(clock, 600.0)
            await asyncio.sleep(0.2)

    asyncio.run(wait())
