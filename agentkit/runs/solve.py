"""Solve a task, or go on with a run that was cut off."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from agentkit.contracts.events import Observer
from agentkit.errors import AgentkitError, RunProblem, Terminated
from agentkit.journal.blobs import Blobs
from agentkit.journal.log import Journal
from agentkit.journal.redaction import unnamed, was_redacted
from agentkit.journal.shared_budget import SharedBudget, read_caps
from agentkit.models.cards import card_of
from agentkit.runs.boundary import guarded, guarded_observer, redactor_for
from agentkit.runs.calibrate import make_cache
from agentkit.runs.closing import Closing
from agentkit.runs.earlier import gains_of_runs
from agentkit.runs.folder import RunFolder, create_run, open_run, write_whole
from agentkit.runs.full_disk import told_as_full
from agentkit.runs.hints import keep_notes, recorded_notes, say_changed
from agentkit.runs.logs import RunLog
from agentkit.runs.manifest import manifest
from agentkit.runs.model_choice import ROLES
from agentkit.runs.plan import Plan, make_plan
from agentkit.runs.run import Run
from agentkit.runs.scrub import Cleaner
from agentkit.runs.yardstick import refuse_unpublished, say_ends, set_yardstick
from agentkit.sandboxes.default_limits import limited
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.workspace import SnapshotWorkspace
from agentkit.search.context import RunContext
from agentkit.search.evaluate import jobs_folder
from agentkit.search.prompt import digests
from agentkit.settings_file import FILE
from agentkit.settings_sources import PREFIX, resolve

Result = TypeVar("Result")


def solve(task: str, *, observers: Sequence[Observer] = (), **settings: Any) -> Run:
    """Solve one task with one scaffold and one model; the settings are those of `agentkit solve`.

        run = agentkit.solve("speedrun/record12", scaffold="aide", hints=("text",), attempts=4)
        print(run.best.fsr, run.path)

    Raises AgentkitError for what is wrong before the start, and for a fault that ended the run; whatever
    was done until then is in the run folder, and `resume` goes on with it.
    """
    plan = plan_solve(task, settings)
    folder = create_run(plan.settings.runs_folder, plan.task.reference, manifest(plan))
    return run_to_end(carry_out(plan, folder, observers))


def plan_solve(task: str, flags: Mapping[str, Any]) -> Plan:
    """`make_plan`, and raises UsageError if scores are to be relative to ends that nobody published."""
    plan = make_plan(task, flags)
    refuse_unpublished(plan.task, plan.settings)
    return plan


def resume(run: str | Path, *, observers: Sequence[Observer] = (), **overrides: Any) -> Run:
    """Go on with a run; `overrides` may raise its caps. Finished attempts are not made again."""
    folder = open_run(run, Path(overrides.pop("runs_folder", None) or "runs"))
    return run_to_end(carry_out(plan_again(folder, overrides), folder, observers))


def plan_again(folder: RunFolder, overrides: Mapping[str, Any]) -> Plan:
    """The plan of a run that exists, from its manifest: neither the environment nor agentkit.toml counts."""
    told = folder.manifest
    # None was decided on too; as text it is not taken for a setting that was not given.
    settings = {name: "none" if value is None else value for name, value in told["settings"].items()}
    given = {**settings, "sandbox": told["sandbox"]}
    if told["model"] != "none" and not all(told["settings"].get(f"{role}_model") for role in ROLES):
        given["model"] = told["model"]
    given.update({name: value for name, value in overrides.items() if value is not None})
    put_back(given, Path(told["project"]), folder.path)
    return make_plan(
        told["task_address"],
        given,
        environ={},
        project=Path(told["project"]),
        user_notes=recorded_notes(folder),
    )


def put_back(given: dict[str, Any], project: Path, run: Path) -> None:
    """Secrets are not kept with a run, so a setting that held one is looked up where it came from.

    Raises RunProblem where it is not there any more, or says something else.
    """
    for name in [name for name, value in given.items() if was_redacted(str(value))]:
        settings = resolve({}, os.environ, project).settings
        found = settings.model_dump(mode="json").get(name)
        if unnamed(redactor_for(settings).value(found)) != unnamed(given[name]):
            raise RunProblem(
                f"The run's setting {name} held a secret, which is not kept with the run.",
                f"Kept: {given[name]}",
                f"Looked in: {PREFIX}{name.upper()} and {project / FILE}",
                f"Next: give it again in one of these, then `agentkit resume {run}`",
            )
        given[name] = found


def run_to_end(work: Coroutine[Any, Any, Result]) -> Result:
    """Run it; Ctrl-C and SIGTERM cancel it, so that it can stop its commands and close its journal.

    Raises KeyboardInterrupt for the first and Terminated for the second.
    """
    terminated = False

    async def guarded() -> Result:
        task = asyncio.current_task()
        assert task is not None

        def stop() -> None:
            nonlocal terminated
            if not terminated:  # a second one, as schedulers send, must not break off the cleaning up
                terminated = True
                task.cancel()

        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, stop)
        try:
            return await work
        except asyncio.CancelledError:
            if terminated:
                raise Terminated("The run was stopped by SIGTERM.") from None
            raise
        finally:
            loop.remove_signal_handler(signal.SIGTERM)

    return asyncio.run(guarded())


async def carry_out(plan: Plan, folder: RunFolder, observers: Sequence[Observer]) -> Run:
    """From the first event to the last. However it ends, the journal says so and summary.json is written."""
    redactor = redactor_for(plan.settings)
    plan = guarded(plan, redactor)
    journal = Journal(folder.path, redactor)
    with told_as_full(folder.path), RunLog(folder.path, redactor) as log:
        cleaner = Cleaner(folder.path, redactor, log.fault)
        watching: list[Observer] = [cleaner, log, *observers]
        journal.observers += [guarded_observer(each, redactor) for each in watching]
        try:
            _open(plan, folder, journal)
            try:
                await _search(plan, folder, journal)
                journal.append("run_ended", state="ended", reason=journal.state.reason)
            except asyncio.CancelledError:
                journal.append("run_ended", state="interrupted", reason="stopped by the user")
                raise
            except AgentkitError as error:
                journal.append("run_ended", state="failed", reason=error.message)
                raise
            finally:
                await _end_jobs(plan, folder, journal)
                await plan.sandbox.close()
        finally:
            summary = folder.summary()
            write_whole(folder.path / "summary.json", summary.model_dump_json(indent=2) + "\n")
            cleaner.finish()
            journal.close()
    return Run(folder, summary)


def _open(plan: Plan, folder: RunFolder, journal: Journal) -> None:
    kind = "run_resumed" if journal.state.count else "run_started"
    settings = plan.settings
    journal.append(
        kind,
        run=folder.name,
        task=plan.task.reference,
        scaffold=settings.scaffold,
        model=plan.model,
        hints=list(plan.hints.levels),
        hint_source=plan.hints.source,
        hint_notes=[part.name for part in plan.hints.notes],
        profile=plan.task.profile,
        sandbox=plan.sandbox.name,
        seed=settings.seed,
        caps=settings.budget.model_dump(mode="json"),
        notes=list(plan.notes),
    )
    keep_notes(plan.hints, folder)
    if text := say_changed(folder.manifest, plan.hints):
        journal.append("note", text=text)
    if kind == "run_resumed" and (changed := changed_prompts(folder)):
        names = ", ".join(changed)
        text = (
            f"Prompts have changed since this run began ({names}): what is asked from now on is asked anew."
        )
        journal.append("note", text=text)
    if kind == "run_resumed" and folder.manifest["task_digest"] != plan.task.digest:
        journal.append(
            "note",
            text="The task has changed since this run began: earlier figures and later ones do not compare.",
        )


def changed_prompts(folder: RunFolder) -> list[str]:
    """Names of the prompts that are not those in the run's manifest; none where it has none."""
    then, now = folder.manifest.get("prompts"), digests()
    return [name for name, digest in (then or {}).items() if now.get(name) != digest]


async def _search(plan: Plan, folder: RunFolder, journal: Journal) -> None:
    # Here, because importing langgraph takes most of a second that no other command should pay.
    from agentkit.graph.drive import drive

    settings = plan.settings
    make_cache(settings.cache_folder)
    environment = limited(plan.task.evaluator.prepare(settings.cache_folder), settings)
    shared = _share(plan, folder, journal)
    await set_yardstick(plan, journal)
    run = RunContext(
        task=plan.task,
        environment=environment,
        scaffold=plan.scaffold,
        journal=journal,
        blobs=folder.blobs,
        sandbox=plan.sandbox,
        models=plan.models,
        tools=plan.tools,
        budget=settings.budget,
        hints=plan.hints.text,
        seed=settings.seed,
        folder=folder.path,
        start=snapshot_files(plan.task.files, folder.blobs),
        width=settings.width or plan.scaffold.width,
        edits_only=settings.coder == "edit",
        measurements=settings.measurements,
        cards={model.name: card_of(model) for model in plan.models.values()},
        longest_reply=settings.max_tokens,
        reference=say_ends(plan, journal),
        shared=shared,
        earlier=gains_of_runs(settings.earlier, settings.runs_folder),
    )
    await drive(run, Closing(run, plan.judges), folder.path / "checkpoints.sqlite")


async def _end_jobs(plan: Plan, folder: RunFolder, journal: Journal) -> None:
    """No command outlives its run, unless the run is killed. What had ended is kept until the run is over."""
    place = jobs_folder(folder.path)
    for each in sorted(place.iterdir()) if place.is_dir() else ():
        jobs = FolderJobs(each, plan.sandbox, record=journal.record)
        await jobs.remove_running()
        if (journal.state.ended or {}).get("state") == "ended":
            await jobs.remove_all()
    with contextlib.suppress(OSError):
        place.rmdir()


def _share(plan: Plan, folder: RunFolder, journal: Journal) -> SharedBudget | None:
    """Take part in a budget of several runs, with what this one has committed so far."""
    file = plan.settings.shared_budget
    if file is None:
        return None
    shared = SharedBudget(file, read_caps(file), folder.path, journal.state)
    shared.keep()
    journal.observers.append(shared.observe)
    return shared


def snapshot_files(files: Mapping[str, Path], blobs: Blobs) -> str:
    """Digest of a workspace that holds exactly the task's start files."""
    with tempfile.TemporaryDirectory(prefix="agentkit-start-") as place:
        for name, source in files.items():
            target = Path(place, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
            target.chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)
        return SnapshotWorkspace(Path(place), blobs).snapshot()
