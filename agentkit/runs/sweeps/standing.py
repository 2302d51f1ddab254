"""Standing: the state of a cell, folded from its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agentkit.contracts.sweep import CellRow, CellState, RunSpec
from agentkit.errors import AgentkitError
from agentkit.runs.folder import RunFolder
from agentkit.runs.sweeps.ends import end_of_run
from agentkit.runs.sweeps.tries import Ending, Entry, failures, read_entries
from agentkit.sandboxes.gpus.tickets import is_locked

TRIES, LOCK = "tries", "lock"
STATES: dict[Ending, CellState] = {
    "finished": "finished",
    "fault": "failed",
    "refused": "refused",
    "budget": "failed",
}
"""Of ends that are final until a person changes something."""


def row_of(cell: Path, spec: RunSpec, tries: int) -> CellRow:
    """`tries`: how often it may be cut short before it counts as failed."""
    if not (cell / "spec.json").is_file():
        return CellRow(spec=spec, state="missing", reason="its folder is gone")
    entries = read_entries(cell)
    began = sum(entry.kind == "began" for entry in entries)
    run = newest_run(cell)
    state, reason = standing(cell, entries, run, tries)
    if state == "finished" and entries[-1].how == "finished":
        run = cell / TRIES / entries[-1].run  # a newer one may be by a clock that went back
    return CellRow(spec=spec, state=state, reason=reason, tries=began, run=run)


def standing(cell: Path, entries: Sequence[Entry], run: Path | None, tries: int) -> tuple[CellState, str]:
    last = entries[-1] if entries else Entry(kind="again")
    if last.kind == "again":
        return "waiting", ""
    if last.kind == "began":
        if is_locked(cell / LOCK):
            return "running", ""
        return unseen(run)
    assert last.how is not None, "an end says how"
    if last.how == "finished" and not (cell / TRIES / last.run / "run.json").is_file():
        return "missing", "its run's folder is gone"
    if last.how in STATES:
        return STATES[last.how], last.reason
    if last.how in ("lost", "stopped"):  # perhaps just after the last record of the run
        state, why = unseen(run)
        if state == "finished":
            return state, why
    if failures(entries) >= tries:
        return "failed", f"{last.reason} (cut short {failures(entries)} times)"
    return "waiting", last.reason


def unseen(run: Path | None) -> tuple[CellState, str]:
    """Its worker died without a word, perhaps between the end of the run and the word on it."""
    ended = None
    if run is not None:
        try:
            ended = end_of_run(RunFolder(run))
        except AgentkitError as error:
            return "waiting", error.message
    if ended is None:
        return "waiting", "its worker died"
    how, reason = ended
    return STATES.get(how, "waiting"), reason


def newest_run(cell: Path) -> Path | None:
    """The folder of the last run that was begun; one without a manifest never was. Names begin with dates."""
    try:
        newest_first = sorted((cell / TRIES).iterdir(), reverse=True)
    except FileNotFoundError:
        return None
    return next((run for run in newest_first if (run / "run.json").is_file()), None)
