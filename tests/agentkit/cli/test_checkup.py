from __future__ import annotations

import sys
from pathlib import Path

import pytest

from agentkit.cli.checkup import (
    check_folder,
    check_keys,
    check_processor,
    check_program,
    check_python,
    check_torch,
    find_gpus,
)


def test_an_old_python_is_missing_a_new_one() -> None:
    assert check_python((3, 11, 0)).state == "ok"
    old = check_python((3, 10, 14))
    assert old.state == "missing" and "3.11" in old.fix


def test_torch_that_does_not_load_is_missing() -> None:
    found = check_torch([sys.executable, "-S", "-E"])  # without site-packages
    assert found.state == "missing"
    assert "No module named 'torch'" in found.detail and found.fix == "pip install torch==2.13.0"


@pytest.mark.real
def test_torch_that_loads_is_there() -> None:
    pytest.importorskip("torch")
    found = check_torch([sys.executable])
    assert found.state == "ok" and found.detail[0].isdigit() and found.detail.endswith("use a GPU here")


def test_a_runs_folder_that_does_not_exist_yet_is_fine_and_is_not_made(tmp_path: Path) -> None:
    found = check_folder("runs folder", tmp_path / "a" / "runs")
    assert found.state == "ok" and "GiB free" in found.detail
    assert list(tmp_path.iterdir()) == []


def test_a_runs_folder_below_a_file_is_not(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = check_folder("runs folder", tmp_path / "file" / "runs")
    assert found.state == "missing" and "is not a folder" in found.detail and "--runs-folder" in found.fix


def test_keys_are_named_and_never_shown() -> None:
    found = check_keys({"OPENAI_API_KEY": "sk-secret", "GROQ_API_KEY": "", "OTHER": "x"})
    assert found.state == "ok" and "OPENAI_API_KEY" in found.detail
    assert "secret" not in f"{found}" and "GROQ" not in found.detail
    assert check_keys({}).state == "optional" and "OPENAI_API_KEY" in check_keys({}).fix


def test_a_program_that_is_there_and_one_that_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tool").write_text("#!/bin/sh\n")
    (tmp_path / "tool").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert check_program("tool", "x").state == "ok"
    missing = check_program("rg", "faster", name="ripgrep", package="ripgrep")
    assert (missing.name, missing.state, missing.fix) == ("ripgrep", "optional", "install ripgrep")
    (tmp_path / "apt-get").write_text("#!/bin/sh\n")
    (tmp_path / "apt-get").chmod(0o755)
    assert check_program("rg", "faster", package="ripgrep").fix == "apt-get install ripgrep"


@pytest.mark.parametrize(
    ("script", "states", "detail"),
    [
        ("echo H100, 81559 MiB; echo H100, 81559 MiB", ["ok", "ok"], "H100, 81559 MiB"),
        ("echo 'no driver is loaded'; exit 9", ["optional"], "smi fails: no driver is loaded"),
    ],
)
def test_gpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, states: list[str], detail: str
) -> None:
    (tmp_path / "smi").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    found = list(find_gpus("smi"))
    assert [each.state for each in found] == states and found[0].detail == detail
    assert next(find_gpus("no-such-smi")).state == "info"


def test_the_processor_is_described() -> None:
    assert "cores" in check_processor().detail and "GiB memory" in check_processor().detail
