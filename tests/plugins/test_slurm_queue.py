"""What the engine does with the answers of Slurm's programs; these are scripts that say what a test likes."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path
from typing import NamedTuple

import pytest

import agentkit
from agentkit.catalog import open_catalog
from agentkit.contracts.sweep import Engine
from agentkit.runs.engines.open import open_engine
from agentkit.runs.sweeps.tries import Ending, Entry, read_entries, write_entry

pytest.importorskip("submitit")

plugin = open_catalog().load("plugin", "slurm")
AWAY = 'if [ -e "$FAKE/away" ]; then echo "Unable to contact slurm controller" >&2; exit 1; fi'
SCRIPTS = {
    "squeue": f'{AWAY}; cat "$FAKE/queue"',
    "scontrol": f"{AWAY}; echo 'MaxArraySize = 1001'",
    "sbatch": f'{AWAY}; cp "$1" "$FAKE/submitted"; echo Submitted batch job 12',
    "scancel": "",
    "srun": "",
}


class Scene(NamedTuple):
    """A sweep's folder, three cells of it, and Slurm's answers beside them."""

    folder: Path
    cells: list[Path]

    def open(self) -> Engine:
        told = {"cells_per_task": 3}
        return open_engine(open_catalog(), "slurm", self.folder, told, self.folder / "sweep.toml")

    def queue(self, *states: str) -> None:
        """The one array's first task."""
        (batch,) = (self.folder / "slurm").glob("????????????.json")
        lines = [f"12_0|0|{state}|None|agentkit-{batch.stem}\n" for state in states]
        (self.folder / "queue").write_text("".join(lines))

    def ends(self, number: int) -> list[str]:
        return [entry.how or entry.kind for entry in read_entries(self.cells[number])]


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, script in SCRIPTS.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    monkeypatch.setenv("FAKE", str(tmp_path))
    monkeypatch.setattr(plugin, "LOOK_SECONDS", 0.0)
    (tmp_path / "queue").write_text("")
    cells = [tmp_path / "cells" / name for name in ("c1", "c2", "c3")]
    for cell in cells:
        cell.mkdir(parents=True)
    return Scene(tmp_path, cells)


def test_what_ended_before_a_sweep_was_taken_up_again_is_not_lost(scene: Scene) -> None:
    scene.open().start(scene.cells)
    scene.queue("RUNNING")
    ends: tuple[Ending, ...] = ("finished", "fault")
    for number, how in enumerate(ends):
        write_entry(scene.cells[number], Entry(kind="began"))
        write_entry(scene.cells[number], Entry(kind="ended", how=how))
    engine = scene.open()
    assert engine.working() == {"c1", "c2", "c3"}, "their job works on the third"
    scene.queue()
    assert not engine.working()
    assert [scene.ends(number) for number in range(3)] == [
        ["began", "finished"],
        ["began", "fault"],
        ["lost"],
    ]


def test_while_the_controller_is_away_nothing_is_begun_and_then_it_is(scene: Scene) -> None:
    engine = scene.open()
    engine.start(scene.cells[:1])
    scene.queue("RUNNING")
    assert engine.room() > 0
    away = scene.folder / "away"
    away.touch()
    assert engine.room() == 0
    assert engine.working() == {"c1"}
    back = threading.Timer(0.5, away.unlink)
    back.start()
    engine.start(scene.cells[1:])
    back.join()
    assert len(list((scene.folder / "slurm").glob("????????????.json"))) == 2
    assert engine.room() > 0


def test_a_module_in_the_folder_it_was_begun_in_is_not_taken_for_pythons_own(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.open().start(scene.cells[:1])
    (scene.folder / "select.py").write_text("raise SystemExit('a module of the project')\n")
    monkeypatch.setenv("PYTHONPATH", str(Path(agentkit.__file__).parents[1]))
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "0")
    command = ["bash", str(scene.folder / "submitted")]
    done = subprocess.run(command, cwd=scene.folder, capture_output=True, text=True, check=False)
    assert "a module of the project" not in done.stdout + done.stderr
    assert scene.ends(0) == ["began", "infrastructure"], "both processes came so far as to look for the sweep"
