"""Jobs as a coder uses them, with real supervisors."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agentkit import ToolContext, ToolResult
from agentkit.catalog.catalog import open_catalog
from agentkit.sandboxes.jobs.client import FolderJobs


class Desk:
    """A process that uses the tool. `again`: another one, after this one is gone."""

    def __init__(self, context: ToolContext, place: Path) -> None:
        self.place = place
        self.context = replace(context, jobs=FolderJobs(place, context.sandbox), state={}, at_end=[])
        self.tool = open_catalog().load("tool", "job")
        self.runner = asyncio.Runner()

    def __call__(self, command: str, **arguments: object) -> ToolResult:
        return self.runner.run(self.tool.call(self.context, {"command": command, **arguments}))

    def leave(self) -> None:
        while self.context.at_end:
            self.runner.run(asyncio.wait_for(self.context.at_end.pop()(), 60))
        self.runner.close()

    def again(self) -> "Desk":
        self.leave()
        return Desk(self.context, self.place)


@pytest.fixture
def desk(context: ToolContext, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(context, tmp_path / "jobs")
    yield desk
    desk.leave()
    assert isinstance(desk.context.jobs, FolderJobs)
    asyncio.run(desk.context.jobs.remove_all())


def test_a_job_works_on_a_copy_and_brings_back_what_is_to_be_kept(desk: Desk, folder: Path) -> None:
    (folder / "data.txt").write_text("before")
    wait = 'while [ ! -s "$AGENTKIT_GO" ]; do sleep 0.05; done; '
    script = wait + "cat data.txt; mkdir out; cp data.txt out/a.txt; ln -s /etc/passwd out/b.txt"
    go = desk.place.parent / "go"
    desk.context = replace(
        desk.context,
        environment=desk.context.environment.model_copy(update={"variables": {"AGENTKIT_GO": str(go)}}),
    )
    assert desk("start", name="one", script=script, keep=["out/*.txt"]).ok
    (folder / "data.txt").write_text("edited meanwhile")
    assert desk("wait", name="one", seconds=0.2).data["status"] == "running"
    go.write_text("1")
    done = desk("wait", name="one")
    assert done.ok
    assert done.text.startswith("before\n[Exit code 0 after")
    assert "Copied back: out/a.txt." in done.text
    assert (folder / "out" / "a.txt").read_text() == "before"
    assert not (folder / "out" / "b.txt").exists()
    assert (folder / "data.txt").read_text() == "edited meanwhile"


def test_another_process_finds_the_job_again(desk: Desk) -> None:
    script = 'for i in $(seq 40); do echo "step $i loss $((100 - i))"; done; sleep 1.5; echo end; exit 3'
    assert desk("start", name="run", script=script).data["status"] == "running"
    later = desk.again()
    done = later("wait", name="run")
    assert (done.ok, done.data["exit_code"]) == (False, 3)
    assert done.data["figures"]["loss"] == {"last": 60.0, "best": 60.0, "diverged_at": None}
    assert "run: Exit code 3" in later("list").text
    assert "already" in later("start", name="run", script="true").text
    later.leave()


def test_a_timeout_and_a_stop_end_everything_and_say_so(desk: Desk) -> None:
    desk("start", name="slow", script="echo begun; sleep 300", seconds=1)
    assert "Stopped by the time limit" in desk("wait", name="slow").text
    desk("start", name="long", script="echo begun; sleep 300")
    began = time.monotonic()
    while "begun" not in desk("tail", name="long").text and time.monotonic() - began < 30:
        time.sleep(0.1)
    assert "Stopped from outside" in desk("stop", name="long").text


def test_a_flood_is_told_in_bounded_words(desk: Desk) -> None:
    desk("start", name="flood", script="seq 300000; echo 'ValueError: the last words'")
    done = desk("wait", name="flood")
    assert len(done.text) < 4000
    assert "ValueError: the last words" in done.text
    assert done.truncated is not None
    assert done.truncated.full_log == "log:job-flood.log"


def test_a_run_that_is_dominated_is_stopped_also_while_nobody_waits(desk: Desk) -> None:
    loop = 'for i in $(seq 100); do echo "step $i loss $((OFFSET - i))"; sleep PAUSE; done'
    desk("start", name="good", script=loop.replace("OFFSET", "200").replace("PAUSE", "0"))
    assert desk("wait", name="good").ok
    bad = loop.replace("OFFSET", "400").replace("PAUSE", "0.5")
    desk("start", name="bad", script=bad, rival="*", margin=0.1)
    assert desk.context.jobs is not None
    assert desk.runner.run(desk.context.jobs.wait("bad", 40)) is not None
    done = desk("wait", name="bad", seconds=60)
    assert done.data["status"] == "stopped"
    assert "It was stopped: loss was" in done.text and "against good" in done.text
    desk("start", name="fair", script=loop.replace("OFFSET", "201").replace("PAUSE", "0"), rival="*")
    assert desk("wait", name="fair").ok


@pytest.mark.parametrize(
    ("command", "arguments", "said"),
    [
        ("start", {"name": "../x", "script": "true"}, "A job needs a name"),
        ("start", {"name": "x", "script": " "}, "empty"),
        ("start", {"name": "x", "script": "true", "seconds": 0}, "more than 0"),
        ("start", {"name": "x", "script": "true", "gpus": -1}, "0 or more"),
        ("start", {"name": "x", "script": "true", "rival": "none"}, "There is no job 'none'"),
        ("wait", {"name": "nothing"}, "There is no job 'nothing'. Jobs: none."),
        ("tail", {"name": ""}, "A job needs a name"),
    ],
)
def test_bad_input_is_refused_in_words(
    desk: Desk, command: str, arguments: dict[str, object], said: str
) -> None:
    result = desk(command, **arguments)
    assert not result.ok
    assert said in result.text
    assert not list(desk.context.logs.glob("*.json"))


def test_more_gpus_than_there_are_is_said_by_who_waits(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTKIT_GPUS", "fake:1")
    desk("start", name="many", script="true", gpus=2)
    assert "this machine has 1" in desk("wait", name="many").text
    desk("start", name="one", script="echo gpu $CUDA_VISIBLE_DEVICES", gpus=1)
    done = desk("wait", name="one")
    assert done.text.startswith("gpu fake-0\n")
    assert done.gpu is not None


def test_where_there_are_no_jobs_the_model_is_told(context: ToolContext) -> None:
    tool = open_catalog().load("tool", "job")
    result = asyncio.run(tool.call(context, {"command": "list"}))
    assert "use shell" in result.text
