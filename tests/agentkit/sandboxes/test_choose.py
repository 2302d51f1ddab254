from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agentkit.errors import MissingRequirement, UnknownName
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.choose import check_docker, choose_sandbox, describe_sandboxes
from agentkit.sandboxes.docker.daemon import BASE_IMAGE
from agentkit.sandboxes.docker.sandbox import DockerSandbox
from agentkit.sandboxes.local import LocalSandbox
from agentkit.settings import Settings


@pytest.fixture
def no_docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")


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


@pytest.mark.usefixtures("no_docker")
def test_auto_takes_what_really_works(bubblewrap: BubblewrapSandbox) -> None:
    assert isinstance(choose_sandbox("auto", trusted=False), BubblewrapSandbox)
    assert isinstance(choose_sandbox("bubblewrap", trusted=False), BubblewrapSandbox)


@pytest.mark.real
def test_auto_prefers_docker_with_its_image(docker_sandbox: DockerSandbox) -> None:
    assert check_docker().usable
    found = choose_sandbox("auto", trusted=False)
    assert found.name == docker_sandbox.name
    asyncio.run(found.close())


@pytest.mark.real
def test_auto_does_without_docker_where_the_image_is_missing(
    docker_sandbox: DockerSandbox, bubblewrap: BubblewrapSandbox
) -> None:
    found = choose_sandbox("auto", trusted=False, docker_image="no-such-image")
    assert isinstance(found, BubblewrapSandbox)


@pytest.mark.real
def test_a_sandbox_of_a_result_is_found_again_by_its_name(docker_sandbox: DockerSandbox) -> None:
    found = choose_sandbox(docker_sandbox.name, trusted=False)
    assert isinstance(found, DockerSandbox)
    assert found.image.id == docker_sandbox.image.id
    asyncio.run(found.close())


@pytest.mark.usefixtures("no_docker")
def test_inside_of_a_running_loop(bubblewrap: BubblewrapSandbox) -> None:
    async def choose() -> str:
        return choose_sandbox("auto", trusted=False).name

    assert asyncio.run(choose()) == "bubblewrap"


def test_local_is_given_to_who_asks_for_it() -> None:
    assert isinstance(choose_sandbox("local", trusted=False), LocalSandbox)


@pytest.mark.usefixtures("no_bubblewrap", "no_docker")
def test_without_docker_and_bubblewrap_only_trusted_code_runs() -> None:
    assert isinstance(choose_sandbox("auto", trusted=True), LocalSandbox)
    with pytest.raises(MissingRequirement) as caught:
        choose_sandbox("auto", trusted=False)
    text = str(caught.value)
    for part in ("bubblewrap", "not installed", "docker", "apt-get install bubblewrap", "--sandbox local"):
        assert part in text
    with pytest.raises(MissingRequirement, match="not installed"):
        choose_sandbox("bubblewrap", trusted=True)


@pytest.mark.usefixtures("broken_bubblewrap", "no_docker")
def test_installed_is_not_enough() -> None:
    assert isinstance(choose_sandbox("auto", trusted=True), LocalSandbox)
    with pytest.raises(MissingRequirement, match="No permissions to create new namespace"):
        choose_sandbox("bubblewrap", trusted=True)
    report = {each.name: each for each in describe_sandboxes()}["bubblewrap"]
    assert not report.usable
    assert report.fix


@pytest.mark.usefixtures("no_docker")
def test_docker_without_a_daemon_says_what_to_type() -> None:
    with pytest.raises(MissingRequirement, match="(?s)No docker daemon answers.*Next: sudo systemctl"):
        choose_sandbox("docker", trusted=True)
    report = describe_sandboxes()[0]
    assert (report.name, report.usable) == ("docker", False)
    assert report.fix.startswith("sudo systemctl start docker")


def test_a_daemon_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.1:2375")
    with pytest.raises(MissingRequirement, match="(?s)on this machine.*unset DOCKER_HOST"):
        choose_sandbox("docker", trusted=True)


def test_the_settings_name_the_image_that_is_made_here() -> None:
    assert Settings().docker_image == BASE_IMAGE


def test_an_unknown_name_gets_near_ones() -> None:
    with pytest.raises(UnknownName) as caught:
        choose_sandbox("bublewrap", trusted=True)
    assert "bubblewrap" in caught.value.near


@pytest.mark.usefixtures("no_docker")
def test_the_description_names_every_sandbox() -> None:
    assert [name for name, *_ in describe_sandboxes()] == ["docker", "bubblewrap", "local"]
    for report in describe_sandboxes():
        assert report.detail
