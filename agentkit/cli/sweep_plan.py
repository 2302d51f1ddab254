"""The plan of a sweep: what is left to do, what it may take, and whether a person is asked first."""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentkit.cli.figures import say_count, say_dollars, say_seconds
from agentkit.contracts.sweep import CellRow
from agentkit.errors import AgentkitError, UsageError
from agentkit.runs.sweeps.begin import DONE, Sweep, cut_by_budget
from agentkit.runs.sweeps.check import Checked, check, say_labels
from agentkit.runs.sweeps.estimate import Estimate, estimate, read_past, spread
from agentkit.runs.sweeps.grid import pick
from agentkit.runs.sweeps.pool import usual_workers
from agentkit.settings import Settings

FEW_RUNS = 20
"""So many may begin without anybody knowing how long they take."""


@dataclass(frozen=True)
class SweepPlan:
    """What this command would do now."""

    sweep: Sweep
    rows: Sequence[CellRow]
    """Those that --only leaves, as they stand."""
    todo: Sequence[CellRow]
    checked: Checked
    estimate: Estimate
    engine: str
    workers: int | None
    """None: as many as the engine has room for."""
    why_workers: str = ""

    @property
    def wall_minutes(self) -> float:
        """Of what is known."""
        return self.estimate.minutes / min(self.workers or 1, max(1, self.estimate.runs))

    def told(self) -> dict[str, Any]:
        """For --json."""
        return {
            "version": 1,
            "title": self.sweep.source.file.title,
            "folder": str(self.sweep.path),
            "runs": len(self.sweep.grid),
            "chosen": len(self.rows),
            "states": Counter(row.state for row in self.rows),
            "todo": [{"digest": row.spec.digest, **row.spec.model_dump(mode="json")} for row in self.todo],
            "engine": self.engine,
            "workers": self.workers,
            "estimate": {**self.estimate._asdict(), "wall_minutes": self.wall_minutes},
            "lacks": [
                {"labels": dict(spec.labels), "message": error.message} for spec, error in self.checked.lacks
            ],
            "asks": reasons_to_ask(self),
        }


def make_sweep_plan(sweep: Sweep, arguments: argparse.Namespace) -> SweepPlan:
    """Raises UsageError for a cell that could not be begun; nothing is written."""
    rows = [sweep.row(spec) for spec in pick(sweep.grid, arguments.only)]
    todo = [row for row in rows if is_open(sweep, row, again=arguments.again)][: arguments.limit]
    checked = check([row.spec for row in todo], sweep.source.path.resolve().parent, sweep.checked_with)
    folders = [row.run for row in rows if row.state == "finished" and row.run is not None]
    past = read_past([*folders, *(path.parent for path in earlier_runs().glob("*/summary.json"))])
    lacking = [(spec, None) for spec, _ in checked.lacks]  # first: a price not known is not taken for none
    facts = spread([row.spec for row in todo], [*lacking, *checked.facts])
    workers, why = arguments.workers, ""
    if workers is None and arguments.engine == "local":
        said = sweep.source.file.engine.get("local", {}).get("workers")
        workers, why = (said, "") if isinstance(said, int) else usual_workers()
    return SweepPlan(
        sweep=sweep,
        rows=rows,
        todo=todo,
        checked=checked,
        estimate=estimate(facts, past),
        engine=arguments.engine,
        workers=workers,
        why_workers=why,
    )


def is_open(sweep: Sweep, row: CellRow, *, again: bool) -> bool:
    """Whether this command would begin it; one that the budget of the sweep cut short, always."""
    if row.state not in DONE or sweep.before is None:
        return True
    if row.state == "finished":
        return False
    return again or cut_by_budget(sweep.before, row)


def earlier_runs() -> Path:
    """Where runs lie that belong to no sweep."""
    return Path(str(Settings.model_fields["runs_folder"].default))


def describe(plan: SweepPlan) -> Iterator[str]:
    sweep = plan.sweep
    yield f"{sweep.source.file.title or sweep.source.path.name}: {say_count(len(sweep.grid), 'run')}"
    yield f"  {say_axes(plan)}"
    if len(plan.rows) < len(sweep.grid):
        yield f"  --only leaves {len(plan.rows):,} of them"
    states = Counter(row.state for row in plan.rows)
    before = ", ".join(
        f"{states[state]:,} {state}" for state in ("finished", "failed", "refused") if states[state]
    )
    yield f"  {before + ', ' if before else ''}{len(plan.todo):,} to do now"
    if missing := states["missing"]:
        yield f"  {say_count(missing, 'run')} whose folder is gone will be made anew"
    if sweep.left_behind:
        yield f"  {say_count(sweep.left_behind, 'run')} in the folder that the file no longer asks for; kept"
    workers = "as many at once as it has room for" if plan.workers is None else f"{plan.workers} at once"
    yield f"  engine {plan.engine}, {workers}{f' ({plan.why_workers})' if plan.why_workers else ''}"
    if caps := sweep.source.file.budget.model_dump(exclude_none=True):
        yield f"  all together at most {', '.join(f'{cap:g} {name}' for name, cap in caps.items())}"
    yield f"  folder {sweep.path}"
    for spec, error in plan.checked.lacks[:3]:
        yield f"  This machine cannot run {say_labels(spec)}: {error.message}"
    if len(plan.checked.lacks) > 3:
        yield f"  … nor {len(plan.checked.lacks) - 3} others of those tried"
    if plan.todo:
        yield say_estimate(plan)


def say_axes(plan: SweepPlan) -> str:
    """How many values each axis has, those by [[include]] too."""
    values: dict[str, set[str]] = {}
    for spec in plan.sweep.grid:
        for axis, label in spec.labels.items():
            values.setdefault(axis, set()).add(label)
    return "axes: " + " × ".join(f"{axis} ({len(labels)})" for axis, labels in values.items())


def say_estimate(plan: SweepPlan) -> str:
    found = plan.estimate
    parts = []
    known = found.runs - found.minutes_unknown
    if known:
        by = [
            f"{found.from_past:,} by earlier runs" if found.from_past else "",
            f"{known - found.from_past:,} by calibration, training alone" if known > found.from_past else "",
            f"{found.minutes_unknown:,} not known" if found.minutes_unknown else "",
        ]
        wall = say_seconds(60 * plan.wall_minutes)
        parts.append(f"about {wall} ({', '.join(filter(None, by))})")
    else:
        parts.append("time not known")
    if found.dollars_unknown:
        more = f" and what {found.dollars_unknown:,} runs cost, which is not known" if found.dollars else ""
        parts.append(f"{say_dollars(found.dollars)}{more}" if more else "the models' price is not known")
    else:
        parts.append(f"models {say_dollars(found.dollars)}")
    return f"Estimate: {'; '.join(parts)}."


def reasons_to_ask(plan: SweepPlan) -> list[str]:
    """Why a person should agree first; none: it may begin."""
    found, limits = plan.estimate, plan.sweep.source.file.ask_above
    cap = plan.sweep.source.file.budget.dollars
    dollars = min(found.dollars, math.inf if cap is None else cap)
    reasons = []
    if found.dollars_unknown and (cap is None or cap > limits.dollars):
        reasons.append(f"what the models of {say_count(found.dollars_unknown, 'run')} cost is not known")
    elif dollars > limits.dollars:
        reasons.append(f"it may cost {say_dollars(dollars)}, more than {say_dollars(limits.dollars)}")
    if plan.wall_minutes > limits.minutes:
        limit = say_seconds(60 * limits.minutes)
        reasons.append(f"it may take {say_seconds(60 * plan.wall_minutes)}, more than {limit}")
    elif found.minutes_unknown > FEW_RUNS:
        reasons.append(f"how long {found.minutes_unknown:,} runs take is not known")
    return reasons


def ask_first(plan: SweepPlan) -> None:
    """Raises UsageError where nobody can be asked, AgentkitError where the answer is no."""
    reasons = reasons_to_ask(plan)
    if not reasons:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            f"The sweep was not begun: {'; '.join(reasons)}.",
            "Nobody can be asked here, as there is no terminal.",
            "Next: --yes begins it; --dry-run shows the plan; [ask_above] in the file moves the limits",
        )
    print(f"Begin? {'; '.join(reasons).capitalize()}. [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise AgentkitError("Nothing was run.")
