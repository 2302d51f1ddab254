"""Run folders and rows, written by hand: what is read of them is a matter of files alone."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentkit.contracts.attempt import Cost
from agentkit.contracts.summary import Answer, AttemptRow, BudgetUse, ReferenceEnds, Summary
from agentkit.runs.tables.row import RunRow

ENDS = ReferenceEnds(
    metric="train_seconds", unit="s", start=20.0, target=10.0, start_sd=0.1, target_sd=0.1, pairs=3,
    gap_in_errors=30.0, measurable=True,
)  # fmt: skip
SETTINGS = {"notes": [], "width": 2, "scaffold_settings": {"drafts": 3}, "runs_folder": "/x", "model": "m"}


def summary_of(folder: Path, score: float | None, **changes: Any) -> Summary:
    """A finished run of two attempts; without a score it has no answer."""
    attempt = AttemptRow(
        id="a1", operator="draft", parents=(), status="valid" if score is not None else "crash",
        trust="verified", metrics={"train_seconds": 15.0}, seconds=1.0, cost=Cost(gpu_seconds=4.0),
    )  # fmt: skip
    best = None
    if score is not None:
        best = Answer(
            attempt="a1", fsr=score, fsr_interval=(score - 0.1, score + 0.1), seconds=15.0, loss=3.2,
            trust="verified", isolation="docker", metrics={"train_seconds": 15.0, "loss": 3.2},
        )  # fmt: skip
    told: dict[str, Any] = {
        "run": folder.name, "folder": str(folder), "state": "ended", "reason": "2 attempts were made",
        "task": "toy/one", "scaffold": "aide", "model": "provider/m", "hints": ("text", "paper"),
        "profile": "", "sandbox": "docker", "seed": 0, "best": best,
        "attempts": (attempt, attempt), "reference": ENDS,
        "settings": SETTINGS,
        "budget": BudgetUse(attempts=2, tokens=10, dollars=None, minutes=3.0, caps={"attempts": 2}),
    }  # fmt: skip
    return Summary(**(told | changes))


def write_run(folder: Path, score: float | None = 0.5, **changes: Any) -> Path:
    """As a run leaves it, some seconds ago: an index keeps nothing that was written just now."""
    summary = summary_of(folder, score, **changes)
    folder.mkdir(parents=True)
    names = ("task", "scaffold", "model", "hints", "profile", "sandbox", "seed", "settings")
    metric = {"name": "train_seconds", "unit": "s", "lower_is_better": True}
    manifest = {"schema": 1, "budget": {}, "metric": metric} | {
        name: getattr(summary, name) for name in names
    }
    event = {
        "v": 1,
        "n": 0,
        "t": 1.0,
        "kind": "run_started",
        "attempt": "",
        "data": {"caps": {"attempts": 2}},
    }
    (folder / "run.json").write_text(json.dumps(manifest))
    (folder / "journal.jsonl").write_text(json.dumps(event) + "\n")
    (folder / "summary.json").write_text(summary.model_dump_json())
    age(folder)
    return folder


def age(folder: Path) -> None:
    """Whatever is in it was written a minute ago, and what comes after the journal stays after it."""
    then = time.time() - 60
    for place, path in enumerate(sorted(folder.rglob("*"), key=lambda path: path.stat().st_mtime_ns)):
        os.utime(path, (then + place / 100, then + place / 100))


def row(**told: Any) -> RunRow:
    """A finished run with a score."""
    standard: Mapping[str, Any] = {
        "state": "finished", "task": "toy/one", "scaffold": "aide", "model": "provider/m", "hints": "none",
        "sandbox": "docker", "seed": 0, "trust": "verified", "attempts": 2,
    }  # fmt: skip
    merged = {**standard, **told}
    name = " ".join(str(merged.get(key, "")) for key in ("task", "scaffold", "hints", "seed", "model"))
    return RunRow(**{"run": name, "folder": name, **merged})
