"""Measuring an ablation: every version on every seed, one after the other, each written down as it comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.task import Task
from agentkit.errors import RunFailed, RunProblem
from agentkit.journal.blobs import Blobs
from agentkit.runs.ablation.design import Design, Version
from agentkit.runs.ablation.record import FILE, Ablation, Measurement, begin
from agentkit.runs.ablation.subject import Subject
from agentkit.runs.confirm import brief
from agentkit.runs.interleaved import Interleaved, Side, make_cache, place_for_jobs, silent
from agentkit.runs.kept import write_kept
from agentkit.sandboxes.workspace import lay_out
from agentkit.search.progress import Tell


@dataclass(frozen=True)
class Place:
    """Where it is measured."""

    task: Task
    sandbox: Sandbox
    cache: Path


@dataclass(frozen=True)
class Measured:
    """What there is, and why it is not more."""

    ablation: Ablation
    design: Design
    """By which it was measured: made anew from what is known now, a limit could refuse it."""
    stopped: str = ""
    """By which limit; empty: all was measured that was planned."""


async def measure(
    place: Place, subject: Subject, plan: Callable[[Ablation], Design], *, tell: Tell = silent
) -> Measured:
    """Goes on with what is at `subject.path`. `plan` is asked once it is known what that is.

    Raises RunProblem where another process is at it, or where that holds for something else; RunFailed if
    the attempt itself gives no figure here.
    """
    path = subject.path / FILE
    make_cache(subject.path)
    with place_for_jobs(path) as jobs:
        if jobs.parent != path.parent:
            raise RunProblem(f"Another process measures the same: {path}.", "Next: wait for it to end")
        ablation = begin(path, place.task, place.sandbox, subject.opponents)
        design = plan(ablation)
        measuring = measuring_at(place, subject, jobs, tell)
        place.task.evaluator.prepare(place.cache)
        to_do = design.to_do(ablation.first_seed)
        for number, (version, seed) in enumerate(to_do):
            if ablation.without_figure(version.files) is not None:
                continue
            if stopped := over(design, ablation):
                return Measured(ablation, design, stopped)
            purpose = f"ablation {version.name} {number + 1}/{len(to_do)}"
            tell("calibrating", purpose=purpose)
            side = side_of(subject.opponents.blobs, version)
            outcome = brief(await measuring.measure(side, seed, purpose))
            found = Measurement(files=version.files, seed=seed, outcome=outcome)
            ablation = ablation.model_copy(update={"measurements": (*ablation.measurements, found)})
            write_kept(path, ablation)
            await measuring.forget_jobs()
            refuse_without_whole(ablation, subject)
    return Measured(ablation, design)


def measuring_at(place: Place, subject: Subject, jobs: Path, tell: Tell) -> Interleaved:
    opponents = subject.opponents
    ends = (
        side_of(opponents.blobs, Version("start", opponents.against.files)),
        side_of(opponents.blobs, Version("whole", opponents.candidate.files)),
    )
    return Interleaved(place.task, place.sandbox, ends, jobs, tell, "ablation", opponents.digest)


def side_of(blobs: Blobs, version: Version) -> Side:
    """Named by its files, so that another process finds its job whatever the edits are called there."""
    return Side(version.files[:16], lambda folder: lay_out(blobs, version.files, folder), required=False)


def refuse_without_whole(ablation: Ablation, subject: Subject) -> None:
    why = ablation.without_figure(subject.opponents.candidate.files)
    if why is not None:
        raise RunFailed(
            f"The {ablation.attempt} gives no figure here, so there is nothing to explain: {why}",
            f"It is kept in {subject.path / FILE}",
            "Next: agentkit doctor; then remove that file to try again",
        )


def over(design: Design, ablation: Ablation) -> str:
    """The limit that the next measurement could pass."""
    limits, last_seed = design.limits, ablation.first_seed + design.seeds - 1
    # What the budget was judged by: neither other versions nor further seeds, which were measured before.
    done = [each.outcome.seconds for each in design.measured(ablation) if each.seed <= last_seed]
    if limits.evaluations is not None and len(done) >= limits.evaluations:
        return f"--evaluations {limits.evaluations}"
    usual = sum(done) / len(done) if done else design.seconds or 0.0
    if limits.minutes is not None and sum(done) + usual > 60 * limits.minutes:
        return f"--minutes {limits.minutes:g}"
    return ""
