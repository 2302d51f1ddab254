"""Folders of runs as they are after their end, made without running anything: scores are drawn by a seed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from random import Random
from typing import Any, Literal

from agentkit.contracts.attempt import Cost
from agentkit.contracts.summary import Answer, AttemptRow, BudgetUse, ReferenceEnds, Summary

TASKS = ("speedrun/record2", "speedrun/record12", "speedrun/record19", "kernels/softmax", "kernels/matmul")
SCAFFOLDS = ("flat", "aide", "evolution")
HINTS = ((), ("text",), ("paper",), ("code",), ("text", "paper"), ("text", "paper", "code"))
HELP = {"text": 0.15, "paper": 0.05, "code": 0.25, "flat": 0.0, "aide": 0.1, "evolution": 0.12}
CAPS = {"attempts": 20.0, "dollars": 2.0, "tokens": None, "minutes": None, "gpu_seconds": None}
METRIC = {"name": "cpu_seconds", "unit": "s", "lower_is_better": True}

State = Literal["ended", "failed", "interrupted"]


def write_runs(folder: Path, count: int, attempts: int = 10, seed: int = 7) -> None:
    """`count` runs over tasks, scaffolds and hints in turn, with as many seeds as it takes."""
    chance = Random(seed)
    for number, (task, scaffold, hints, repetition) in zip(range(count), grid(), strict=False):
        state: State = "failed" if chance.random() < 0.04 else "ended"
        made = [
            attempt(task, chance, each, sum(HELP[name] for name in (*hints, scaffold)))
            for each in range(1, attempts + 1)
        ]
        write_run(
            folder / f"20260101-000000-run-{number:05d}",
            summary(made, task=task, scaffold=scaffold, hints=hints, seed=repetition, state=state),
        )


def grid() -> Iterator[tuple[str, str, tuple[str, ...], int]]:
    for repetition in range(1_000_000):
        for task, scaffold, hints in product(TASKS, SCAFFOLDS, HINTS):
            yield task, scaffold, hints, repetition


def attempt(task: str, chance: Random, number: int, quality: float, **told: Any) -> AttemptRow:
    """One that is valid three times of four, and better the later it is."""
    valid = chance.random() < 0.75
    fsr = chance.gauss(quality + 0.02 * number + 0.1 * (len(task) % 3), 0.15)
    seconds = 30.0 + 10.0 * chance.random()
    fields: dict[str, Any] = {
        "id": f"a{number}",
        "operator": "draft" if number == 1 else "improve",
        "parents": () if number == 1 else (f"a{number - 1}",),
        "status": "valid" if valid else "crash",
        "trust": "verified",
        "metrics": {"cpu_seconds": 40.0 - 10.0 * fsr, "wall_seconds": seconds, "loss": 2.25} if valid else {},
        "seconds": seconds,
        "cost": Cost(tokens=15_000, dollars=0.08 + 0.04 * chance.random(), seconds=12.0, calls=5),
        "fsr": fsr if valid else None,
        "plan": "1. Train for fewer steps, and double the rate.",
        "reason": "loss 2.25 meets 2.285" if valid else "IndexError: list index out of range",
    }
    return AttemptRow(**{**fields, **told})


def summary(attempts: Sequence[AttemptRow], **told: Any) -> Summary:
    """Of a run that made these attempts; its answer is the best of them, measured as the search saw it."""
    valid = [each for each in attempts if each.fsr is not None]
    best = max(valid, key=lambda each: each.fsr or 0.0, default=None)
    dollars = [each.cost.dollars for each in attempts]
    fields: dict[str, Any] = {
        "run": "", "folder": "", "state": "ended", "reason": f"all {len(attempts)} attempts are made",
        "task": TASKS[0], "scaffold": "aide", "model": "simulated/modest", "hints": (), "profile": "pocket",
        "sandbox": "bubblewrap", "seed": 0, "attempts": tuple(attempts),
        "best": best and answer(best),
        "budget": BudgetUse(
            attempts=len(attempts),
            tokens=sum(each.cost.tokens for each in attempts),
            dollars=None if None in dollars else sum(each or 0.0 for each in dollars),
            minutes=sum(each.seconds + each.cost.seconds for each in attempts) / 60 + 2,
            caps=CAPS,
        ),
        "reference": ReferenceEnds(
            metric="cpu_seconds", unit="s", start=40.0, target=30.0, start_sd=1.0, target_sd=1.0, pairs=5,
            gap_in_errors=15.0, measurable=True,
        ),
        "settings": {"turns": 40, "measurements": 3},
    }  # fmt: skip
    fields |= told
    if fields["state"] != "ended":
        fields |= {"reason": "The sandbox is gone.", "best": None}
    return Summary(**fields)


def answer(best: AttemptRow) -> Answer:
    fsr = best.fsr or 0.0
    return Answer(
        attempt=best.id, fsr=fsr, fsr_interval=(fsr - 0.2, fsr + 0.2), seconds=40.0 - 10.0 * fsr, loss=2.25,
        trust="verified", isolation="bubblewrap", metrics=best.metrics, measurements=3, valid_measurements=3,
    )  # fmt: skip


def write_run(path: Path, told: Summary) -> None:
    """As a run leaves its folder; what its journal held is not there."""
    path.mkdir(parents=True)
    manifest = told.model_dump(
        mode="json",
        include={"task", "scaffold", "model", "hints", "profile", "sandbox", "seed", "settings"},
    )
    manifest |= {"schema": 1, "budget": dict(told.budget.caps), "metric": METRIC}
    (path / "run.json").write_text(json.dumps(manifest), encoding="utf-8")
    (path / "journal.jsonl").write_text("", encoding="utf-8")
    told = told.model_copy(update={"run": path.name, "folder": str(path)})
    (path / "summary.json").write_text(told.model_dump_json(), encoding="utf-8")
