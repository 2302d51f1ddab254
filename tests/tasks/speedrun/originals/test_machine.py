"""What this machine has, as its own programs tell it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.sandboxes.gpus import devices


@pytest.fixture
def machine(originals: Callable[[str], Any]) -> Any:
    return originals("machine")


def test_the_least_of_all_gpus_counts_and_they_are_asked_once(
    machine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tmp_path / "asked"
    program = tmp_path / "nvidia-smi"
    lines = "0, GPU-a, NVIDIA H100, 9.0\\n1, GPU-b, NVIDIA A100, 8.0\\n"
    program.write_text(f"#!/bin/sh\necho >> {asked}\nprintf '{lines}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("AGENTKIT_GPUS", raising=False)
    devices.real_devices.cache_clear()
    machine.this_machine.cache_clear()
    try:
        for _ in range(3):
            assert (machine.this_machine().gpus, machine.this_machine().capability) == (2, (8, 0))
            devices.find_devices()
        assert len(asked.read_text().splitlines()) == 1
    finally:
        devices.real_devices.cache_clear()
        machine.this_machine.cache_clear()


def test_versions(machine: Any) -> None:
    assert machine.two_numbers("2.10.0.dev20251210+cu126") == (2, 10)
    assert machine.two_numbers("nightly") == (0, 0)
    assert machine.this_machine().torch == machine.torch_version()


def test_how_to_get_what_is_missing(machine: Any, originals: Any) -> None:
    row = originals("gpu_table").requirements(89)
    assert machine.fix_of("the package kernels", row, "other") == "pip install kernels"
    assert machine.fix_of("flex: torch 2.5 (it has none)", row, "other") == "pip install 'torch>=2.10.0'"
    assert machine.fix_of("8 GPUs (it has 0)", row, "other") == "other"
