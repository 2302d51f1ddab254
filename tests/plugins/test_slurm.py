"""Slurm: what is wrong without one, and a real one of one node."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import agentkit
from agentkit.catalog import open_catalog
from agentkit.contracts.sweep import Engine
from agentkit.errors import BadFile, MissingRequirement, UnknownName, UsageError
from agentkit.runs.engines.open import open_engine
from agentkit.runs.sweeps.tries import read_entries
from tests.agentkit.runs.counting_task import counted, wait_for, write_counting_task
from tests.plugins.slurm_cluster import lack, said, slurm_cluster

PAGE = Path(__file__).parents[2] / "docs" / "slurm.md"
plugin = open_catalog().load("plugin", "slurm")


def opened(folder: Path, **told: object) -> Engine:
    return open_engine(open_catalog(), "slurm", folder, told, folder / "sweep.toml")


def test_the_page_names_every_setting_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    fields = plugin.SETTINGS.model_fields
    assert [name for name, _ in rows] == list(fields)
    numbers = {name: int(text) for name, text in rows if text.isdecimal()}
    assert numbers == {name: fields[name].default for name in numbers}


@pytest.mark.parametrize(
    ("told", "expected"),
    [({"partitoin": "gpu"}, "Did you mean: partition"), ({"minutes": 0}, "at 'engine.slurm.minutes'"),
     ({"minutes": 2, "stop_seconds": 90}, "at most half of the minutes"), ({"gpus": True}, "true or false"),
     ({"options": {"job_name": "mine"}}, "at 'engine.slurm'[^$]*options without job-name")],
)  # fmt: skip
def test_a_mistake_in_the_table_is_named(tmp_path: Path, told: dict[str, object], expected: str) -> None:
    with pytest.raises(BadFile, match=expected):
        opened(tmp_path, **told)


def test_without_submitit_or_slurm_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with monkeypatch.context() as missing:
        missing.setitem(sys.modules, "submitit", None)
        with pytest.raises(MissingRequirement, match=r"pip install 'agentkit-research\[slurm\]'"):
            opened(tmp_path)
    pytest.importorskip("submitit")
    with pytest.raises(MissingRequirement, match="needs sbatch, squeue, scancel, scontrol, srun, which are"):
        opened(tmp_path)


def test_what_sbatch_is_told(tmp_path: Path) -> None:
    told = {"minutes": 30, "gpus": "h100:2", "memory_gb": 1.5, "options": {"reservation": "icml"}}
    found = plugin.SETTINGS(**told).parameters("agentkit-1", tmp_path)
    assert found["gres"] == "gpu:h100:2"
    assert found["mem"] == "1536M"
    assert found["additional_parameters"]["signal"] == "B:USR2@90"
    assert found["additional_parameters"]["reservation"] == "icml"
    assert "partition" not in found


# ---- a real one ----


@pytest.fixture(scope="module")
def cluster() -> Iterator[dict[str, str]]:
    pytest.importorskip("submitit")
    if reason := lack():
        pytest.skip(reason)
    # Not in pytest's folder: the path of a socket may not be long.
    with tempfile.TemporaryDirectory(prefix="slurm-") as folder, slurm_cluster(Path(folder)) as variables:
        yield variables


SWEEP = """
[axes]
seed = [1, 2]
[fixed]
task = "count/steps"
scaffold = "nop"
measurements = 1
sandbox = "local"
[retry]
seconds = 0.5
[engine.local]
workers = 2
[engine.slurm]
gpus = 1
setup = ["echo gpus: $CUDA_VISIBLE_DEVICES"]
"""
COLUMNS = ("cell", "labels", "state", "reason", "value", "answer", "attempts", "valid_attempts", "tokens")
"""All but times and folders."""


class Project:
    """A task that takes as long as one likes, and a sweep of two runs of it."""

    def __init__(self, folder: Path, cluster: dict[str, str]) -> None:
        self.folder = folder
        self.counting = folder / "tasks" / "count"
        self.counting.parent.mkdir()
        write_counting_task(self.counting)
        variables = {"PYTHONPATH": str(Path(agentkit.__file__).parents[1]), "XDG_CACHE_HOME": str(folder)}
        self.surroundings = {**os.environ, **cluster, **variables}

    def agentkit(self, *words: str, **how: Any) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "agentkit", *words]
        return subprocess.Popen(command, cwd=self.folder, env=self.surroundings, **how)

    def sweep(self, text: str, engine: str) -> subprocess.Popen[bytes]:
        (self.folder / "sweep.toml").write_text(text)
        return self.agentkit("sweep", "sweep.toml", "--yes", "--quiet", "--engine", engine, "--out", engine)

    def table(self, engine: str) -> list[dict[str, Any]]:
        """Of a sweep's runs."""
        answer, _ = self.agentkit("table", engine, "--json", stdout=subprocess.PIPE).communicate()
        runs = sorted(json.loads(answer)["runs"], key=lambda run: str(run["cell"]))
        return [{column: run[column] for column in COLUMNS} for run in runs]

    def ask(self, *command: str) -> list[str]:
        return said(command, self.surroundings).splitlines()

    def begun(self) -> int:
        return sum(line.startswith("begin") for line in counted(self.counting))


@pytest.fixture
def project(tmp_path: Path, cluster: dict[str, str]) -> Project:
    return Project(tmp_path, cluster)


@pytest.mark.real
@pytest.mark.slow
def test_killed_preempted_and_cancelled_a_sweep_gives_the_table_of_an_undisturbed_one(
    project: Project,
) -> None:
    """The sweep is killed, both jobs lose their GPUs to one of a better partition, later one is cancelled."""
    assert project.sweep(SWEEP, "local").wait() == 0
    wanted = project.table("local")
    assert [run["state"] for run in wanted] == ["finished"] * 2
    (project.counting / "counter" / "lines").unlink()
    (project.counting / "step_seconds").write_text("0.6")
    sweep = project.sweep(SWEEP, "slurm")
    wait_for(lambda: project.begun() >= 2)
    sweep.send_signal(signal.SIGKILL)
    sweep.wait()
    urgent = ("--partition=urgent", "--gres=gpu:2", "--output=/dev/null", "--wrap=sleep 1")
    project.ask("sbatch", *urgent)
    wait_for(lambda: len(project.ask("squeue", "--noheader", "--states=PENDING", "--array")) == 2)
    before = project.begun()
    sweep = project.sweep(SWEEP, "slurm")
    wait_for(lambda: project.begun() > before)
    running = project.ask("squeue", "--noheader", "--states=RUNNING", "--array", "--format=%i")
    project.ask("scancel", running[0])
    assert sweep.wait() == 0
    assert project.table("slurm") == wanted
    ended = [line for line in counted(project.counting) if line.startswith("end")]
    assert len(ended) == len(set(ended)) == 4, "no training that ended was run again"
    logs = [path.read_text() for path in (project.folder / "slurm" / "slurm").glob("slurm-*_*.out")]
    assert {re.findall(r"gpus: (\d)", log)[0] for log in logs} == {"0", "1"}
    preempted = [log for log in logs if "PREEMPTION" in log]
    assert preempted
    assert all("stopped: cancelled or preempted" in log for log in preempted)
    cells = (project.folder / "slurm" / "cells").iterdir()
    ends = [entry.how for cell in cells for entry in read_entries(cell) if entry.kind == "ended"]
    assert (ends.count("finished"), ends.count("lost")) == (2, 1), (
        "what Slurm began again itself was not lost"
    )


@pytest.mark.real
@pytest.mark.slow
def test_a_job_over_its_time_limit_is_recorded_as_such(project: Project) -> None:
    (project.counting / "step_seconds").write_text("20")
    limit = "minutes = 1\nstop_seconds = 30\nover_times = 0\n"
    assert project.sweep(SWEEP.replace("[1, 2]", "[1]") + limit, "slurm").wait() == 5
    (row,) = project.table("slurm")
    assert row["state"] == "failed"
    assert re.fullmatch(r"over its time limit of 1 min \(job \d+_0\)", row["reason"])


@pytest.mark.real
@pytest.mark.slow
def test_what_slurm_refuses_and_a_controller_that_is_away_are_said_plainly(
    tmp_path: Path, cluster: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_CONF", cluster["SLURM_CONF"])
    cells = [tmp_path / "cell"]
    cells[0].mkdir()
    with pytest.raises(UnknownName, match=r"There is no partition 'mian'[^$]*Did you mean: main"):
        opened(tmp_path, partition="mian").start(cells)
    with pytest.raises(UsageError, match="node configuration is not available"):
        opened(tmp_path, gpus=3).start(cells)
    engine = opened(tmp_path, minutes=601)
    engine.start(cells)
    assert engine.working() == {"cell"}
    with pytest.raises(UsageError, match="never start job .*: PartitionTimeLimit"):
        wait_for(lambda: not engine.working())
    elsewhere = tmp_path / "slurm.conf"
    elsewhere.write_text(re.sub(r"(SlurmctldPort)=.*", r"\1=1", Path(cluster["SLURM_CONF"]).read_text()))
    monkeypatch.setenv("SLURM_CONF", str(elsewhere))
    with pytest.raises(MissingRequirement, match="controller does not answer"):
        opened(tmp_path).working()
    wait_for(lambda: engine.room() == 0)  # nothing more is begun, and for a while what was said last holds
