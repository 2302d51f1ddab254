"""Confirm: measure an answer again on fresh seeds, in turn with what it started from, and decide.

Everything that was measured is in one file, written whole after every pair, and what is under way runs as
jobs that the next process finds again. There is no second try: what was decided stays decided.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.confirmation import Confirmation, Contest, Design
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.task import Task
from agentkit.errors import RunFailed, RunProblem
from agentkit.journal.log import Journal
from agentkit.journal.proof import NO_RECORD, RECORD
from agentkit.runs.boundary import redactor_for
from agentkit.runs.confirming.opponents import Opponents, opponents_of_run
from agentkit.runs.folder import RunFolder
from agentkit.runs.interleaved import Interleaved, Side, make_cache, place_for_jobs, silent
from agentkit.runs.kept import read_kept, write_kept
from agentkit.runs.machine import machine_key
from agentkit.runs.plan import Plan
from agentkit.sandboxes.workspace import lay_out
from agentkit.search.progress import Tell
from agentkit.statistics.record_rule import NEVER, comparable, judge
from agentkit.statistics.staged import plan_looks

FILE = "confirm.json"
USUAL_ALPHA = 0.01
"""As the speedrun's rules have it."""
CANDIDATE, AGAINST = "candidate", "start"

Keep = Callable[[Confirmation], None]


@dataclass(frozen=True)
class Place:
    """Where a confirmation is measured, and kept."""

    task: Task
    sandbox: Sandbox
    cache: Path
    path: Path
    """Of its file."""


async def confirm(
    place: Place,
    opponents: Opponents,
    design: Design | None = None,
    *,
    tell: Tell = silent,
    keep: Keep = lambda _: None,
) -> Confirmation:
    """With its verdict. Goes on with what is at `place.path`, which another candidate's replaces.

    `design` None: as it was begun, or else the usual one.
    Raises RunProblem where that was begun by other rules or on another machine, or another process is at
    it; RunFailed if what the candidate is compared with does not run here.
    """
    make_cache(place.path.parent)
    with place_for_jobs(place.path) as jobs:
        if jobs.parent != place.path.parent:
            raise RunProblem(
                f"Another process is confirming the same: {place.path}.", "Next: wait for it to end"
            )
        confirmation = begin(place, opponents, design)
        if confirmation.verdict is not None:
            return confirmation
        place.task.evaluator.prepare(place.cache)
        measuring = both_sides(place, opponents, jobs, tell)
        while (verdict := judge(confirmation)) is None:
            contest = await next_contest(confirmation, measuring)
            confirmation = confirmation.model_copy(update={"contests": (*confirmation.contests, contest)})
            write_kept(place.path, confirmation)
            await measuring.forget_jobs()
            keep(confirmation)
        confirmation = confirmation.model_copy(update={"verdict": verdict})
        write_kept(place.path, confirmation)
    return confirmation


async def confirm_run(
    plan: Plan, folder: RunFolder, design: Design | None = None, *, tell: Tell = silent
) -> Confirmation:
    """Of a run's answer, against the task's start files; the verdict goes into its journal too.

    Holds the run's journal meanwhile. Raises UsageError for a run without an answer.
    """
    journal = Journal(folder.path, redactor_for(plan.settings))
    try:
        opponents = opponents_of_run(folder, journal.state, plan.task)
        place = Place(plan.task, plan.sandbox, plan.settings.cache_folder, folder.path / FILE)
        restore(place.path, journal, opponents)
        confirmation = await confirm(place, opponents, design, tell=tell)
        assert confirmation.verdict is not None, "confirm() decides"
        if journal.state.confirmed is None:
            kind = RECORD if confirmation.verdict.record else NO_RECORD
            assert journal.state.answer is not None
            journal.append(kind, journal.state.answer["attempt"], **confirmation.model_dump(mode="json"))
    finally:
        journal.close()
    return confirmation


def restore(path: Path, journal: Journal, opponents: Opponents) -> None:
    """What the journal says was decided of these files counts, whatever became of the file beside it."""
    if journal.state.confirmed is None:
        return
    decided = Confirmation.model_validate(journal.state.confirmed)
    if decided.candidate_files == opponents.candidate.files and read_kept(Confirmation, path) != decided:
        write_kept(path, decided)


def begin(place: Place, opponents: Opponents, design: Design | None) -> Confirmation:
    """As far as it was made, or empty."""
    known = read_kept(Confirmation, place.path)
    if known is not None and known.candidate_files != opponents.candidate.files:
        known = None
    if design is None:
        design = known.design if known else plan_looks(USUAL_ALPHA)
    fresh = Confirmation(
        task=place.task.reference,
        digest=place.task.digest,
        profile=place.task.profile,
        machine=machine_key(place.sandbox.name),
        sandbox=place.sandbox.name,
        metric=place.task.metric,
        bars=place.task.bars,
        candidate=opponents.candidate.name,
        candidate_files=opponents.candidate.files,
        against=opponents.against.name,
        against_files=opponents.against.files,
        first_seed=opponents.first_seed(place.task),
        design=design,
        created=time.time(),
    )
    if known is None:
        return fresh
    if known.verdict is not None and known.design == design:
        return known
    differs = [name for name in ("digest", "machine", "bars", "against_files", "design")
               if getattr(known, name) != getattr(fresh, name)]  # fmt: skip
    if differs:
        raise refusal(place.path, known, differs[0])
    return known


def refusal(path: Path, known: Confirmation, differs: str) -> RunProblem:
    design = known.design
    looks = ", ".join(str(look.pairs) for look in design.looks)
    begun = {
        "digest": "when the task was another one",
        "machine": f"on another machine or in another sandbox ({known.sandbox})",
        "bars": "when the task asked for something else",
        "against_files": "against other files",
        "design": f"with --alpha {design.alpha:g} and --pairs {design.looks[0].pairs} (looks after {looks})",
    }[differs]
    count = len(known.contests)
    if known.verdict is not None:
        return RunProblem(
            f"This candidate was confirmed {begun}, and there is no second try: {known.verdict.reason}.",
            f"It is kept in {path}",
        )
    return RunProblem(
        f"This candidate's confirmation was begun {begun}; it has {count} pairs.",
        "What is settled before the first measurement cannot be changed after it.",
        f"Next: go on as it was begun; or remove {path}, and with it what was measured",
    )


def both_sides(place: Place, opponents: Opponents, jobs: Path, tell: Tell) -> Interleaved:
    """The start first, then the candidate; and the other way round every second time."""

    def side(name: str, files: str, *, required: bool) -> Side:
        return Side(name, lambda folder: lay_out(opponents.blobs, files, folder), required)

    sides = (
        side(AGAINST, opponents.against.files, required=True),
        side(CANDIDATE, opponents.candidate.files, required=False),
    )
    return Interleaved(place.task, place.sandbox, sides, jobs, tell, "confirmation", opponents.digest)


async def next_contest(confirmation: Confirmation, measuring: Interleaved) -> Contest:
    number = len(confirmation.contests)
    seed = confirmation.first_seed + number
    of = next(look.pairs for look in confirmation.design.looks if look.pairs > number)
    measured = await measuring.measure_pair(seed, number, of)
    against = measured[AGAINST]
    if against.status in NEVER or not comparable(confirmation.metric, against):
        await measuring.forget_jobs()
        raise RunFailed(
            f"On seed {seed}, {confirmation.against} of {confirmation.task} gave nothing to compare with: "
            f"{against.status}, {against.reason}",
            "The pair is not counted, and would be measured anew.",
        )
    return Contest(seed=seed, against=brief(against), candidate=brief(measured[CANDIDATE]))


def brief(outcome: Outcome) -> Outcome:
    """The output of a run that ended well says nothing more, and there are many of them."""
    return outcome.model_copy(update={"log": ""}) if outcome.status == "valid" else outcome


def task_path(task: Task, sandbox: Sandbox, opponents: Opponents, cache: Path) -> Path:
    """Of a confirmation that belongs to no run."""
    name = f"{task.reference.replace('/', '-')}-{task.profile or 'default'}"
    files = f"{opponents.candidate.files[:12]}-{opponents.against.files[:12]}"
    machine = machine_key(sandbox.name)
    return cache / "confirmations" / f"{name}-{task.digest[:12]}-{files}-{machine}.json"
