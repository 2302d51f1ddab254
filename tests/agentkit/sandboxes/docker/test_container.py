from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.sandbox import Command, Environment, Limits
from agentkit.errors import AgentkitError
from agentkit.sandboxes.docker.container import CAPABILITIES, copy_program, create_words
from agentkit.sandboxes.docker.daemon import open_client
from agentkit.sandboxes.docker.sandbox import DockerSandbox
from agentkit.sandboxes.docker.shape import OWN_BYTES, Shapes

Make = Callable[..., Command]


def words_for(folder: Path, **words: object) -> dict[str, Any]:
    pytest.importorskip("docker")
    command = Command(argv=("true",), folder=folder, environment=Environment.model_validate(words))
    return create_words(Shapes("image").of(command), folder, None)


def test_a_container_is_closed_by_default(tmp_path: Path) -> None:
    words = words_for(tmp_path)
    assert words["cap_drop"] == ["ALL"]
    assert words["cap_add"] == list(CAPABILITIES)
    assert words["security_opt"] == ["no-new-privileges:true"]
    assert (words["read_only"], words["network_mode"], words["ipc_mode"]) == (True, "none", "private")
    assert words["use_config_proxy"] is False
    assert "device_requests" not in words
    assert "privileged" not in words


def test_limits_are_those_of_the_kernel(tmp_path: Path) -> None:
    words = words_for(
        tmp_path, limits=Limits(memory_bytes=10**9, cpu_cores=1.5, processes=9, disk_bytes=10**6)
    )
    assert words["mem_limit"] == words["memswap_limit"] == 10**9 + OWN_BYTES
    assert words["nano_cpus"] == 1_500_000_000
    assert words["pids_limit"] == 9 + 1  # the supervisor
    assert words["shm_size"] == 10**6


def test_gpus_are_requested_by_their_ids(tmp_path: Path) -> None:
    (request,) = words_for(tmp_path, gpus=("GPU-1", "GPU-2"))["device_requests"]
    assert request["DeviceIDs"] == ["GPU-1", "GPU-2"]
    assert request["Capabilities"] == [["gpu"]]


def test_the_program_is_copied_without_the_packages_above_it(tmp_path: Path) -> None:
    copy_program(tmp_path)
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.py")}
    assert "agentkit/sandboxes/docker/inside/supervisor.py" in files
    assert all("/docker/inside/" in file for file in files)


@pytest.mark.real
def test_an_image_that_cannot_run_this_python_is_said_in_words(
    docker_sandbox: DockerSandbox, command: Make
) -> None:
    client = open_client()
    name = f"agentkit-test-{uuid.uuid4().hex[:8]}"
    try:
        client.api.import_image_from_data(EMPTY_ARCHIVE, repository=name)
        other = DockerSandbox(name)
        with pytest.raises(AgentkitError, match="(?s)could not start|cannot run this machine's Python"):
            asyncio.run(other.run(command("true")))
        asyncio.run(other.close())
        client.images.remove(name)
    finally:
        client.close()


EMPTY_ARCHIVE = b"\0" * 10240
