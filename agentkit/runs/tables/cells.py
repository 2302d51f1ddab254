"""A sweep's cell as a row: the run that counts, or what it was to be where there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agentkit.contracts.budget import Budget
from agentkit.contracts.sweep import CellRow, RunSpec
from agentkit.contracts.task import HINT_LEVELS
from agentkit.runs.tables.reading import IN_COLUMNS, flat, is_simulated, read_run
from agentkit.runs.tables.row import RunRow

BORROWED = ("scaffold", "model", "hints", "notes", "sandbox")
"""What a spec may leave to agentkit.toml or the defaults: then it is what all runs of the sweep have."""


def row_of_cell(cell: CellRow) -> RunRow:
    """The cell's state counts: it knows of tries that left no run."""
    of_cell: dict[str, Any] = {
        "cell": cell.spec.digest,
        "labels": dict(cell.spec.labels),
        "tries": cell.tries,
        "state": cell.state,
        "reason": cell.reason,
    }
    if cell.run is None:
        return row_of_spec(cell.spec).model_copy(update=of_cell)
    run = read_run(cell.run)
    if not run.task:  # it cannot be read, which is all there is to say of its figures
        unread = {**of_cell, "state": run.state, "reason": run.reason, "run": run.run, "folder": run.folder}
        return row_of_spec(cell.spec).model_copy(update=unread)
    if cell.state == "finished":
        of_cell["reason"] = run.reason
    else:
        of_cell |= {"score": None, "score_low": None, "score_high": None}
    return run.model_copy(update=of_cell)


def row_of_spec(spec: RunSpec) -> RunRow:
    """Of a run that there is not: what it would have been told."""
    told = spec.settings
    model, profile = str(told.get("model") or ""), str(told.get("profile") or "")
    return RunRow(
        state="waiting",
        task=spec.task,
        profile="" if profile == "auto" else profile,
        scaffold=str(told.get("scaffold") or ""),
        model=model,
        simulated=is_simulated(told, model),
        hints=hints_shown(told["hints"]) if "hints" in told else "",
        notes="+".join(Path(str(each)).name for each in listed(told.get("notes"))),
        sandbox=str(told.get("sandbox") or "").replace("auto", ""),
        seed=told.get("seed", 0),
        caps={name: told[name] for name in Budget.model_fields if name in told},
        settings=dict(flat({name: each for name, each in told.items() if name not in IN_COLUMNS})),
    )


def hints_shown(value: Any) -> str:
    """`["paper", "text"]`, or `paper+text`, as a run has it: `text+paper`."""
    levels = [word.strip() for each in listed(value) for word in str(each).split("+")]
    usual = [level for level in HINT_LEVELS if level in levels]
    others = [level for level in levels if level not in usual and level != "none"]
    return "+".join([*usual, *others]) or "none"


def listed(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


def with_siblings(rows: Sequence[RunRow]) -> list[RunRow]:
    """Cells without a run learn from the sweep's other runs what their spec left open, where these agree.

    Else a missing run would stand in a group of its own, and be missing nowhere.
    """
    begun = [row for row in rows if row.attempts is not None]
    profiles = {
        task: agreed_of([row.profile for row in begun if row.task == task])
        for task in {row.task for row in rows}
    }
    known = {name: agreed_of([getattr(row, name) for row in begun]) for name in BORROWED}
    tables = {name: agreed_table([getattr(row, name) for row in begun]) for name in ("caps", "settings")}
    return [
        row if row.attempts is not None else filled(row, known | {"profile": profiles[row.task]}, tables)
        for row in rows
    ]


def agreed_of(values: Sequence[Any]) -> Any:
    """The one value that all have; None where there is none, or several."""
    first = values[0] if values else None
    return first if all(value == first for value in values) else None


def agreed_table(tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Entries that all have alike."""
    if not tables:
        return {}
    return {
        name: value
        for name, value in tables[0].items()
        if all(name in table and table[name] == value for table in tables)
    }


def filled(row: RunRow, known: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]) -> RunRow:
    lacks = {name: value for name, value in known.items() if value and not getattr(row, name)}
    entries = {name: {**table, **getattr(row, name)} for name, table in tables.items()}
    simulated = row.simulated or is_simulated(entries["settings"], lacks.get("model", row.model))
    return row.model_copy(update=lacks | entries | {"simulated": simulated})
