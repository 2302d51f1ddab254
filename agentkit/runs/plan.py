"""Plan: everything about a run that is decided before it starts, and from which setting it came."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentkit.catalog import Catalog, open_catalog
from agentkit.contracts.model import Model, ModelRole
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.scaffold import Scaffold
from agentkit.contracts.task import Task
from agentkit.contracts.tool import Tool
from agentkit.errors import MissingRequirement, UnknownName, UsageError
from agentkit.evaluation.benchmarks import load_task
from agentkit.kits import Kit
from agentkit.models.cards import SCRIPTED, model_card
from agentkit.models.fallback import FallbackModel
from agentkit.models.keys import find_key
from agentkit.models.open import open_model
from agentkit.models.transcript import Transcript, read_transcript
from agentkit.project import start_folder
from agentkit.sandboxes.choose import choose_sandbox
from agentkit.settings import ResolvedSettings, Settings, resolve

ROLES: tuple[ModelRole, ...] = ("planner", "coder", "reviewer", "judge")
NO_MODEL = "none"


@dataclass(frozen=True)
class Plan:
    """A run that could start now."""

    task: Task
    resolved: ResolvedSettings
    scaffold: Scaffold
    scaffold_file: Path
    models: Mapping[ModelRole, Model]
    model: str
    """The name shown; roles that differ are in the manifest."""
    sandbox: Sandbox
    tools: Mapping[str, Tool]
    hints: str
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
) -> Plan:
    """Find, load and check every part. Whatever is wrong is raised here, before anything is spent."""
    environ = os.environ if environ is None else environ
    folder = project or start_folder()
    catalog = open_catalog(project)
    kits = catalog.kits
    resolved = resolve(flags, environ, folder)
    task = load_task(catalog, reference, resolved.settings.profile)
    name, notes = choose_model(task, resolved, catalog, environ)
    transcript = transcript_of(task, name)
    if transcript is not None:
        resolved = resolve(flags, environ, folder, suggestions(transcript, resolved))
        notes += scripted_notes(transcript, name, task)
    settings = resolved.settings
    maker = catalog.load("scaffold", settings.scaffold)
    scaffold = maker.build(settings.scaffold_settings)
    models = open_models(name, settings, task) if needs_model(scaffold) else {}
    refuse_lacks(task)
    trusted = all(each.startswith(SCRIPTED) for each in model_names(name, settings)) or not models
    sandbox = choose_sandbox(settings.sandbox, trusted=trusted)
    if sandbox.name == "local":
        notes += (
            "The sandbox is `local`: commands run as your user, and files that a task hides can be read. "
            "Results say so.",
        )
    return Plan(
        task=task,
        resolved=resolved,
        scaffold=scaffold,
        scaffold_file=catalog.find("scaffold", settings.scaffold).path,
        models=models,
        model=name if models else NO_MODEL,
        sandbox=sandbox,
        tools={each: catalog.load("tool", each) for each in settings.tools} if models else {},
        hints=read_hints(task, settings.hints),
        notes=notes,
        address=address_of(task, reference, catalog, kits),
        project=folder,
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


def choose_model(
    task: Task, resolved: ResolvedSettings, catalog: Catalog, environ: Mapping[str, str]
) -> tuple[str, tuple[str, ...]]:
    """The one asked for; without any, and without any key, the task's demonstration."""
    settings = resolved.settings
    if settings.model is not None:
        return settings.model, ()
    if resolved.origins["scaffold"] != "default":
        maker = catalog.load("scaffold", settings.scaffold)
        if not needs_model(maker.build(settings.scaffold_settings)):
            return NO_MODEL, ()
    if settings.models:
        raise UsageError(
            "No model was named.",
            f"Profiles in agentkit.toml: {', '.join(settings.models)}",
            f"Next: add --model {next(iter(settings.models))}, or `model` to [solve]",
        )
    key = find_key(environ)
    if key is not None:
        raise UsageError(
            f"No model was named, and {key.variable} is set: say which model to use.",
            f"Next: add --model {key.example}",
            "Or, to watch the task's own recorded demonstration: --model "
            f"{SCRIPTED}{next(iter(task.transcripts), '…')}",
        )
    if task.transcripts:
        return SCRIPTED + next(iter(task.transcripts)), ()
    raise MissingRequirement(
        f"{task.reference} needs a model: none was named, no key was found, and it ships no transcript.",
        "Next: export OPENAI_API_KEY=… (or another provider's), then add --model PROVIDER/NAME",
    )


def transcript_of(task: Task, model: str) -> Transcript | None:
    name = model.removeprefix(SCRIPTED)
    if not model.startswith(SCRIPTED) or name not in task.transcripts:
        return None
    return read_transcript(task.transcripts[name])


def suggestions(transcript: Transcript, resolved: ResolvedSettings) -> dict[str, Any]:
    """What the transcript was written for; its scaffold's settings only if that scaffold is used."""
    chosen = resolved.settings.scaffold
    if resolved.origins["scaffold"] != "default" and chosen != transcript.scaffold:
        return {}
    return {
        "scaffold": transcript.scaffold,
        "scaffold_settings": transcript.settings,
        "attempts": transcript.attempts,
    }


def scripted_notes(transcript: Transcript, name: str, task: Task) -> tuple[str, ...]:
    return (
        f"This is a recorded demonstration ({name}): no model is called. "
        "Its replies were written beforehand; every command, training run and measurement is real.",
        f"For a live model: export its key, then `agentkit solve {task.reference} --model PROVIDER/NAME`.",
    )


def needs_model(scaffold: Scaffold) -> bool:
    return scaffold.graph is not None or any(each.writer == "model" for each in scaffold.operators.values())


def model_names(name: str, settings: Settings) -> Sequence[str]:
    return [settings.model_for(role) or name for role in ROLES]


def open_models(name: str, settings: Settings, task: Task) -> dict[ModelRole, Model]:
    """One client a name, shared by the roles that use it; behind each the fallbacks."""
    names = dict(zip(ROLES, model_names(name, settings), strict=True))
    clients = {each: open_named(each, settings, task) for each in {*names.values(), *settings.fallbacks}}
    models: dict[ModelRole, Model] = {}
    answering: dict[str, Model] = {}
    for role, each in names.items():
        if each not in answering:
            following = [other for other in settings.fallbacks if other != each]
            alone = each.startswith(SCRIPTED) or not following
            several = [clients[each], *(clients[other] for other in following)]
            answering[each] = clients[each] if alone else FallbackModel(several)
        models[role] = answering[each]
    return models


def open_named(name: str, settings: Settings, task: Task) -> Model:
    """A model or a profile of one."""
    told = settings.called(name)
    return open_model(
        told.model,
        shown_as=name,
        transcripts=task.transcripts,
        temperature=told.temperature,
        reasoning_effort=told.reasoning_effort,
        base_url=told.base_url,
        key_variable=told.key_variable,
        max_tokens=told.max_tokens,
        stall_seconds=settings.stall_seconds,
        client=settings.client,
        card=model_card(told.model, told.price_in, told.price_out, told.context),
        profiles=tuple(settings.models),
    )


def read_hints(task: Task, levels: Sequence[str]) -> str:
    """The texts of the levels, in the order asked for; `1+2` is short for both."""
    wanted = [part for level in levels for part in level.split("+") if part not in ("", "none", "0")]
    for level in wanted:
        if level not in task.hints:
            raise UnknownName("hint level", level, task.hints, [str(task.folder)], "--hints 1+2, or none")
    return "\n\n".join(task.hints[level].read_text(encoding="utf-8").strip() for level in wanted)
