"""From a model's name, as a user types it, to a model."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
from collections.abc import Mapping
from pathlib import Path

from agentkit.contracts.model import Model
from agentkit.errors import UnknownName, nearest
from agentkit.models.keys import check_key
from agentkit.models.litellm_model import LitellmModel
from agentkit.models.scripted import ScriptedModel
from agentkit.models.transcript import read_transcript

SCRIPTED = "scripted/"
FORMS = ("openai/…", "anthropic/…", "gemini/…", "ollama/…", "hosted_vllm/…", "scripted/…")
"""How names look; whatever follows the provider is passed on as it is."""


def open_model(
    name: str,
    *,
    transcripts: Mapping[str, Path],
    temperature: float | None = None,
    reasoning_effort: str | None = None,
    base_url: str | None = None,
    max_tokens: int | None = None,
    timeout_seconds: float = 600.0,
    environ: Mapping[str, str] | None = None,
) -> Model:
    """`scripted/<name>` is one of the task's `transcripts`; anything else is called through litellm.

    Raises UnknownName, BadFile for a transcript with a mistake, and MissingRequirement for a live model
    without its key. Opens no connection and does not import litellm.
    """
    if name.startswith(SCRIPTED):
        return open_transcript(name.removeprefix(SCRIPTED), transcripts)
    provider, slash, model = name.partition("/")
    if slash and not (provider and model):
        raise unknown_model(name)
    if not slash and name not in bare_names():
        raise unknown_model(name)
    full = name if slash else f"{bare_names()[name]}/{name}"
    check_key(full, base_url, os.environ if environ is None else environ)
    return LitellmModel(
        name,
        temperature=temperature,
        reasoning_effort=reasoning_effort,
        base_url=base_url,
        max_tokens=max_tokens,
        timeout_seconds=timeout_seconds,
    )


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


def unknown_model(name: str) -> UnknownName:
    near = nearest(name, bare_names())
    return UnknownName(
        "model",
        name,
        FORMS,
        next_step="write the provider before the model's own name"
        + (f"; or did you mean {' or '.join(near)}?" if near else ""),
    )


@functools.cache
def bare_names() -> Mapping[str, str]:
    """Names that litellm takes without a provider, and that provider.

    From its price table in the file, because importing litellm takes seconds.
    """
    package = importlib.util.find_spec("litellm")
    folders = package.submodule_search_locations if package else None
    if not folders:
        return {}
    try:
        text = (Path(folders[0]) / "model_prices_and_context_window_backup.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}  # another release may keep it elsewhere; a name with a provider always works
    return {
        name: str(entry.get("litellm_provider", ""))
        for name, entry in json.loads(text).items()
        if "/" not in name and name != "sample_spec"
    }
