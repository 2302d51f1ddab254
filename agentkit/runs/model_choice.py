"""Which models a run asks: named, chosen by what is there, recorded; and behind which fallbacks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from agentkit.catalog import Catalog
from agentkit.contracts.model import Model, ModelRole
from agentkit.contracts.scaffold import Scaffold
from agentkit.contracts.task import Task
from agentkit.errors import MissingRequirement, UsageError
from agentkit.journal.shared_budget import read_caps
from agentkit.models.cards import SCRIPTED, SIMULATED, WRITTEN, card_of, model_card
from agentkit.models.fallback import FallbackModel
from agentkit.models.keys import find_key
from agentkit.models.open import open_model
from agentkit.models.patience import Patience
from agentkit.models.recorded import CachedModel, ReplayModel
from agentkit.models.simulated.model import Simulation
from agentkit.models.transcript import Transcript, read_transcript
from agentkit.runs.folder import open_run
from agentkit.runs.simulated import has_known_edits, simulation_of
from agentkit.settings import Settings
from agentkit.settings_sources import ResolvedSettings

ROLES: tuple[ModelRole, ...] = ("planner", "coder", "reviewer", "judge")
NO_MODEL = "none"
REPLAY = "replay/"
REPLAYED = (
    *("scaffold", "scaffold_settings", "hints", "hint_source", "hint_folder", "notes"),
    *("seed", "attempts", "turns", "tools", "width", "coder", "reference"),
)
"""Settings that a replay takes from the recorded run, unless it is told others."""


def choose_model(
    task: Task, resolved: ResolvedSettings, catalog: Catalog, environ: Mapping[str, str]
) -> tuple[str, tuple[str, ...]]:
    """The one asked for, or the coder's where every role has its own.

    Without any, and without any key, the task's demonstration.
    """
    settings = resolved.settings
    if settings.replay is not None:
        run = open_run(settings.replay, settings.runs_folder)
        note = f"Replies are those of {run.name}: no model is called; a request that differs ends it."
        return REPLAY + run.name, (note,)
    if settings.model is not None:
        return settings.model, ()
    if resolved.origins["scaffold"] != "default":
        maker = catalog.load("scaffold", settings.scaffold)
        if not needs_model(maker.build(settings.scaffold_settings)):
            return NO_MODEL, ()
    if settings.coder_model is not None and all(map(settings.model_for, ROLES)):
        return settings.coder_model, ()
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
        f"Or, without a key, a simulation: --model {SIMULATED}modest" if has_known_edits(task) else "",
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


def replayed_settings(settings: Settings) -> dict[str, Any]:
    """Those of the recorded run, as it was told them."""
    told = open_run(settings.replay or "", settings.runs_folder).manifest["settings"]
    return {name: told[name] for name in REPLAYED if told.get(name) is not None}


def needs_model(scaffold: Scaffold) -> bool:
    return scaffold.graph is not None or any(each.writer == "model" for each in scaffold.operators.values())


def model_names(name: str, settings: Settings) -> Sequence[str]:
    return [settings.model_for(role) or name for role in ROLES]


def open_models(name: str, settings: Settings, task: Task) -> dict[ModelRole, Model]:
    """One client a name, shared by the roles that use it; behind each the fallbacks."""
    if settings.replay is not None:
        run = open_run(settings.replay, settings.runs_folder)
        return dict.fromkeys(ROLES, ReplayModel(run.name, run.state(), run.blobs))
    names = dict(zip(ROLES, model_names(name, settings), strict=True))
    wanted = {*names.values(), *settings.fallbacks}
    simulated = any(settings.called(each).model.startswith(SIMULATED) for each in wanted)
    simulation = simulation_of(task, settings) if simulated else None
    clients = {each: open_named(each, settings, task.transcripts, simulation) for each in wanted}
    models: dict[ModelRole, Model] = {}
    answering: dict[str, Model] = {}
    for role, each in names.items():
        if each not in answering:
            following = [other for other in settings.fallbacks if other != each]
            alone = each.startswith(WRITTEN) or not following
            several = [clients[each], *(clients[other] for other in following)]
            answering[each] = clients[each] if alone else FallbackModel(several)
        models[role] = answering[each]
    return models


def open_judges(settings: Settings, transcripts: Mapping[str, Path]) -> tuple[Model, ...]:
    """The panel, in the order in which it is asked; empty where nobody was named."""
    names = settings.judges or (() if settings.judge_model is None else (settings.judge_model,))
    return tuple(open_named(each, settings, transcripts) for each in dict.fromkeys(names))


def open_named(
    name: str, settings: Settings, transcripts: Mapping[str, Path], simulation: Simulation | None = None
) -> Model:
    """A model or a profile of one."""
    told = settings.called(name)
    model = open_model(
        told.model,
        shown_as=name,
        transcripts=transcripts,
        simulation=simulation,
        temperature=told.temperature,
        reasoning_effort=told.reasoning_effort,
        base_url=told.base_url,
        key_variable=told.key_variable,
        max_tokens=told.max_tokens,
        stall_seconds=settings.stall_seconds,
        client=settings.client,
        card=model_card(told.model, told.price_in, told.price_out, told.context),
        # Under a cap every try that may be billed is reserved by itself, so the client makes only one.
        patience=Patience(cut_tries=1) if settings.budget.limits_calls or settings.shared_budget else None,
        profiles=tuple(settings.models),
    )
    if settings.cache == "off" or told.model.startswith(WRITTEN):
        return model
    if settings.cache == "on" and told.temperature != 0:
        raise UsageError(
            f"Replies of {name} are sampled, so keeping them would hide how much they vary.",
            f"Found: --cache on with temperature {told.temperature}",
            "Next: --temperature 0, or --cache always if that is what you want",
        )
    shaping = f"{told.temperature} {told.reasoning_effort} {told.max_tokens}"
    return CachedModel(model, settings.cache_folder / "replies", shaping)


def refuse_unpriced(models: Collection[Model], settings: Settings) -> None:
    """Raise UsageError for a cap in dollars that nobody could keep."""
    told = {each: getattr(settings, each) for each in ("dollars", "attempt_dollars")}
    capped = [f"--{name.replace('_', '-')} {cap}" for name, cap in told.items() if cap is not None]
    if settings.shared_budget is not None:
        cap = read_caps(settings.shared_budget).dollars
        capped += [] if cap is None else [f"dollars = {cap} in {settings.shared_budget}"]
    unpriced = sorted({model.name for model in models if card_of(model).price is None})
    if capped and unpriced:
        raise UsageError(
            f"A cap in dollars cannot be kept: the price of {', '.join(unpriced)} is not known.",
            f"Found: {capped[0]}",
            "Next: give it, in dollars a million tokens: --price-in 3 --price-out 15",
            "Or cap something else: --tokens, --minutes, --attempts",
        )
