"""Planning: from what a cell is told to a plan, and what its run sees besides."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentkit.contracts.sweep import RunSpec
from agentkit.project import start_folder
from agentkit.runs.folder import open_run
from agentkit.runs.plan import Plan
from agentkit.runs.solve import plan_solve
from agentkit.settings_file import FILE, read_file
from agentkit.settings_sources import read_environment, resolve

PATHS = ("hint_folder", "cache_folder")
"""Settings that are a path; `notes` are several."""
WHEREABOUTS = ("runs_folder", "cache_folder")
"""Settings that say where things are kept and not what a run does."""


def plan_cell(spec: RunSpec, source: Path, extra: Mapping[str, Any]) -> Plan:
    """`source`: the folder of the sweep file. Raises AgentkitError for what is wrong before the start."""
    return plan_solve(spec.task, {**placed(spec.settings, source), **extra})


def placed(settings: Mapping[str, Any], source: Path) -> dict[str, Any]:
    """With paths as they are from anywhere; in a sweep file they are relative to it. Raises AgentkitError for
    a run in `replay` or `earlier` that is not there."""
    found = dict(settings)
    for name in PATHS:
        if isinstance(found.get(name), str):
            found[name] = source / Path(found[name]).expanduser()
    notes = found.get("notes")
    if is_told(notes):
        notes = [notes]
    if isinstance(notes, list | tuple):
        found["notes"] = [source / Path(each).expanduser() for each in notes]
    if is_told(found.get("replay")):
        found["replay"] = find_run(found["replay"], source)
    earlier: Any = found.get("earlier")
    if is_told(earlier):
        earlier = [each.strip() for each in earlier.split(",") if each.strip()]
    if isinstance(earlier, list | tuple):
        found["earlier"] = [find_run(each, source) for each in earlier]
    return found


def is_told(value: Any) -> bool:
    return isinstance(value, str) and value.strip().lower() != "none"


def find_run(reference: str, source: Path) -> str:
    """The path of a recorded run; a name is one among the project's runs, and not among those of a cell."""
    path = source / Path(reference).expanduser()
    if (path / "run.json").is_file():
        return str(path.resolve())
    return str(open_run(reference, resolve({}, os.environ, start_folder()).settings.runs_folder).path)


def beneath(environ: Mapping[str, str], project: Path) -> dict[str, str]:
    """Settings from agentkit.toml and the environment, which hold for all cells and are no part of their
    digests. By name a digest of the value, which may be a secret."""
    said = {**read_file(project / FILE), **read_environment(environ)}
    return {
        name: hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:8]
        for name, value in sorted(said.items())
        if name not in WHEREABOUTS
    }


def changes(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Names of the settings beneath that are not the same; runs under both would not compare."""
    return sorted(name for name in {*then, *now} if then.get(name) != now.get(name))
