"""A supervisor is nobody's: not of our terminal, our pipes, nor our keys."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import AgentkitError
from agentkit.sandboxes.jobs.launching import launch, surroundings

pytestmark = pytest.mark.real


def test_it_holds_nothing_of_ours(workshop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "a-secret-of-some-length-9")
    monkeypatch.setenv("SOME_WORD", "plain")
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    asyncio.run(workshop.jobs().start("training", workshop.make(600)))
    pid = workshop.last_try().supervisor.pid
    os.close(writing)
    os.set_blocking(reading, False)
    assert os.read(reading, 1) == b"", "it does not keep the pipe open"
    os.close(reading)
    assert os.getsid(pid) == pid != os.getsid(0)
    variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    assert b"SOME_WORD=plain" in variables
    assert not any(b"a-secret-of-some-length-9" in each for each in variables)
    assert Path(f"/proc/{pid}/cwd").readlink() == Path("/")
    files = {Path(f"/proc/{pid}/fd/{number}").readlink().name for number in range(3)}
    assert files == {"null", "supervisor.log"}


def test_it_finds_this_agentkit_wherever_it_is_started() -> None:
    told = surroundings({"PYTHONPATH": "/elsewhere", "HOME": "/tmp"})
    assert told["PYTHONPATH"].endswith(f"{os.pathsep}/elsewhere")
    ask = [sys.executable, "-P", "-c", "import agentkit; print(agentkit.__file__)"]
    found = subprocess.run(ask, env=told, cwd="/", capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).parents[1] == Path(told["PYTHONPATH"].split(os.pathsep)[0])


def test_two_supervisors_are_one(workshop: Any) -> None:
    """As started by a process that was killed, and by the one that went on."""

    async def twice() -> list[bool]:
        jobs = workshop.jobs()
        await jobs.run("training", workshop.make())
        place = workshop.last_try()
        for name in ("supervisor.json", "began.json", "result.json"):
            (place.path / name).unlink()
        return list(await asyncio.gather(launch(place), launch(place)))

    assert sorted(asyncio.run(twice())) == [False, True]
    asyncio.run(workshop.jobs().run("training", workshop.make()))
    assert workshop.begun == 2, "once before, once by both"


def test_one_that_cannot_start_says_why(workshop: Any) -> None:
    asyncio.run(workshop.jobs().run("training", workshop.make()))
    place = workshop.last_try()
    (place.path / "supervisor.json").unlink()
    (place.path / "spec.json").write_text("{")
    with pytest.raises(AgentkitError, match="did not start") as caught:
        asyncio.run(launch(place))
    assert any("spec.json" in line for line in caught.value.lines)
