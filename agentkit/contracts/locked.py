"""Locked: parts of an open file that stay as the task has them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LockedRegions:
    """Of one file. A tool that edits text refuses a change of them; what else changed them is found by the
    evaluator, if it looks."""

    parts: tuple[str, ...]
    """`timing` and `validation` (of a Python script, as agentkit.source.regions finds them), or qualified
    names of definitions: `evaluate`, `Model.loss`."""
    like: tuple[Path, ...]
    """Texts of the task's own; a part has to be as in one of them."""
