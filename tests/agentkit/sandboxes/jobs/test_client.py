"""Jobs as whoever asks for them sees them: begun once, found again, and lost only in good order."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.jobs import FinishedJob, GpuRequest
from agentkit.contracts.sandbox import Command
from agentkit.errors import AgentkitError, RunFailed, UsageError
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.jobs.client import MOST_TRIES, FolderJobs
from agentkit.sandboxes.local import LocalSandbox

pytestmark = pytest.mark.real

SANDBOXES = [LocalSandbox(), BubblewrapSandbox()]
STUBBORN = "import signal, sys, time\nsignal.signal(15, lambda *_: sys.exit(7))\nprint('up', flush=True)\n"
STUBBORN += "time.sleep(600)"


def started(jobs: FolderJobs, make: Any, **how: Any) -> None:
    asyncio.run(jobs.start("training", make, **how))


def finished(jobs: FolderJobs, make: Any, **how: Any) -> FinishedJob:
    return asyncio.run(jobs.run("training", make, **how))


@pytest.mark.parametrize("sandbox", SANDBOXES, ids=lambda each: each.name)
def test_a_job_is_run_and_found_again(workshop: Any, sandbox: Any) -> None:
    heard: list[bytes] = []
    done = finished(workshop.jobs(sandbox), workshop.make(code=3), on_output=heard.append)
    assert (done.result.status, done.result.exit_code, done.lost) == ("failed", 3, 0)
    assert b"".join(heard) == b"first line\nlast line\n"
    assert (done.command.folder / "answer").read_text() == "42"
    again = finished(workshop.jobs(sandbox), workshop.make(), on_output=heard.append)
    assert again == done
    assert (workshop.begun, workshop.laid_out) == (1, 1)
    assert workshop.kinds() == ["job", "job_ended"] * 2
    first, second = (data for kind, data in workshop.recorded if kind == "job")
    assert (first["attached"], second["attached"]) == (False, True)
    assert first["pid"] == second["pid"]
    ended = workshop.recorded[-1][1]
    assert (ended["job"], ended["status"], ended["exit"]) == ("a1-3/training", "failed", 3)


@pytest.mark.parametrize("sandbox", SANDBOXES, ids=lambda each: each.name)
def test_a_running_job_is_waited_for_by_another_process(workshop: Any, sandbox: Any) -> None:
    started(workshop.jobs(sandbox), workshop.make(1.5))
    assert workshop.alive(workshop.last_try())
    heard: list[bytes] = []
    done = finished(workshop.jobs(sandbox), workshop.make(), on_output=heard.append)
    assert done.result.status == "ok"
    assert b"".join(heard) == b"first line\nlast line\n", "what was said before is told too"
    assert (workshop.begun, workshop.laid_out) == (1, 1)


def test_one_of_other_files_is_another_job(workshop: Any) -> None:
    started(workshop.jobs(digest="old"), workshop.make(600))
    old = workshop.last_try()
    spec, processes = old.spec, workshop.processes(old)
    done = finished(workshop.jobs(digest="new"), workshop.make())
    assert done.result.status == "ok"
    assert (workshop.laid_out, done.lost) == (2, 0)
    assert spec is not None and not any(Path(f"/proc/{pid}").exists() for pid in processes)


def test_a_folder_that_was_never_finished_is_made_anew(workshop: Any) -> None:
    half = workshop.place / "jobs" / "a1-3" / "training" / "1" / "files" / "work"
    half.mkdir(parents=True)
    (half / "trash").write_text("half")
    done = finished(workshop.jobs(), workshop.make())
    assert sorted(path.name for path in done.command.folder.iterdir()) == ["answer", "train.py"]


def test_a_spec_without_a_supervisor_gets_one(workshop: Any) -> None:
    """As left by a process that was killed between the two."""
    finished(workshop.jobs(), workshop.make())
    place = workshop.last_try()
    for name in ("supervisor.json", "began.json", "result.json", "lock"):
        (place.path / name).unlink()
    done = finished(workshop.jobs(), workshop.make())
    assert (done.result.status, workshop.begun, workshop.laid_out) == ("ok", 2, 1)


@pytest.mark.parametrize("sandbox", SANDBOXES, ids=lambda each: each.name)
def test_a_killed_supervisor_takes_its_job_along_and_the_job_begins_again(
    workshop: Any, waiting: Any, sandbox: Any
) -> None:
    started(workshop.jobs(sandbox), workshop.make(600))
    place = workshop.last_try()
    waiting(lambda: workshop.begun == 1)
    assert workshop.processes(place)
    workshop.kill_supervisor(place)
    done = finished(workshop.jobs(sandbox), workshop.make(0))
    assert workshop.processes(place) == []
    assert (done.result.status, done.lost, workshop.begun) == ("ok", 1, 2)
    assert workshop.notes() == ["The job a1-3/training was lost: its supervisor was killed. It begins again."]
    ends = [data["status"] for kind, data in workshop.recorded if kind == "job_ended"]
    assert ends == ["lost", "ok"]


def test_a_supervisor_that_is_killed_while_somebody_waits(workshop: Any, waiting: Any) -> None:
    async def wait_and_kill() -> FinishedJob:
        waiter = asyncio.create_task(workshop.jobs().run("training", workshop.make(2)))
        while not workshop.begun:
            await asyncio.sleep(0.05)
        await asyncio.to_thread(workshop.kill_supervisor, workshop.last_try())
        done: FinishedJob = await waiter
        return done

    done = asyncio.run(wait_and_kill())
    assert (done.result.status, done.lost, workshop.begun) == ("ok", 1, 2)


def test_a_job_that_is_lost_again_and_again_is_given_up(workshop: Any) -> None:
    async def kill_each() -> None:
        killed = 0
        waiter = asyncio.create_task(workshop.jobs().run("training", workshop.make(600)))
        while not waiter.done():
            await asyncio.sleep(0.05)
            if workshop.begun > killed:
                killed = workshop.begun
                await asyncio.to_thread(workshop.kill_supervisor, workshop.last_try())
        await waiter

    with pytest.raises(RunFailed, match=f"begun {MOST_TRIES} times and lost each time"):
        asyncio.run(kill_each())
    assert workshop.begun == MOST_TRIES
    assert not (workshop.place / "jobs" / "a1-3" / "training").exists()


def test_another_boot_means_lost(workshop: Any, waiting: Any) -> None:
    started(workshop.jobs(), workshop.make(600))
    place = workshop.last_try()
    waiting(lambda: workshop.begun == 1)
    workshop.kill_supervisor(place)
    path = place.path / "supervisor.json"
    path.write_text(path.read_text().replace(place.supervisor.place[:8], "00000000"))
    done = finished(workshop.jobs(), workshop.make())
    assert (done.result.status, done.lost, workshop.begun) == ("ok", 1, 2)
    assert "the machine or container was restarted" in workshop.notes()[0]


def test_a_number_that_was_given_again_is_not_taken_for_the_supervisor(workshop: Any) -> None:
    """The process that has the number now is left alone."""
    started(workshop.jobs(), workshop.make(600))
    place = workshop.last_try()
    path = place.path / "supervisor.json"
    workshop.kill_supervisor(place)
    with subprocess.Popen(["sleep", "600"]) as other:
        path.write_text(place.supervisor.model_copy(update={"pid": other.pid}).model_dump_json())
        done = finished(workshop.jobs(), workshop.make())
        assert (done.result.status, done.lost) == ("ok", 1)
        assert other.poll() is None
        other.kill()


def test_the_deadline_holds_with_nobody_there(workshop: Any, waiting: Any) -> None:
    started(workshop.jobs(), workshop.make(600, limit=1.0))
    place = workshop.last_try()
    waiting(lambda: place.report is not None)
    waiting(lambda: not workshop.alive(place))
    assert workshop.processes(place) == []
    assert finished(workshop.jobs(), workshop.make()).result.status == "timeout"
    assert workshop.begun == 1


def test_the_longest_time_that_was_given_holds_too(workshop: Any) -> None:
    done = finished(workshop.jobs(seconds=1.0), workshop.make(600, limit=500.0))
    assert done.result.status == "timeout"


def test_cancelled_it_is_stopped_and_forgotten(workshop: Any) -> None:
    async def cancel() -> None:
        waiter = asyncio.create_task(workshop.jobs().run("training", workshop.make(600)))
        while not workshop.begun:
            await asyncio.sleep(0.05)
        seen.append(workshop.last_try().supervisor)
        seen.append(workshop.processes(workshop.last_try()))
        waiter.cancel()
        await waiter

    seen: list[Any] = []
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel())
    assert seen[1] and not any(Path(f"/proc/{pid}").exists() for pid in (seen[0].pid, *seen[1]))
    assert not (workshop.place / "jobs" / "a1-3" / "training").exists()
    assert workshop.recorded[-1][1]["status"] == "stopped"


def test_a_listener_that_fails_stops_the_job(workshop: Any) -> None:
    def fail(piece: bytes) -> None:
        raise KeyError("listener")

    with pytest.raises(KeyError, match="listener"):
        finished(workshop.jobs(), workshop.make(600), on_output=fail)
    assert not (workshop.place / "jobs" / "a1-3" / "training").exists()


def test_a_stopped_job_keeps_its_exit_code_and_is_run_again_by_who_needs_its_end(workshop: Any) -> None:
    async def stop() -> FinishedJob:
        jobs = workshop.jobs()
        await jobs.start("training", workshop.make(script=STUBBORN))
        assert await jobs.wait("training", 0.3) is None
        while "up" not in jobs.tail("training"):
            await asyncio.sleep(0.05)
        done: FinishedJob = await jobs.stop("training")
        return done

    done = asyncio.run(stop())
    assert (done.result.status, done.result.exit_code, done.result.output) == ("stopped", 7, "up\n")
    assert asyncio.run(workshop.jobs().stop("training")) == done, "stopping twice changes nothing"
    again = finished(workshop.jobs(), workshop.make())
    assert (again.result.status, again.lost) == ("ok", 1)


def test_tail_and_wait(workshop: Any) -> None:
    async def look() -> None:
        jobs = workshop.jobs()
        with pytest.raises(UsageError, match="no job 'training'"):
            await jobs.wait("training")
        await jobs.start("training", workshop.make(0.2, 5))
        done = await jobs.wait("training", 100)
        assert done is not None and done.result.exit_code == 5
        assert jobs.tail("training", 1) == "last line"
        assert jobs.tail("training") == "first line\nlast line"
        assert await jobs.stop("training") == done, "it had ended by itself"

    asyncio.run(look())


def test_what_makes_a_job_impossible_is_raised_as_it_is_and_tried_anew(workshop: Any) -> None:
    def without_folder(folder: Path) -> Command:
        command: Command = workshop.make()(folder)
        shutil.rmtree(command.folder)
        return command

    with pytest.raises(AgentkitError, match="could not be started in"):
        finished(workshop.jobs(), without_folder)
    assert finished(workshop.jobs(), workshop.make()).result.status == "ok"


def test_what_it_holds_of_the_gpus_counts_and_what_it_waits_for_them_does_not(
    workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTKIT_GPUS", "fake:1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    say = "import os, time\nprint(os.environ['CUDA_VISIBLE_DEVICES'], flush=True)\ntime.sleep(2)"
    waited: list[float] = []

    async def both() -> list[FinishedJob]:
        jobs = workshop.jobs(on_queue=waited.append)
        make, gpus = workshop.make(script=say, limit=3.5), GpuRequest(count=1)
        asked = (jobs.run(name, make, gpus=gpus) for name in ("one", "two"))
        return list(await asyncio.gather(*asked))

    first, second = sorted(asyncio.run(both()), key=lambda each: each.queued_seconds)
    assert {each.result.output for each in (first, second)} == {"fake-0\n"}
    assert second.result.status == "ok", "its limit began when it had its device"
    assert second.queued_seconds >= 1.5 > first.queued_seconds
    assert all(each.result.seconds <= each.gpu_seconds for each in (first, second))
    assert sum(waited) >= 1.5


def test_removing_a_job_that_is_only_about_to_be_supervised(workshop: Any) -> None:
    finished(workshop.jobs(), workshop.make())
    place = workshop.last_try()
    for name in ("supervisor.json", "result.json"):
        (place.path / name).unlink()
    asyncio.run(workshop.jobs().remove("training"))
    assert not place.path.exists()


def test_old_results_can_be_told_from_new_ones(workshop: Any) -> None:
    finished(workshop.jobs(), workshop.make())
    asyncio.run(workshop.jobs().remove_older(3600))
    assert workshop.last_try().report is not None
    asyncio.run(workshop.jobs().remove_older(-1))
    assert not (workshop.place / "jobs" / "a1-3" / "training").exists()


def test_what_runs_is_ended_and_what_has_ended_is_kept(workshop: Any) -> None:
    jobs = workshop.jobs()
    finished(jobs, workshop.make())
    asyncio.run(jobs.start("other", workshop.make(600)))
    asyncio.run(workshop.jobs().remove_running())
    assert [path.name for path in jobs.folder.iterdir()] == ["training"]
