"""A job's task as a scheduler sees it: real processes, real signals."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.runs.engines.task import OVER, UP, Batch, got_further, over_times
from agentkit.runs.sweeps.standing import LOCK
from agentkit.runs.sweeps.tries import Entry, read_entries, write_entry
from agentkit.sandboxes.gpus.tickets import lock_file

WORKER = """\
say() { echo "{\\"kind\\": \\"$2\\", \\"how\\": $3}" >>"$1/tries.jsonl"; }
trap 'say "$1" ended "\\"stopped\\""; exit 143' TERM
say "$1" began null
while [ ! -e "$1/go" ]; do sleep 0.05; done
say "$1" ended "\\"$(cat "$1/go")\\""
[ "$(cat "$1/go")" = finished ]
"""
"""Works on a cell until it has a file `go` that says how it ends."""
PATIENCE = 120.0


class Scene:
    """Two cells, and jobs that work on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.requeued = folder / "requeued-7"
        self.cells = [folder / name for name in ("c1", "c2")]
        for cell in self.cells:
            cell.mkdir()
        (folder / "worker").write_text(WORKER)

    def start(self, over_times: int = 1, requeue: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        file = self.folder / "batch.json"
        batch = Batch(
            tasks=((), tuple(self.cells)),
            worker=("sh", str(self.folder / "worker")),
            job="${JOB_NUMBER}_1",
            requeue=requeue or ("touch", str(self.folder / "requeued-$JOB_NUMBER")),
            limit_seconds=3600,
            stop_seconds=60,
            over_times=over_times,
        )
        file.write_text(batch.model_dump_json())
        command = [sys.executable, "-m", "agentkit.runs.engines.task", str(file), "1"]
        surroundings = {**os.environ, "JOB_NUMBER": "7"}
        return subprocess.Popen(command, env=surroundings, start_new_session=True, stdout=subprocess.DEVNULL)

    def let_go(self, number: int, how: str = "finished") -> None:
        draft = self.cells[number] / "draft"
        draft.write_text(how)
        draft.rename(self.cells[number] / "go")

    def entries(self, number: int) -> list[str]:
        return [entry.how or entry.kind for entry in read_entries(self.cells[number])]

    def reason(self, number: int) -> str:
        return read_entries(self.cells[number])[-1].reason


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)


def test_cells_are_worked_on_in_turn_and_one_that_fails_does_not_keep_the_next(scene: Scene) -> None:
    task = scene.start()
    wait_until(lambda: scene.entries(0) == ["began"])
    assert scene.entries(1) == []
    scene.let_go(0, "fault")
    scene.let_go(1)
    assert task.wait(PATIENCE) == 1
    assert scene.entries(0) == ["began", "fault"]
    assert scene.entries(1) == ["began", "finished"]


def test_when_the_time_is_up_the_job_goes_on_in_the_queue_until_a_cell_had_its_chances(scene: Scene) -> None:
    for before in ([], ["began", "stopped", "stopped"]):
        task = scene.start(over_times=1)
        wait_until(lambda: scene.entries(0) == [*before, "began"])  # noqa: B023
        task.send_signal(signal.SIGUSR2)
        assert task.wait(PATIENCE) == 143
        assert scene.requeued.exists()
        scene.requeued.unlink()
    assert scene.entries(0) == ["began", "stopped", "stopped", "began", "stopped", "fault"]
    assert scene.reason(0) == "over its time limit of 60 min, 2 times (job 7_1)"
    assert scene.entries(1) == []
    scene.let_go(0)
    scene.let_go(1)
    assert scene.start().wait(PATIENCE) == 0
    assert scene.entries(0)[-1] == "fault", "it is left alone"
    assert scene.entries(1) == ["began", "finished"]


def test_a_cell_that_began_late_is_not_blamed_for_the_time(scene: Scene) -> None:
    scene.let_go(0)
    task = scene.start(over_times=0)
    wait_until(lambda: scene.entries(1) == ["began"])
    task.send_signal(signal.SIGUSR2)
    task.wait(PATIENCE)
    assert scene.entries(1) == ["began", "stopped", "stopped"]
    assert scene.reason(1) == "the time of its job was up: 60 min (job 7_1)"
    assert scene.requeued.exists()


def test_what_cannot_be_put_back_is_said(scene: Scene) -> None:
    task = scene.start(requeue=("sh", "-c", "echo requeueing is disabled >&2; exit 1"))
    wait_until(lambda: scene.entries(0) == ["began"])
    task.send_signal(signal.SIGUSR2)
    task.wait(PATIENCE)
    for number in (0, 1):
        assert scene.entries(number)[-1] == "infrastructure"
        assert "job 7_1 was up, and it could not be put back: requeueing is disabled" in scene.reason(number)


@pytest.mark.parametrize(
    ("number", "to_all", "reason"),
    [(signal.SIGUSR1, False, "the sweep was stopped (job 7_1)"),
     (signal.SIGTERM, True, "cancelled or preempted (job 7_1)")],
)  # fmt: skip
def test_a_stop_from_outside_is_clean_and_not_answered_by_beginning_again(
    scene: Scene, number: signal.Signals, to_all: bool, reason: str
) -> None:
    task = scene.start()
    wait_until(lambda: scene.entries(0) == ["began"])
    (os.killpg if to_all else os.kill)(task.pid, number)
    assert task.wait(PATIENCE) == 143
    assert scene.entries(0) == ["began", "stopped", "stopped"], "the worker was told once"
    assert scene.reason(0) == reason
    assert scene.entries(1) == []
    assert not scene.requeued.exists()


def test_a_worker_that_is_killed_is_lost_and_the_next_cell_is_worked_on(scene: Scene) -> None:
    worker = scene.folder / "worker"
    worker.write_text(WORKER.replace("while", '[ -e "$1/go" ] || kill -9 $$\nwhile'))
    scene.let_go(1)
    assert scene.start().wait(PATIENCE) == 9
    assert scene.entries(0) == ["began", "lost"]
    assert scene.reason(0) == "its process ended with SIGKILL (job 7_1)"
    assert scene.entries(1) == ["began", "finished"]


def test_a_cell_that_another_worker_holds_is_left_to_it(scene: Scene) -> None:
    (scene.folder / "worker").write_text("exit 75\n")
    write_entry(scene.cells[0], Entry(kind="began"))
    lock = lock_file(scene.cells[0] / LOCK, fcntl.LOCK_EX)
    assert lock is not None
    assert scene.start().wait(PATIENCE) == 75
    os.close(lock)
    assert scene.entries(0) == ["began"]


def test_a_run_that_keeps_what_it_did_gets_further(tmp_path: Path) -> None:
    run = tmp_path / "tries" / "20260101-120000-x"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{}")
    kinds = ["run_resumed", "job", "job_ended", "outcome", "run_ended"]
    lines = [{"v": 1, "n": n, "t": 100.0 + n, "kind": kind, "data": {}} for n, kind in enumerate(kinds)]
    (run / "journal.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert got_further(tmp_path, since=103.0)
    assert not got_further(tmp_path, since=103.5), "a training that was cut short is begun again"
    (run / "journal.jsonl").unlink()
    assert not got_further(tmp_path, since=0.0)


@given(st.lists(st.sampled_from(["over", "stopped", "began", "again", "further"])))
def test_only_times_in_a_row_count_and_only_since_a_person_asked_again(kinds: list[str]) -> None:
    entries = {
        "over": Entry(kind="ended", how="stopped", reason=f"{OVER} 1 h"),
        "stopped": Entry(kind="ended", how="stopped", reason="cancelled"),
        "began": Entry(kind="began"),
        "again": Entry(kind="again"),
        "further": Entry(kind="ended", how="stopped", reason=f"{UP}: 1 h"),
    }
    since = max((at for at, kind in enumerate(kinds) if kind in ("again", "further")), default=-1)
    assert over_times([entries[kind] for kind in kinds]) == kinds[since + 1 :].count("over")
