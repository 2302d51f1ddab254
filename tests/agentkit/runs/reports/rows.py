"""Rows as a folder's reader makes them, each with what a test says of it."""

from __future__ import annotations

from typing import Any

from agentkit.runs.tables.row import RunRow


def row(score: float | None = None, **told: Any) -> RunRow:
    """A finished run of one task; `score` None with a state that is not finished."""
    fields: dict[str, Any] = {
        "run": "r", "folder": "/nowhere/r", "state": "finished", "task": "t", "scaffold": "aide",
        "hints": "none", "model": "live/model", "seed": 0, "score": score, "attempts": 3, "trust": "verified",
        "reference_start": 40.0, "reference_target": 30.0, "metric": "cpu_seconds", "unit": "s",
        "measurable": True, "caps": {"attempts": 20.0},
    }  # fmt: skip
    return RunRow(**{**fields, **told})
