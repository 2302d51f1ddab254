"""One evaluation of one snapshot by the task's own evaluator."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from agentkit.contracts.outcome import Outcome
from agentkit.contracts.task import Candidate
from agentkit.errors import AgentkitError, BrokenPlugin
from agentkit.sandboxes.workspace import lay_out
from agentkit.search.context import AttemptWork, RunContext
from agentkit.search.progress import watch_output


async def evaluate_snapshot(work: AttemptWork, snapshot: str) -> Outcome:
    """What a search evaluates: on the attempt's own seed, its log kept in the attempt's folder."""
    outcome = await evaluate(
        work.run, snapshot, work.evaluation_seed, work.folder / "logs", work.id, f"attempt {work.id}"
    )
    (work.folder / "outcome.log").write_text(outcome.log, encoding="utf-8", errors="replace")
    return outcome


async def evaluate(
    run: RunContext, snapshot: str, seed: int, logs: Path, attempt: str, purpose: str
) -> Outcome:
    """Lays the snapshot out fresh, evaluates it, removes the layout.

    An evaluator reports what a candidate did as an outcome; if it raises, the fault is the task's
    (BrokenPlugin), and the run stops instead of blaming the candidate.
    """
    logs.mkdir(parents=True, exist_ok=True)
    folder = logs / f"candidate-{seed}"
    lay_out(run.blobs, snapshot, folder)
    candidate = Candidate(
        folder=folder,
        sandbox=run.sandbox,
        seed=seed,
        logs=logs,
        on_output=watch_output(run.journal.tell, attempt, purpose),
    )
    minutes = run.budget.attempt_minutes
    try:
        async with asyncio.timeout(60 * minutes) as clock:
            outcome = await run.task.evaluator.evaluate(candidate)
        return outcome.model_copy(update={"seed": seed})
    except TimeoutError as error:
        if not clock.expired():  # the evaluator's own, of a socket for instance
            raise broken_evaluator(run, error) from error
        reason = f"the evaluation was stopped after {minutes:g} minutes (--attempt-minutes)"
        return Outcome(status="timeout", reason=reason, isolation=run.sandbox.name, seed=seed)
    except AgentkitError:
        raise
    except Exception as error:
        raise broken_evaluator(run, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def broken_evaluator(run: RunContext, error: Exception) -> BrokenPlugin:
    return BrokenPlugin(
        f"The evaluator of {run.task.reference} failed: {type(error).__name__}: {error}",
        "This is a fault of the task, not of the attempt, so the attempt has no outcome.",
        f"Next: mend the task, then `agentkit resume {run.folder}`.",
    )
