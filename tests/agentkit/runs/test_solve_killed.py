"""kill -9 at random moments of a run over real HTTP, then resume: the same journal, and no reply asked twice.

AGENTKIT_KILLS sets how many kills each of the two random cases makes.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from agentkit.runs.folder import open_run
from tests.agentkit.runs.stub_runs import FLAT, answering, attempts, command, replies, solve, what_happened
from tests.conftest import Once

pytestmark = pytest.mark.real

KILLS = int(os.environ.get("AGENTKIT_KILLS", "3"))


@pytest.fixture
def server() -> Iterator[Any]:
    with answering() as server:
        yield server


class Calm(NamedTuple):
    """What a run does that nobody disturbs."""

    happened: list[tuple[str, str, str]]
    asked: int
    """Requests."""
    seconds: float


@pytest.fixture
def calm(project: Path, server: Any, once: Once) -> Calm:
    def make(folder: Path) -> None:
        began = time.monotonic()
        assert solve(server, str(folder / "runs")).wait() == 0
        (folder / "figures").write_text(f"{len(server.asked)} {time.monotonic() - began}")
        server.asked.clear()

    folder = once("calm", make)
    (run,) = (folder / "runs").iterdir()
    asked, seconds = (folder / "figures").read_text().split()
    return Calm(what_happened(run), int(asked), float(seconds))


@pytest.mark.slow
@pytest.mark.parametrize("half", [1, 2])
def test_killed_runs_end_like_the_undisturbed_one(project: Path, server: Any, calm: Calm, half: int) -> None:
    length = calm.seconds
    choose = random.Random(half)
    landed = kill = 0
    while landed < KILLS:
        kill += 1
        assert kill <= 4 * KILLS, "too few kills hit a run that was under way"
        shutil.rmtree("killed", ignore_errors=True)
        server.asked.clear()
        process = solve(server, "killed")
        time.sleep(choose.uniform(0.25, 1.0) * length)
        process.send_signal(signal.SIGKILL)
        hit = process.wait() == -signal.SIGKILL
        landed += hit
        length *= 1.0 if hit else 0.9  # it runs faster now than when it was timed
        runs = list(Path("killed").glob("*/journal.jsonl"))
        if not runs:
            continue  # killed before there was a run
        run = runs[0].parent
        if kill % 2:
            (run / "checkpoints.sqlite").unlink(missing_ok=True)
        assert command(server, "resume", str(run)).wait() == 0, f"kill {kill}"
        assert what_happened(run) == calm.happened, f"kill {kill}"
        assert len(replies(run)) == len(set(replies(run)))
        assert len(server.asked) <= calm.asked + 1, "a kill costs at most the one request that was in flight"


@pytest.mark.slow
def test_a_killed_run_of_four_at_once_ends_in_the_same_attempts(project: Path, server: Any) -> None:
    assert solve(server, "calm", FLAT).wait() == 0
    (calm,) = Path("calm").iterdir()
    whole = attempts(calm)
    asked = len(server.asked)
    choose = random.Random(1)
    for _ in range(max(2, 2 * KILLS // 3)):
        shutil.rmtree("killed", ignore_errors=True)
        server.asked.clear()
        process = solve(server, "killed", FLAT)
        while not (runs := list(Path("killed").glob("*/journal.jsonl"))):
            time.sleep(0.01)
        time.sleep(choose.uniform(0.0, 1.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        run = runs[0].parent
        assert command(server, "resume", str(run)).wait() == 0
        assert attempts(run) == whole
        assert len(server.asked) <= asked + 4, "at most one request in flight a worker"


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_goes_on_too(project: Path, server: Any, calm: Calm, by: signal.Signals) -> None:
    process = solve(server, "stopped")
    while not list(Path("stopped").glob("*/attempts/a2")):
        time.sleep(0.01)
    process.send_signal(by)
    assert process.wait() == (130 if by == signal.SIGINT else 143)
    (run,) = Path("stopped").iterdir()
    assert open_run(run).summary().state == "interrupted"
    assert command(server, "resume", str(run)).wait() == 0
    events = [each for each in what_happened(run) if '"interrupted"' not in each[2]]
    assert events == calm.happened


@pytest.mark.parametrize("kilobytes", [56, 88])
def test_a_run_whose_disk_is_full_goes_on_once_there_is_room(
    project: Path, server: Any, calm: Calm, kilobytes: int
) -> None:
    """No file may grow past the limit, which LangGraph's checkpoints meet first."""
    full = solve(server, "full", before=("prlimit", f"--fsize={1024 * kilobytes}"))
    assert full.wait() == 4
    (run,) = Path("full").iterdir()
    whole_lines = (run / "journal.jsonl").read_bytes()
    assert whole_lines.endswith(b"\n"), "no half record is left"
    assert command(server, "resume", str(run)).wait() == 0
    events = [each for each in what_happened(run) if '"failed"' not in each[2]]
    assert events == calm.happened
    assert len(replies(run)) == len(set(replies(run)))


class SmallDisk:
    """A file system in memory, of so many kilobytes, that only the commands run `inside` see."""

    def __init__(self, folder: Path, kilobytes: int) -> None:
        self.folder = folder
        folder.mkdir()
        user = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
        mount = f"mount -t tmpfs -o size={kilobytes}k tmpfs {folder} && echo there && exec cat"
        holder = ["unshare", *user, "--mount", "sh", "-c", mount]
        self.holder = subprocess.Popen(
            holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.holder.stdout is not None and self.holder.stderr is not None
        if self.holder.stdout.readline() != "there\n":
            pytest.skip(f"no file system can be mounted here: {self.holder.stderr.read().strip()}")
        entered = [] if os.getuid() == 0 else ["--user", "--preserve-credentials"]
        self.inside = (
            "nsenter",
            "--target",
            str(self.holder.pid),
            "--mount",
            *entered,
            "env",
            "-C",
            str(Path.cwd()),
        )
        self.seen = Path(f"/proc/{self.holder.pid}/root{folder}")
        """The same folder for those outside."""

    def grow(self, kilobytes: int) -> None:
        mount = ("mount", "-o", f"remount,size={kilobytes}k", str(self.folder))
        subprocess.run([*self.inside, *mount], check=True)

    def close(self) -> None:
        self.holder.communicate()


@pytest.mark.parametrize("kilobytes", [200, 300])
def test_a_run_on_a_disk_that_is_really_full_goes_on_once_it_is_larger(
    project: Path, server: Any, calm: Calm, kilobytes: int
) -> None:
    disk = SmallDisk(project / "small", kilobytes)
    try:
        full = solve(server, str(disk.folder), before=disk.inside, stderr=subprocess.PIPE)
        said = full.communicate()[1].decode()
        assert full.returncode == 4, said
        assert "No space left on device" in said or "disk is full" in said
        (run,) = disk.seen.iterdir()
        assert f"Next: make room, then `agentkit resume {disk.folder / run.name}`" in said
        assert "Traceback" not in said
        assert (run / "journal.jsonl").read_bytes().endswith(b"\n"), "no half record is left"
        disk.grow(8_000)
        resumed = command(server, "resume", str(disk.folder / run.name), before=disk.inside)
        assert resumed.wait() == 0
        ended = Path(shutil.copytree(run, "ended"))  # a path in /proc leads back to this side's folder
        events = [each for each in what_happened(ended) if '"failed"' not in each[2]]
        assert events == calm.happened
        assert len(replies(ended)) == len(set(replies(ended)))
        assert len(server.asked) <= calm.asked + 1, "at most the request whose answer found no room"
    finally:
        disk.close()
