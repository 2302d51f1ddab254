from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import agentkit
from agentkit.errors import BadFile, RunProblem
from agentkit.runs.sweeps.place import SweepFolder
from agentkit.runs.sweeps.pool import Pool, open_pool, usual_workers
from agentkit.runs.sweeps.tries import read_entries
from agentkit.sandboxes.gpus.tickets import is_locked
from tests.agentkit.runs.sweeps.conftest import LayOut, Read

SLOW = "import time\ntime.sleep(60)\n"
PATIENCE = 120.0


def wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


@pytest.fixture
def slow(project: Path, lay_out: LayOut, monkeypatch: pytest.MonkeyPatch) -> SweepFolder:
    """A sweep of two runs that take a minute each."""
    monkeypatch.setenv("PYTHONPATH", str(Path(agentkit.__file__).parents[1]))
    evaluate = project / "tasks" / "toy" / "number" / "evaluate.py"
    evaluate.write_text(SLOW + evaluate.read_text())
    return lay_out()


def is_evaluating(cell: Path) -> bool:
    return any('"calibrating"' in line or "run_started" in line for line in journal(cell))


def journal(cell: Path) -> list[str]:
    return [
        line for path in (cell / "tries").glob("*/journal.jsonl") for line in path.read_text().splitlines()
    ]


@pytest.mark.real
def test_a_killed_worker_is_told_as_such(slow: SweepFolder) -> None:
    cell = slow.cell(slow.grid[0])
    pool = Pool(1)
    try:
        pool.start([cell])
        assert pool.working() == {cell.name}
        assert pool.room() == 0
        wait_for(lambda: is_evaluating(cell))
        os.kill(int(read_entries(cell)[0].worker.partition(":")[2]), signal.SIGKILL)
        wait_for(lambda: pool.room() == 1)
    finally:
        pool.stop()
    last = read_entries(cell)[-1]
    assert (last.how, last.reason) == ("lost", "its worker was killed (SIGKILL)")
    assert slow.row(slow.grid[0]).state == "waiting"


@pytest.mark.real
@pytest.mark.slow
def test_workers_end_when_whoever_began_them_is_killed(slow: SweepFolder) -> None:
    cell = slow.cell(slow.grid[0])
    code = (
        "import time; from pathlib import Path; from agentkit.runs.sweeps.pool import Pool\n"
        f"Pool(1).start([Path({str(cell)!r})]); time.sleep(300)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code])
    try:
        wait_for(lambda: is_evaluating(cell))
    finally:
        parent.kill()
        parent.wait()
    wait_for(lambda: not is_locked(cell / "lock"))
    assert read_entries(cell)[-1].how == "stopped"
    assert '"interrupted"' in journal(cell)[-1], "its run was closed in good order"


@pytest.mark.real
def test_a_worker_takes_no_modules_from_the_folder_it_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(agentkit.__file__).parents[1]))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agentkit").mkdir()
    (tmp_path / "agentkit" / "__init__.py").write_text("raise SystemExit(3)")
    cell = tmp_path / "sweep" / "cells" / "c1"
    cell.mkdir(parents=True)
    pool = Pool(1)
    try:
        pool.start([cell])
        wait_for(lambda: not pool.working())
    finally:
        pool.stop()
    assert [entry.kind for entry in read_entries(cell)] == ["began", "ended"], "it came to say what is wrong"


def test_what_an_engine_is_told_is_checked(read: Read) -> None:
    source = read("[axes]\nseed = [1]\n[engine.local]\nworkers = 3\nworker = 2\n")
    assert open_pool({"workers": 3}, source).workers == 3
    assert open_pool({}, source).workers == usual_workers()[0] >= 1
    for told in ({"worker": 2}, {"workers": 0}, {"workers": "x"}):
        with pytest.raises(BadFile, match=r"engine\.local\.work"):
            open_pool(told, source)


def test_gpus_decide_how_many_where_there_are_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTKIT_GPUS", "fake:3")
    assert usual_workers() == (3, "one a GPU")


def test_a_cell_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunProblem, match="No worker can be begun"):
        Pool(1).start([tmp_path / "nothing"])
