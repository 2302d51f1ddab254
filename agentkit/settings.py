"""Settings: everything a solve can be told. Where the values come from: `agentkit.settings_sources`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, field_validator

from agentkit.contracts.budget import Budget
from agentkit.contracts.model import ModelRole
from agentkit.contracts.record import WrittenRecord
from agentkit.profiles import ModelProfile
from agentkit.tool_servers import ToolServer

Place = Annotated[Path, AfterValidator(lambda path: path.expanduser().resolve())]


def default_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "agentkit"


class Settings(WrittenRecord):
    """One value for each thing a solve can be told. The text under a field is its help."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    model: str | None = None
    """Model for every role, as PROVIDER/NAME or scripted/NAME; none: chosen by the keys that are there."""
    planner_model: str | None = None
    """Model that plans; none: the same as the others."""
    coder_model: str | None = None
    """Model that codes."""
    reviewer_model: str | None = None
    """Model that reviews."""
    judge_model: str | None = None
    """Model that judges."""
    judges: tuple[str, ...] = ()
    """Models of the panel for what no program can decide, the first one asked first; none: judge_model."""
    fallbacks: tuple[str, ...] = ()
    """Models that are asked, in this order, when the one of a role cannot answer."""
    models: Mapping[str, ModelProfile] = Field(default_factory=dict)
    """Profiles of models by name, as the tables [models.NAME] of agentkit.toml; as text: JSON."""
    base_url: str | None = None
    """Address of an OpenAI-compatible server of your own, for --model only; others have it in a profile."""
    client: Literal["auto", "litellm"] = "auto"
    """What calls such a server: auto is agentkit's own client."""
    price_in: float | None = Field(default=None, ge=0)
    """Dollars a million input tokens of --model; none: by litellm's price table."""
    price_out: float | None = Field(default=None, ge=0)
    """Dollars a million output tokens of --model."""
    scaffold: str = "aide"
    """How to search: a name from `agentkit list scaffolds`."""
    scaffold_settings: Mapping[str, Any] = Field(default_factory=dict)
    """The scaffold's own settings, as NAME=VALUE."""
    hints: tuple[str, ...] = ()
    """Hints that the agent is given: levels of the task joined by +, such as text+paper; or none."""
    hint_source: str = "task"
    """Where hints are read: task is the task's own; `agentkit show TASK` names others."""
    hint_folder: Place | None = None
    """What another hint source reads, such as your checkout of the project that it belongs to."""
    notes: tuple[Place, ...] = ()
    """Files with notes of your own, given to the agent after the hints."""
    profile: str = "auto"
    """The size a task runs in; auto: the largest this machine can run."""
    reference: Literal["machine", "paper"] = "machine"
    """What scores are relative to: machine, both ends measured here; paper, the task's published ends."""
    sandbox: str = "auto"
    """Where commands run: auto, bubblewrap, docker or local."""
    docker_image: str = "agentkit-base"
    """Image of the docker sandbox, as a name or an id; it is never pulled."""
    seed: int = Field(default=0, ge=0)
    """Decides the policy's randomness and the attempts' seeds."""
    width: int | None = Field(default=None, ge=1)
    """Attempts under way at once; none: as the scaffold says."""
    barrier: Literal["auto", "on", "off"] = "auto"
    """Wait for all attempts under way before the next are selected; auto: as the scaffold says."""
    attempts: int | None = Field(default=20, ge=1)
    """Cap: attempts."""
    dollars: float | None = Field(default=None, ge=0)
    """Cap: dollars for models."""
    tokens: int | None = Field(default=None, ge=0)
    """Cap: model tokens."""
    minutes: float | None = Field(default=None, gt=0)
    """Cap: wall minutes of the run."""
    gpu_seconds: float | None = Field(default=None, ge=0)
    """Cap: GPU-seconds of evaluations."""
    attempt_dollars: float | None = Field(default=None, ge=0)
    """Cap: dollars for models in one attempt; then its coding ends."""
    attempt_tokens: int | None = Field(default=None, ge=0)
    """Cap: model tokens in one attempt."""
    attempt_minutes: float = Field(default=60.0, gt=0)
    """Cap: wall minutes of one evaluation."""
    turns: int = Field(default=40, ge=1)
    """Cap: model turns in one coding stage."""
    shared_budget: Place | None = None
    """Caps that several runs keep together: a TOML file with dollars, tokens, attempts or gpu_seconds."""
    memory_gib: float | None = Field(default=None, gt=0)
    """Cap: memory of one command, in GiB; none: four fifths of this machine's."""
    processes: int | None = Field(default=None, ge=1)
    """Cap: processes and threads of one command; none: 512, or 64 a processor if that is more."""
    disk_gib: float = Field(default=20.0, gt=0)
    """Cap: what one command may add to its folder and to /tmp, each, in GiB."""
    cpu_cores: float | None = Field(default=None, gt=0)
    """Cap: processors that one command keeps busy, where the kernel counts them."""
    target: float | None = None
    """Stop once an attempt is at least this good, in the task's own unit."""
    patience: int | None = Field(default=None, ge=1)
    """Stop once so many attempts in a row brought no gain."""
    earlier: tuple[str, ...] = ()
    """Earlier runs whose gains may be shown to operators that retrieve, by path or name."""
    pieces: tuple[str, ...] = ()
    """Pieces of prompts to switch on, or off with no- before the name; docs/search.md names them."""
    finaliser: str | None = None
    """How the answer is chosen: best, topk, topk:K or pareto:FIGURE; none: as the scaffold says."""
    measurements: int = Field(default=3, ge=0)
    """How often the answer is measured again, on fresh seeds."""
    coder: Literal["auto", "tools", "edit"] = "auto"
    """How a model changes files: by tool calls, or by edit blocks in one reply."""
    tools: tuple[str, ...] = ("shell", "editor", "search", "job", "submit")
    """Tools the model is offered: names from `agentkit list tools`, or SERVER/PATTERN of an MCP server's."""
    mcp: Mapping[str, ToolServer] = Field(default_factory=dict)
    """MCP servers by name, as the tables [mcp.NAME] of agentkit.toml; as text: JSON."""
    temperature: float | None = Field(default=None, ge=0, le=2)
    """Sampling temperature; none: the model's own."""
    reasoning_effort: str | None = None
    """How long a model thinks, in its provider's words, such as low, medium or high."""
    max_tokens: int | None = Field(default=None, ge=1)
    """Longest reply, in tokens; none: the model's own."""
    replay: str | None = None
    """Answer with the replies of this recorded run, at no cost, until the first request that differs."""
    cache: Literal["off", "on", "always"] = "off"
    """Keep replies across runs: on at temperature 0 only, always whatever the temperature."""
    stall_seconds: float = Field(default=120.0, gt=0)
    """How long a model may be silent within a reply; then the call is made again."""
    runs_folder: Path = Path("runs")
    """Where run folders are made."""
    cache_folder: Path = Field(default_factory=default_cache)
    """Where prepared data and calibrations are kept."""

    @field_validator("runs_folder", "cache_folder")
    @classmethod
    def expand_home(cls, value: Path) -> Path:
        return value.expanduser()

    @field_validator("models")
    @classmethod
    def refuse_slashes(cls, value: Mapping[str, ModelProfile]) -> Mapping[str, ModelProfile]:
        if any("/" in name for name in value):
            raise ValueError("names without '/', which is how PROVIDER/NAME is known")
        return value

    @field_validator("mcp")
    @classmethod
    def refuse_odd_names(cls, value: Mapping[str, ToolServer]) -> Mapping[str, ToolServer]:
        if not all(name.isidentifier() and name.isascii() for name in value):
            raise ValueError("names of letters, digits and '_', which a model's tool names may have")
        return value

    @property
    def budget(self) -> Budget:
        return Budget(**{name: getattr(self, name) for name in Budget.model_fields})

    def model_for(self, role: ModelRole) -> str | None:
        named: str | None = getattr(self, f"{role}_model")
        return named or self.model

    def called(self, name: str) -> ModelProfile:
        """How a model is called: as its profile says, else as the settings do.

        The address and the prices belong to `model` alone: another's key must not go to that server.
        """
        general = ("temperature", "reasoning_effort", "max_tokens")
        own = (*general, "base_url", "price_in", "price_out") if name == self.model else general
        said = {each: getattr(self, each) for each in own}
        profile = self.models.get(name)
        if profile is None:
            return ModelProfile(model=name, **said)
        return ModelProfile(**{**said, **profile.model_dump(exclude_none=True)})
