"""What this machine has, as its own programs tell it; and what scripts download."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import BadFile


@pytest.fixture
def machine(originals: Callable[[str], Any]) -> Any:
    return originals("machine")


@pytest.mark.parametrize(
    ("body", "found"),
    [("printf '9.0\\n8.0\\n'", (8, 0)), ("printf 'N/A\\n'", (0, 0)), ("exit 9", (0, 0))],
)
def test_the_least_capability_of_all_gpus(
    machine: Any, tmp_path: Path, body: str, found: tuple[int, int]
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    assert machine.least_capability(str(program)) == found
    assert machine.least_capability(str(tmp_path / "none")) == (0, 0)


def test_versions(machine: Any) -> None:
    assert machine.two_numbers("2.10.0.dev20251210+cu126") == (2, 10)
    assert machine.two_numbers("nightly") == (0, 0)
    assert machine.this_machine().torch == machine.torch_version()


def test_how_to_get_what_is_missing(machine: Any, originals: Any) -> None:
    row = originals("gpu_table").requirements(89)
    assert machine.fix_of("the package kernels", row, "other") == "pip install kernels"
    assert machine.fix_of("flex: torch 2.5 (it has none)", row, "other") == "pip install 'torch>=2.10.0'"
    assert machine.fix_of("8 GPUs (it has 0)", row, "other") == "other"


def test_downloads_are_kept_below_the_cache_and_shown(machine: Any, tmp_path: Path) -> None:
    text = "import tiktoken\nf = get_kernel('some-one/flash-3').f\ng = get_kernel(\"some-one/flash-3\")\n"
    downloads = machine.Downloads.of([text, "print()"], tmp_path)
    kernels, encoding = downloads.lacks()
    assert "some-one/flash-3" in kernels.what and str(tmp_path / "speedrun" / "kernels") in kernels.fix
    assert "TIKTOKEN_CACHE_DIR=" in encoding.fix
    assert (downloads.mounts(), downloads.variables()) == ((), {})
    (tmp_path / "speedrun" / "kernels" / "models--some-one--flash-3").mkdir(parents=True)
    assert [each.what for each in downloads.lacks()] == [encoding.what]
    assert [str(each.target) for each in downloads.mounts()] == ["/data/kernels"]
    assert downloads.variables() == {"KERNELS_CACHE": "/data/kernels"}
    assert machine.Downloads.of(["print()"], tmp_path).lacks() == []


def test_an_error_as_a_lack(machine: Any) -> None:
    lack = machine.as_lack(BadFile("x.bin", "header", "1024 bytes", "3 bytes", "Next: get it again"))
    assert lack.fix == "get it again"
    assert "3 bytes" in lack.what and "Next" not in lack.what
