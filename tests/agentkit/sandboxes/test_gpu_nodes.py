"""GPUs by the files of a driver, laid out as the driver lays them out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import CommandResult, Sandbox
from agentkit.sandboxes.gpu_nodes import gpu_nodes, gpu_variables
from agentkit.sandboxes.local import LocalSandbox


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    for address, identity, minor in (("0000:1b:00.0", "GPU-aa", 3), ("0000:0a:00.0", "GPU-bb", 1)):
        place = tmp_path / "gpus" / address
        place.mkdir(parents=True)
        text = f"Model: \t\t NVIDIA X\nGPU UUID: \t {identity}\nDevice Minor: \t {minor}\n"
        (place / "information").write_text(text)
    nodes = tmp_path / "dev"
    nodes.mkdir()
    for name in ("nvidia1", "nvidia3", "nvidiactl", "nvidia-uvm"):
        (nodes / name).touch()
    return tmp_path / "gpus"


def test_the_nodes_of_a_leased_gpu_and_of_no_other(driver: Path) -> None:
    nodes = driver.parent / "dev"
    assert [node.name for node in gpu_nodes(["GPU-aa"], driver, nodes)] == [
        "nvidiactl",
        "nvidia-uvm",
        "nvidia3",
    ]
    assert [node.name for node in gpu_nodes(["0"], driver, nodes)][-1] == "nvidia1", "in PCI order"
    assert gpu_nodes(["fake-0"], driver, nodes) == gpu_nodes([], driver, nodes) == []


def test_it_is_named_by_its_uuid(driver: Path) -> None:
    assert gpu_variables(["1"], driver)["CUDA_VISIBLE_DEVICES"] == "GPU-aa"
    assert gpu_variables(["GPU-bb", "fake-1"], driver)["NVIDIA_VISIBLE_DEVICES"] == "GPU-bb,fake-1"


@pytest.fixture(params=["local", "bubblewrap"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Those that start programs of this machine."""
    if request.param == "local":
        return LocalSandbox()
    found: Sandbox = request.getfixturevalue("bubblewrap")
    return found


def test_a_command_is_told_its_own(run: Callable[..., CommandResult], sandbox: Sandbox) -> None:
    words = "echo ${CUDA_VISIBLE_DEVICES-none} ${NVIDIA_VISIBLE_DEVICES-none}"
    assert run("sh", "-c", words, gpus=("fake-2", "fake-5")).output == "fake-2,fake-5 fake-2,fake-5\n"
    without = run("sh", "-c", words).output.split()
    assert without == (["none"] if sandbox.name == "local" else ["none", "none"])
