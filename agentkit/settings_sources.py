"""Where settings come from, and how the sources are put together.

Later wins: defaults, what the task's transcript suggests, `[solve]` in the project's agentkit.toml,
the environment (`AGENTKIT_MODEL`), flags (`--model`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, get_origin

from pydantic import ValidationError

from agentkit.errors import AgentkitError, BadFile, UsageError, nearest
from agentkit.profiles import profile_fault
from agentkit.settings import Settings
from agentkit.settings_file import FILE, TABLES, read_file, read_pairs
from agentkit.tool_servers import server_fault

PREFIX = "AGENTKIT_"
ENTRIES = ("scaffold_settings", *TABLES)
"""Settings with entries of their own."""
OTHER_VARIABLES = ("AGENTKIT_GPUS", "AGENTKIT_PROJECT", "AGENTKIT_RESULT")
"""Variables of agentkit that are no settings of a solve."""


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
        in_table = profile_fault(error) or server_fault(error)
        if in_table is not None:
            refuse(origins[in_table[0].split(".")[0]], project, *in_table[:3], in_table[3:])
        fault = error.errors()[0]
        name = str(fault["loc"][0])
        expected = fault["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
        refuse(origins[name], project, name, expected, repr(values[name]))


def merge(name: str, former: Any, value: Any) -> Any:
    """A later value replaces an earlier one; in a table, entry by entry."""
    if name in ENTRIES and isinstance(former, Mapping) and isinstance(value, Mapping):
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
    if name in TABLES and isinstance(value, str):
        return read_pairs([f"{name}={value}"], origin)[name]
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
        place = name if name.split(".")[0] in TABLES else f"solve.{name}"
        error = BadFile(project / FILE, place, expected, found, *lines)
    elif origin == "transcript":
        error = BadFile("The transcript", f"settings.{name}", expected, found, *lines)
    else:
        error = UsageError(f"{origin}: expected {expected}; found {found}.", *lines)
    raise error from None
