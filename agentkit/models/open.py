"""From a model's name, as a user types it, to a model."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from agentkit.contracts.model import Model, ModelCard
from agentkit.errors import UnknownName, nearest
from agentkit.models.cards import SCRIPTED, SIMULATED, WRITTEN, model_card, price_table
from agentkit.models.direct import PROVIDERS, DirectModel
from agentkit.models.keys import address_of, check_address, check_key
from agentkit.models.litellm_model import LitellmModel
from agentkit.models.live import LiveModel
from agentkit.models.patience import Patience
from agentkit.models.scripted import ScriptedModel
from agentkit.models.simulated.model import SimulatedModel, Simulation
from agentkit.models.simulated.opening import open_simulated
from agentkit.models.transcript import read_transcript

FORMS = ("openai/…", "anthropic/…", "gemini/…", "ollama/…", "hosted_vllm/…", "scripted/…", "simulated/…")
"""How names look; whatever follows the provider is passed on as it is."""


def open_model(
    name: str,
    *,
    transcripts: Mapping[str, Path],
    simulation: Simulation | None = None,
    temperature: float | None = None,
    reasoning_effort: str | None = None,
    base_url: str | None = None,
    key_variable: str | None = None,
    max_tokens: int | None = None,
    timeout_seconds: float = 1800.0,
    stall_seconds: float = 120.0,
    client: str = "auto",
    shown_as: str | None = None,
    card: ModelCard | None = None,
    patience: Patience | None = None,
    profiles: Collection[str] = (),
    environ: Mapping[str, str] | None = None,
) -> Model:
    """`scripted/…`: one of the task's `transcripts`; `simulated/…`: its `simulation`; all else: a live model.

    One at an address of the user's that takes OpenAI's chat requests is called directly, unless `client`
    is `litellm`; all others through litellm. `profiles`: names that are right, too; `shown_as`: its own.
    Raises UnknownName, BadFile for a transcript with a mistake, UsageError for an address that is none,
    and MissingRequirement for a live model without its key. Opens no connection and does not import litellm.
    """
    if name.startswith(WRITTEN):
        return open_written(name, transcripts, simulation)
    environ = os.environ if environ is None else environ
    full = full_name(name, profiles)
    address = base_url or address_of(full, environ)
    if address:
        check_address(full, address)
    check_key(full, base_url, environ, key_variable)
    chosen: type[LiveModel] = LitellmModel
    if address and client != "litellm" and full.partition("/")[0] in PROVIDERS:
        chosen, base_url = DirectModel, address
    return chosen(
        name,
        name=shown_as,
        temperature=temperature,
        reasoning_effort=reasoning_effort,
        base_url=base_url,
        key_variable=key_variable,
        max_tokens=max_tokens,
        timeout_seconds=timeout_seconds,
        stall_seconds=stall_seconds,
        card=card or model_card(name),
        patience=patience,
    )


def full_name(name: str, profiles: Collection[str] = ()) -> str:
    """With its provider, which a few names do without. Raises UnknownName."""
    provider, slash, model = name.partition("/")
    if slash and provider and model:
        return name
    entry = None if slash else price_table().get(name)
    if entry is None:
        raise unknown_model(name, profiles)
    return f"{entry.provider}/{name}"


def open_written(
    name: str, transcripts: Mapping[str, Path], simulation: Simulation | None
) -> ScriptedModel | SimulatedModel:
    if name.startswith(SCRIPTED):
        return open_transcript(name.removeprefix(SCRIPTED), transcripts)
    return open_simulated(name.removeprefix(SIMULATED), simulation)


def open_transcript(name: str, transcripts: Mapping[str, Path]) -> ScriptedModel:
    if name not in transcripts:
        raise UnknownName(
            "transcript",
            name,
            [f"{SCRIPTED}{each}" for each in transcripts],
            looked_in=sorted({str(path.parent) for path in transcripts.values()})
            or ["the task, which has none"],
            next_step="give one of these, or a live model such as `--model openai/…`",
        )
    return ScriptedModel(read_transcript(transcripts[name]), f"{SCRIPTED}{name}")


def unknown_model(name: str, profiles: Collection[str] = ()) -> UnknownName:
    near = nearest(name, [*profiles, *(each for each in price_table() if "/" not in each)])
    return UnknownName(
        "model",
        name,
        [*profiles, *FORMS],
        looked_in=["the [models] of agentkit.toml"] if profiles else (),
        next_step="write the provider before the model's own name"
        + (f"; or did you mean {' or '.join(near)}?" if near else ""),
    )
