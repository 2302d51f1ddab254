from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.errors import UsageError
from agentkit.sandboxes.gpus.devices import (
    Device,
    ask_nvidia_smi,
    find_devices,
    is_fake,
    parse_list,
    read_driver,
    visible,
)

LISTED = """\
0, GPU-1b2c3d4e-0000-1111-2222-333344445555, NVIDIA H100 80GB HBM3
1, GPU-9f8e7d6c-0000-1111-2222-333344445555, NVIDIA H100 80GB HBM3
"""
INFORMATION = """\
Model: \t\t NVIDIA A100-SXM4-80GB
IRQ:   \t\t 30
GPU UUID: \t GPU-5a5a5a5a-0000-1111-2222-333344445555
Bus Location: \t 0000:00:05.0
"""


def test_stand_ins_by_number() -> None:
    found = find_devices({"AGENTKIT_GPUS": "fake:3"})
    assert [each.id for each in found] == ["fake-0", "fake-1", "fake-2"]
    assert all(is_fake(each.id) for each in found)


@pytest.mark.parametrize("value", ["8", "fake", "fake:", "fake:-1", "fake:1000", "real:1"])
def test_a_value_that_means_nothing_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="fake:N"):
        find_devices({"AGENTKIT_GPUS": value})


def test_what_nvidia_smi_lists() -> None:
    found = parse_list(LISTED)
    assert [(each.index, each.id[:8], each.name) for each in found] == [
        (0, "GPU-1b2c", "NVIDIA H100 80GB HBM3"),
        (1, "GPU-9f8e", "NVIDIA H100 80GB HBM3"),
    ]
    assert [each.capability for each in found] == [(0, 0), (0, 0)]
    assert parse_list("No devices were found\n") == ()


def test_compute_capability_comes_with_the_list() -> None:
    text = (
        "0, GPU-1b2c, NVIDIA A100-SXM4, 40GB, 8.0\n1, GPU-9f8e, Quadro K, [N/A]\n2, GPU-77, NVIDIA B200, 10.0"
    )
    assert [(each.name, each.capability) for each in parse_list(text)] == [
        ("NVIDIA A100-SXM4, 40GB", (8, 0)), ("Quadro K", (0, 0)), ("NVIDIA B200", (10, 0)),
    ]  # fmt: skip


def test_an_old_driver_that_knows_no_capability_still_lists(tmp_path: Path) -> None:
    program = tmp_path / "smi"
    program.write_text(
        f"#!/bin/sh\ncase \"$1\" in *compute_cap*) echo 'not a valid field'; exit 2;; esac\n"
        f"cat <<'END'\n{LISTED}END\n"
    )
    program.chmod(0o755)
    assert [each.capability for each in ask_nvidia_smi(str(program))] == [(0, 0), (0, 0)]


def test_a_program_that_is_missing_fails_or_answers(tmp_path: Path) -> None:
    assert ask_nvidia_smi(str(tmp_path / "none")) == ()
    program = tmp_path / "smi"
    for ending, expected in (("exit 9", 0), ("exit 0", 2)):
        program.write_text(f"#!/bin/sh\ncat <<'END'\n{LISTED}END\n{ending}\n")
        program.chmod(0o755)
        assert len(ask_nvidia_smi(str(program))) == expected


def test_what_the_driver_says_of_itself(tmp_path: Path) -> None:
    (tmp_path / "0000:00:05.0").mkdir()
    (tmp_path / "0000:00:05.0" / "information").write_text(INFORMATION)
    (found,) = read_driver(tmp_path)
    assert found.id == "GPU-5a5a5a5a-0000-1111-2222-333344445555" and "A100" in found.name
    assert read_driver(tmp_path / "none") == ()


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (None, [0, 1]),
        ("1", [1]),
        ("1,0", [1, 0]),
        ("GPU-9f8e", [1]),
        ("0,7,1", [0]),
        ("", []),
        ("-1", []),
        ("GPU-", []),
        ("0,0", [0]),
    ],
)
def test_no_more_than_the_environment_shows(said: str | None, left: list[int]) -> None:
    devices: tuple[Device, ...] = parse_list(LISTED)
    assert [each.index for each in visible(devices, said)] == left
