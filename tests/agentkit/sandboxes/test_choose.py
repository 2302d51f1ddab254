from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agentkit.errors import MissingRequirement, UnknownName
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.choose import choose_sandbox, describe_sandboxes
from agentkit.sandboxes.local import LocalSandbox


@pytest.fixture
def no_bubblewrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def broken_bubblewrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Installed, but refused by the kernel, as in many containers."""
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


def test_auto_takes_what_really_works(bubblewrap: BubblewrapSandbox) -> None:
    assert isinstance(choose_sandbox("auto", trusted=False), BubblewrapSandbox)
    assert isinstance(choose_sandbox("bubblewrap", trusted=False), BubblewrapSandbox)


def test_inside_of_a_running_loop(bubblewrap: BubblewrapSandbox) -> None:
    async def choose() -> str:
        return choose_sandbox("auto", trusted=False).name

    assert asyncio.run(choose()) == "bubblewrap"


def test_local_is_given_to_who_asks_for_it() -> None:
    assert isinstance(choose_sandbox("local", trusted=False), LocalSandbox)


@pytest.mark.usefixtures("no_bubblewrap")
def test_without_bubblewrap_only_trusted_code_runs() -> None:
    assert isinstance(choose_sandbox("auto", trusted=True), LocalSandbox)
    with pytest.raises(MissingRequirement) as caught:
        choose_sandbox("auto", trusted=False)
    text = str(caught.value)
    for part in ("bubblewrap", "not installed", "docker", "apt-get install bubblewrap", "--sandbox local"):
        assert part in text
    with pytest.raises(MissingRequirement, match="not installed"):
        choose_sandbox("bubblewrap", trusted=True)


@pytest.mark.usefixtures("broken_bubblewrap")
def test_installed_is_not_enough() -> None:
    assert isinstance(choose_sandbox("auto", trusted=True), LocalSandbox)
    with pytest.raises(MissingRequirement, match="No permissions to create new namespace"):
        choose_sandbox("bubblewrap", trusted=True)
    report = {each.name: each for each in describe_sandboxes()}["bubblewrap"]
    assert not report.usable
    assert report.fix


def test_docker_comes_later() -> None:
    with pytest.raises(MissingRequirement, match="later version"):
        choose_sandbox("docker", trusted=True)


def test_an_unknown_name_gets_near_ones() -> None:
    with pytest.raises(UnknownName) as caught:
        choose_sandbox("bublewrap", trusted=True)
    assert "bubblewrap" in caught.value.near


def test_the_description_names_every_sandbox() -> None:
    assert [name for name, *_ in describe_sandboxes()] == ["docker", "bubblewrap", "local"]
    for report in describe_sandboxes():
        assert report.detail
