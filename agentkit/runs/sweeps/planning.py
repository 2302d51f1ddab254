"""Planning: from what a cell is told to a plan, and what its run sees besides."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentkit.contracts.sweep import RunSpec
from agentkit.runs.plan import Plan
from agentkit.runs.solve import plan_solve
from agentkit.settings_file import FILE, read_file
from agentkit.settings_sources import read_environment

PATHS = ("hint_folder", "cache_folder")
"""Settings that are a path; `notes` are several."""
WHEREABOUTS = ("runs_folder", "cache_folder")
"""Settings that say where things are kept and not what a run does."""


def plan_cell(spec: RunSpec, source: Path, extra: Mapping[str, Any]) -> Plan:
    """`source`: the folder of the sweep file. Raises AgentkitError for what is wrong before the start."""
    return plan_solve(spec.task, {**placed(spec.settings, source), **extra})


def placed(settings: Mapping[str, Any], source: Path) -> dict[str, Any]:
    """With paths as they are from anywhere; in a sweep file they are relative to it."""
    found = dict(settings)
    for name in PATHS:
        if isinstance(found.get(name), str):
            found[name] = source / Path(found[name]).expanduser()
    notes = found.get("notes")
    if isinstance(notes, str) and notes.strip().lower() != "none":
        notes = [notes]
    if isinstance(notes, list | tuple):
        found["notes"] = [source / Path(each).expanduser() for each in notes]
    return found


def beneath(environ: Mapping[str, str], project: Path) -> dict[str, str]:
    """Settings from agentkit.toml and the environment, which hold for all cells and are no part of their
    digests. By name a digest of the value, which may be a secret."""
    said = {**read_file(project / FILE), **read_environment(environ)}
    return {
        name: hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:8]
        for name, value in sorted(said.items())
        if name not in WHEREABOUTS
    }
