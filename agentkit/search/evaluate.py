"""One evaluation of one snapshot by the task's own evaluator."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from agentkit.contracts.outcome import Outcome
from agentkit.contracts.task import Candidate
from agentkit.errors import AgentkitError, BrokenPlugin
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.remove import discard
from agentkit.sandboxes.workspace import lay_out
from agentkit.search.context import AttemptWork, RunContext
from agentkit.search.progress import watch_output

LATE_SECONDS = 10.0
"""A job ends by itself this much after the time at which a process that lives would have stopped it."""


@dataclass(frozen=True)
class Evaluation:
    """What is evaluated. Its attempt and seed name its jobs, in every process that works on this run."""

    snapshot: str
    seed: int
    attempt: str
    purpose: str
    """For people who watch."""
    logs: Path
    account: str
    """The attempt that its GPU-seconds are charged to; "" for what belongs to none."""
    repeat_share: float = 0.0
    """Of the time an evaluation may take, in which a disturbed measurement may be repeated."""


Keep = Callable[[Outcome], object]
"""Puts an outcome into the journal. Only then are the jobs that it came from forgotten."""


async def evaluate_snapshot(work: AttemptWork, snapshot: str, keep: Keep) -> Outcome:
    """What a search evaluates: on the attempt's own seed, its log kept in the attempt's folder."""
    purpose, logs = f"attempt {work.id}", work.folder / "logs"
    evaluation = Evaluation(snapshot, work.evaluation_seed, work.id, purpose, logs, account=work.id)

    def keep_both(outcome: Outcome) -> None:
        (work.folder / "outcome.log").write_text(outcome.log, encoding="utf-8", errors="replace")
        keep(outcome)

    return await evaluate(work.run, evaluation, keep_both)


async def evaluate(run: RunContext, evaluation: Evaluation, keep: Keep) -> Outcome:
    """Lays the snapshot out fresh, evaluates it, keeps the outcome, removes the layout and the jobs.

    A process that is killed meanwhile leaves its jobs, and the next one takes them up again.
    An evaluator reports what a candidate did as an outcome; if it raises, the fault is the task's
    (BrokenPlugin), and the run stops instead of blaming the candidate.
    """
    evaluation.logs.mkdir(parents=True, exist_ok=True)
    folder = evaluation.logs / f"candidate-{evaluation.seed}"
    seconds = 60 * run.budget.attempt_minutes
    jobs = jobs_of(run, evaluation, seconds)
    lay_out(run.blobs, evaluation.snapshot, folder)
    try:
        outcome = await outcome_of(run, evaluation, folder, jobs, seconds)
    except (asyncio.CancelledError, Exception):
        await jobs.remove_all()
        raise
    finally:
        discard(folder)
    outcome = outcome.model_copy(update={"seed": evaluation.seed})
    # If this fails, the disk is full: the jobs stay, and the next process need not run them again.
    keep(outcome)
    await jobs.remove_all()
    return outcome


async def outcome_of(
    run: RunContext, evaluation: Evaluation, folder: Path, jobs: FolderJobs, seconds: float
) -> Outcome:
    """The evaluator's verdict, or that it took too long; waiting for GPUs takes no time of an attempt."""
    try:
        async with asyncio.timeout(seconds) as clock:
            candidate = Candidate(
                folder=folder,
                sandbox=run.sandbox,
                seed=evaluation.seed,
                logs=evaluation.logs,
                jobs=replace(jobs, on_queue=partial(postpone, clock)),
                on_output=watch_output(run.journal.tell, evaluation.attempt, evaluation.purpose),
                repeat_within=evaluation.repeat_share * seconds,
            )
            return await run.task.evaluator.evaluate(candidate)
    except TimeoutError as error:
        if not clock.expired():  # the evaluator's own, of a socket for instance
            raise broken_evaluator(run, error) from error
        minutes = run.budget.attempt_minutes
        reason = f"the evaluation was stopped after {minutes:g} minutes (--attempt-minutes)"
        return Outcome(status="timeout", reason=reason, isolation=run.sandbox.name)
    except AgentkitError:
        raise
    except Exception as error:
        raise broken_evaluator(run, error) from error


def postpone(clock: asyncio.Timeout, seconds: float) -> None:
    due = clock.when()
    if due is not None and not clock.expired():
        clock.reschedule(due + seconds)


def jobs_of(run: RunContext, evaluation: Evaluation, seconds: float) -> FolderJobs:
    """The evaluation's jobs; those of another snapshot, task or sandbox do not count."""

    async def record(kind: str, **data: object) -> None:
        await run.journal.record(kind, evaluation.account, **data)

    parts = [evaluation.snapshot, evaluation.seed, run.task.reference, run.task.digest, run.sandbox.name]
    return FolderJobs(
        folder=jobs_folder(run.folder) / f"{evaluation.attempt}-{evaluation.seed}",
        sandbox=run.sandbox,
        digest=hashlib.sha256(json.dumps(parts).encode()).hexdigest(),
        run_name=run.folder.name,
        seconds=seconds + LATE_SECONDS,
        record=record,
    )


def jobs_folder(run: Path) -> Path:
    """Below a run's folder; empty but for jobs under way and those of a process that was killed."""
    return run / "jobs"


def broken_evaluator(run: RunContext, error: Exception) -> BrokenPlugin:
    return BrokenPlugin(
        f"The evaluator of {run.task.reference} failed: {type(error).__name__}: {error}",
        "This is a fault of the task, not of the attempt, so the attempt has no outcome.",
        f"Next: mend the task, then `agentkit resume {run.folder}`.",
    )
