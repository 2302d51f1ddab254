"""What a measurement depends on besides its task."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

from agentkit.runs.machine import describe_machine, git_state, machine_key, versions


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *who, "-C", str(folder), *words], check=True, capture_output=True)


def test_a_machine_is_described_without_naming_it_or_its_user() -> None:
    found = describe_machine()
    assert found["cores"] == len(os.sched_getaffinity(0))
    assert found["python"] == platform.python_version()
    assert found["processor"]
    assert float(found["memory_gib"]) > 0
    assert platform.node() not in map(str, found.values())


def test_versions_are_those_installed() -> None:
    found = versions()
    assert found["pydantic"] == metadata.version("pydantic")
    assert {"torch", "numpy", "langgraph"} <= found.keys()


def test_a_measurement_counts_only_for_the_machine_and_sandbox_it_was_made_in() -> None:
    assert machine_key("local") == machine_key("local")
    assert machine_key("local") != machine_key("bubblewrap")
    cores = os.sched_getaffinity(0)
    if len(cores) > 1:
        before = machine_key("local")
        try:
            os.sched_setaffinity(0, {min(cores)})
            assert machine_key("local") != before, "half a machine is another machine"
        finally:
            os.sched_setaffinity(0, cores)


def test_the_state_of_the_code_is_its_commit_and_whether_it_was_changed(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert git_state(tmp_path) == {}, "no commit yet"
    (tmp_path / "a.py").write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    state = git_state(tmp_path)
    assert len(str(state["commit"])) == 40
    assert state["changed"] is False
    (tmp_path / "a.py").write_text("2")
    assert git_state(tmp_path) == {**state, "changed": True}


def test_no_checkout_and_no_git_are_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_state(tmp_path) == {}
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_state(tmp_path) == {}
