"""Settings: everything a solve can be told, and where each value came from.

Later wins: defaults, what the task's transcript suggests, `[solve]` in the project's agentkit.toml,
the environment (`AGENTKIT_MODEL`), flags (`--model`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, get_origin

from pydantic import AfterValidator, ConfigDict, Field, ValidationError, field_validator

from agentkit.contracts.budget import Budget
from agentkit.contracts.model import ModelRole
from agentkit.contracts.record import Record
from agentkit.errors import AgentkitError, BadFile, UsageError, nearest
from agentkit.profiles import ModelProfile, profile_fault
from agentkit.settings_file import FILE as FILE
from agentkit.settings_file import read_file
from agentkit.settings_file import read_pairs as read_pairs

Place = Annotated[Path, AfterValidator(lambda path: path.expanduser().resolve())]
PREFIX = "AGENTKIT_"
TABLES = ("scaffold_settings", "models")
"""Settings with entries of their own."""
OTHER_VARIABLES = ("AGENTKIT_GPUS", "AGENTKIT_PROJECT", "AGENTKIT_RESULT")
"""Variables of agentkit that are no settings of a solve."""


def default_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "agentkit"


class Settings(Record):
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
    sandbox: str = "auto"
    """Where commands run: auto, bubblewrap, docker or local."""
    docker_image: str = "agentkit-base"
    """Image of the docker sandbox, as a name or an id; it is never pulled."""
    seed: int = Field(default=0, ge=0)
    """Decides the policy's randomness and the attempts' seeds."""
    width: int | None = Field(default=None, ge=1)
    """Attempts under way at once; none: as the scaffold says."""
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
    measurements: int = Field(default=3, ge=0)
    """How often the answer is measured again, on fresh seeds."""
    coder: Literal["auto", "tools", "edit"] = "auto"
    """How a model changes files: by tool calls, or by edit blocks in one reply."""
    tools: tuple[str, ...] = ("shell", "editor", "search", "submit")
    """Tools the model is offered: names from `agentkit list tools`."""
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

    @field_validator("*", mode="before")
    @classmethod
    def refuse_truth(cls, value: object) -> object:
        if isinstance(value, bool):
            raise ValueError("no setting is true or false")
        return value

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


@dataclass(frozen=True)
class ResolvedSettings:
    """Settings, and for each field where its value came from."""

    settings: Settings
    origins: Mapping[str, str]
    """`default`, `transcript`, `agentkit.toml`, `AGENTKIT_SEED` or `--seed`, by field."""


def resolve(
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    project: Path | None = None,
    suggested: Mapping[str, Any] | None = None,
) -> ResolvedSettings:
    """Put the sources together; a flag that is None was not given.

    `project` None: no agentkit.toml is read. Raises BadFile or UsageError, naming the one source at fault.
    """
    layers = (
        ("transcript", dict(suggested or {})),
        (FILE, read_file(project / FILE) if project else {}),
        ("environment", read_environment(environ or {})),
        ("flag", {name: value for name, value in (flags or {}).items() if value is not None}),
    )
    values: dict[str, Any] = {}
    origins = dict.fromkeys(Settings.model_fields, "default")
    for layer, given in layers:
        for name, value in given.items():
            origin = origin_of(layer, name)
            if name not in Settings.model_fields:
                refuse(origin, project, name, "the name of a setting", repr(name), settings_lines(name))
            values[name] = merge(name, values.get(name), read_text(name, value, origin))
            origins[name] = origin
    try:
        return ResolvedSettings(Settings(**values), origins)
    except ValidationError as error:
        in_profile = profile_fault(error)
        if in_profile is not None:
            refuse(origins["models"], project, *in_profile[:3], in_profile[3:])
        fault = error.errors()[0]
        name = str(fault["loc"][0])
        expected = fault["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
        refuse(origins[name], project, name, expected, repr(values[name]))


def merge(name: str, former: Any, value: Any) -> Any:
    """A later value replaces an earlier one; in a table, entry by entry."""
    if name in TABLES and isinstance(former, Mapping) and isinstance(value, Mapping):
        return {**former, **value}
    return value


def origin_of(layer: str, name: str) -> str:
    if layer == "environment":
        return PREFIX + name.upper()
    return flag_name(name) if layer == "flag" else layer


def flag_name(name: str) -> str:
    """`attempt_minutes` to `--attempt-minutes`."""
    return "--" + name.replace("_", "-")


def read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """Settings among the variables. One that is nearly a setting's name is a mistake; others are not ours."""
    known = {PREFIX + name.upper(): name for name in Settings.model_fields}
    found: dict[str, Any] = {}
    for variable, text in environ.items():
        if variable in known:
            found[known[variable]] = text
        elif variable.startswith(PREFIX) and variable not in OTHER_VARIABLES:
            near = [each for each in nearest(variable, known, 1) if alike(each, variable)]
            if near:
                raise UsageError(
                    f"{variable} in the environment is not a setting.",
                    f"Did you mean: {near[0]}?",
                    f"Next: unset {variable}",
                )
    return found


def alike(left: str, right: str) -> bool:
    """Whether two names differ as typing mistakes do: the same letters but for two."""
    return abs(len(left) - len(right)) <= 2 and len(set(left) ^ set(right)) <= 2


def read_text(name: str, value: Any, origin: str) -> Any:
    """A value from what one line of text, or an option given several times, can carry."""
    field = Settings.model_fields[name]
    if isinstance(value, str) and value.strip().lower() == "none":
        return field.default if field.default in (None, ()) else None
    if name == "models" and isinstance(value, str):
        return read_pairs([f"models={value}"], origin)["models"]
    if name == "scaffold_settings" and not isinstance(value, Mapping):
        return read_pairs(value.split(",") if isinstance(value, str) else value, origin)
    if get_origin(field.annotation) is tuple and isinstance(value, str):
        return tuple(part for part in (each.strip() for each in value.split(",")) if part)
    return value


def settings_lines(name: str) -> tuple[str, ...]:
    near = nearest(name, Settings.model_fields)
    return (
        f"Did you mean: {', '.join(near)}?" if near else "",
        f"Known: {', '.join(Settings.model_fields)}",
    )


def refuse(
    origin: str, project: Path | None, name: str, expected: str, found: str, lines: tuple[str, ...] = ()
) -> NoReturn:
    error: AgentkitError
    if origin == FILE and project:
        place = name if name.startswith("models") else f"solve.{name}"
        error = BadFile(project / FILE, place, expected, found, *lines)
    elif origin == "transcript":
        error = BadFile("The transcript", f"settings.{name}", expected, found, *lines)
    else:
        error = UsageError(f"{origin}: expected {expected}; found {found}.", *lines)
    raise error from None
