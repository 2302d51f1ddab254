"""A sweep's folder whose cells were brought to an end by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agentkit.contracts.sweep import RunSpec
from agentkit.runs.sweeps.file import Source, SweepFile
from agentkit.runs.sweeps.place import VERSION, Manifest, SweepFolder, lay_out
from agentkit.runs.sweeps.tries import Ending, Entry, write_entry
from tests.agentkit.runs.tables.written_runs import age, write_run

SPECS = [
    RunSpec(
        task="toy/one",
        settings={"hints": [hints] if hints != "none" else [], "seed": seed},
        labels={"hints": hints, "seed": str(seed)},
    )
    for hints in ("none", "text")
    for seed in (0, 1)
]


def write_sweep(folder: Path, specs: Sequence[RunSpec] = SPECS) -> SweepFolder:
    """Nothing of it was begun."""
    source = Source(folder / "file.toml", "", SweepFile(axes={"seed": [0, 1]}))
    manifest = Manifest(
        version=VERSION, created=1.0, project=folder, folder=folder, source=folder, beneath={}, tries=2
    )
    sweep = lay_out(folder, source, specs, manifest)
    age(folder)
    return sweep


def end(
    sweep: SweepFolder,
    spec: RunSpec,
    how: Ending,
    score: float | None = None,
    reason: str = "",
    run: str = "r1",
) -> None:
    """A try of the cell; of one that was refused there is no run."""
    cell = sweep.cell(spec)
    write_entry(cell, Entry(kind="began"))
    if how != "refused":
        hints = tuple(spec.settings["hints"])
        write_run(
            cell / "tries" / run, score, hints=hints, seed=spec.settings["seed"], profile="pocket",
            state="ended" if how == "finished" else "failed", reason=reason,
        )  # fmt: skip
    write_entry(cell, Entry(kind="ended", how=how, reason=reason, run="" if how == "refused" else run))
    age(cell)
