"""Every sandbox, for tests that hold in each."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.sandbox import Command, CommandResult, Environment, Limits, Sandbox
from agentkit.errors import MissingRequirement
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.choose import check_bubblewrap
from agentkit.sandboxes.docker.sandbox import DockerSandbox
from agentkit.sandboxes.local import LocalSandbox

Run = Callable[..., CommandResult]


@pytest.fixture(scope="session")
def bubblewrap_report() -> Any:
    return check_bubblewrap()


@pytest.fixture
def bubblewrap(bubblewrap_report: Any) -> BubblewrapSandbox:
    if not bubblewrap_report.usable:
        pytest.skip(f"bubblewrap does not work here: {bubblewrap_report.detail}")
    return BubblewrapSandbox()


@pytest.fixture
def docker_sandbox() -> Iterator[DockerSandbox]:
    try:
        found = DockerSandbox()
    except MissingRequirement as error:
        pytest.skip(f"docker does not work here: {error.message}")
    yield found
    asyncio.run(found.close())


@pytest.fixture(params=["local", "bubblewrap", pytest.param("docker", marks=pytest.mark.real)])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    if request.param == "local":
        return LocalSandbox()
    name = "docker_sandbox" if request.param == "docker" else request.param
    found: Sandbox = request.getfixturevalue(name)
    return found


@pytest.fixture
def run(sandbox: Sandbox, tmp_path: Path) -> Run:
    """Run one command in a fresh folder; keywords are those of Limits, Environment and Command."""

    def run_one(*argv: str, on_output: Any = None, **words: Any) -> CommandResult:
        return asyncio.run(sandbox.run(command_for(tmp_path / "work", argv, **words), on_output))

    return run_one


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., Command]:
    def make(*argv: str, **words: Any) -> Command:
        return command_for(tmp_path / "work", argv, **words)

    return make


def command_for(folder: Path, argv: tuple[str, ...], **words: Any) -> Command:
    folder.mkdir(exist_ok=True)
    limits = Limits(**{name: words.pop(name) for name in list(words) if name in Limits.model_fields})
    names = [name for name in words if name in Environment.model_fields]
    environment = Environment(limits=limits, **{name: words.pop(name) for name in names})
    return Command(argv=argv, folder=folder, environment=environment, **words)


@pytest.fixture
def alive() -> Iterator[Callable[[str], list[int]]]:
    """Pids of this machine whose command line holds a word, looked for through all of /proc."""

    def look(word: str) -> list[int]:
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and word.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
        return [pid for pid in found if pid != os.getpid()]

    yield look


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], bool]:
    def wait(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
        until = time.monotonic() + seconds
        while not condition() and time.monotonic() < until:
            time.sleep(0.01)
        return condition()

    return wait
