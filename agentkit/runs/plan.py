"""Plan: everything about a run that is decided before it starts, and from which setting it came."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agentkit.catalog import Catalog, open_catalog
from agentkit.contracts.model import Model, ModelRole
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.scaffold import Scaffold
from agentkit.contracts.task import Task
from agentkit.contracts.tool import Tool
from agentkit.errors import MissingRequirement
from agentkit.evaluation.benchmarks import load_task
from agentkit.kits import Kit
from agentkit.models.cards import WRITTEN
from agentkit.project import start_folder
from agentkit.runs.folder import open_run
from agentkit.runs.hints import HintPart, Hints, read_hints, read_notes, recorded_notes
from agentkit.runs.model_choice import (
    NO_MODEL,
    choose_model,
    model_names,
    needs_model,
    open_judges,
    open_models,
    refuse_unpriced,
    replayed_settings,
    scripted_notes,
    suggestions,
    transcript_of,
)
from agentkit.runs.simulated import simulated_notes
from agentkit.runs.tools import load_tools, outside
from agentkit.sandboxes.choose import choose_sandbox
from agentkit.sandboxes.walls import refuse_lacking
from agentkit.search.finalise import finaliser_named
from agentkit.search.pieces import with_pieces
from agentkit.search.stop import rules_of
from agentkit.settings import Settings
from agentkit.settings_sources import ResolvedSettings, resolve

OPEN_SANDBOX = (
    "The sandbox is `local`: commands run as your user, and files that a task hides can be read. "
    "Results say so."
)


@dataclass(frozen=True)
class Plan:
    """A run that could start now."""

    task: Task
    resolved: ResolvedSettings
    scaffold: Scaffold
    scaffold_file: Path
    models: Mapping[ModelRole, Model]
    judges: tuple[Model, ...]
    """The panel for what no program can decide, in the order in which it is asked."""
    model: str
    """The name shown; roles that differ are in the manifest."""
    sandbox: Sandbox
    tools: Mapping[str, Tool]
    hints: Hints
    notes: tuple[str, ...]
    """What a user should be told before it starts, in plain words."""
    address: str
    """By which a later process finds the task again: its reference, or its path if it is in no kit."""
    project: Path
    """The folder whose kit and agentkit.toml count."""

    @property
    def settings(self) -> Settings:
        return self.resolved.settings


def make_plan(
    reference: str,
    flags: Mapping[str, Any],
    *,
    environ: Mapping[str, str] | None = None,
    project: Path | None = None,
    user_notes: Sequence[HintPart] | None = None,
) -> Plan:
    """Find, load and check every part. Whatever is wrong is raised here, before anything is spent.

    `user_notes` are those of a run that is gone on with; None: they are read where the settings say.
    """
    environ = os.environ if environ is None else environ
    folder = project or start_folder()
    catalog = open_catalog(project)
    kits = catalog.kits
    resolved = resolve(flags, environ, folder)
    task = load_task(catalog, reference, resolved.settings.profile)
    name, notes = choose_model(task, resolved, catalog, environ)
    if resolved.settings.replay is not None:
        resolved = resolve(flags, environ, folder, replayed_settings(resolved.settings))
    transcript = transcript_of(task, name)
    if transcript is not None:
        resolved = resolve(flags, environ, folder, suggestions(transcript, resolved))
        notes += scripted_notes(transcript, name, task)
    settings = resolved.settings
    scaffold = build_scaffold(catalog, settings)
    models = open_models(name, settings, task) if needs_model(scaffold) else {}
    notes += simulated_notes(models, task)
    judges = open_judges(settings, task.transcripts)
    refuse_unpriced([*models.values(), *judges], settings)
    refuse_lacks(task)
    sandbox = sandbox_for(task, settings, trusted=not models or all_written(name, settings))
    notes += (OPEN_SANDBOX,) if sandbox.name == "local" else ()
    notes += outside(settings) if models else ()
    return Plan(
        task=task,
        resolved=resolved,
        scaffold=scaffold,
        scaffold_file=catalog.find("scaffold", settings.scaffold).path,
        models=models,
        judges=judges,
        model=name if models else NO_MODEL,
        sandbox=sandbox,
        tools=load_tools(catalog, settings, sandbox) if models else {},
        hints=read_hints(task, settings, find_notes(resolved, environ) if user_notes is None else user_notes),
        notes=notes,
        address=address_of(task, reference, catalog, kits),
        project=folder,
    )


def all_written(name: str, settings: Settings) -> bool:
    """What no model thought up is the kit's own, as the evaluator is."""
    return all(each.startswith(WRITTEN) for each in model_names(name, settings))


def sandbox_for(task: Task, settings: Settings, *, trusted: bool) -> Sandbox:
    """Raises MissingRequirement where it lacks a wall that the task needs."""
    sandbox = choose_sandbox(settings.sandbox, trusted=trusted, docker_image=settings.docker_image)
    refuse_lacking(task.needs, sandbox.name, sandbox.walls)
    return sandbox


def build_scaffold(catalog: Catalog, settings: Settings) -> Scaffold:
    """With the user's stop rules beside its own; its prompts' pieces and finaliser as the user wants them."""
    barrier = None if settings.barrier == "auto" else settings.barrier == "on"
    maker = catalog.load("scaffold", settings.scaffold)
    scaffold = maker.build(settings.scaffold_settings, barrier=barrier)
    return replace(
        scaffold,
        operators=with_pieces(scaffold.operators, settings.pieces),
        stop=(*scaffold.stop, *rules_of(settings.target, settings.patience)),
        finaliser=finaliser_named(settings.finaliser) if settings.finaliser else scaffold.finaliser,
    )


def refuse_lacks(task: Task) -> None:
    """Raise MissingRequirement, with the command that mends it, if this machine cannot run the task."""
    lacks = task.evaluator.lacks()
    if lacks:
        raise MissingRequirement(
            f"This machine cannot run {task.reference}: {lacks[0].what}.",
            *(f"Also missing: {lack.what}" for lack in lacks[1:]),
            *(f"Next: {lack.fix}" for lack in lacks),
        )


def address_of(task: Task, reference: str, catalog: Catalog, kits: Sequence[Kit]) -> str:
    """`kits` are those seen without the task; a kit that its path has added is not there next time."""
    entry, name = catalog.find_benchmark(reference)
    return task.reference if entry.kit in kits else str(entry.path / name)


def find_notes(resolved: ResolvedSettings, environ: Mapping[str, str]) -> tuple[HintPart, ...]:
    """The user's files as they are now; of a replay that is told no others, those that its run was given."""
    settings = resolved.settings
    if settings.replay is not None and resolved.origins["notes"] == "transcript":
        return recorded_notes(open_run(settings.replay, settings.runs_folder))
    return read_notes(settings.notes, environ)
