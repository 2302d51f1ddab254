"""What of a folder is an entry, and which mistakes are seen without importing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.catalog.scan import name_fault, scan, task_folders
from agentkit.kits import Kit

Write = Callable[[str, str], Path]
TOOL = "from agentkit import tool\n@tool\nasync def {name}(context): ...\n"


def project(root: Path) -> Kit:
    return Kit("project", root, "agentkit.project")


def installed(root: Path) -> Kit:
    return Kit("acme", root, "acme")


def test_files_that_are_not_parts_are_left_out(write: Write, tmp_path: Path) -> None:
    for name in ("_shared", "test_count", "conftest", "count"):
        write(f"tools/{name}.py", TOOL.format(name=name))
    write("tools/notes.md", "import agentkit")
    write("tools/data/x.txt", "")
    write("tools/package/__init__.py", TOOL.format(name="package"))
    assert [entry.name for entry in scan(installed(tmp_path), "tool")] == ["count", "package"]


def test_a_loose_file_counts_only_if_it_imports_agentkit(write: Write, tmp_path: Path) -> None:
    write("tools/bash.py", "def bash(): ...\n")
    assert list(scan(project(tmp_path), "tool")) == []
    (entry,) = scan(installed(tmp_path), "tool")
    assert (entry.name, entry.broken) == ("bash", "")


def test_an_adapter_of_something_else_is_left_alone(write: Write, tmp_path: Path) -> None:
    write("tasks/celery/adapter.py", "benchmark = 1\n")
    write("tasks/loose.py", "import agentkit\n")
    assert list(scan(project(tmp_path), "benchmark")) == []


def test_benchmark_of_plain_tasks(write: Write, tmp_path: Path) -> None:
    for name in ("second", "first", "_hidden"):
        write(f"tasks/own/{name}/task.toml", "")
    write("tasks/empty/readme.md", "")
    (entry,) = scan(project(tmp_path), "benchmark")
    assert (entry.name, entry.source, entry.purpose) == ("own", None, "2 tasks, each a folder with task.toml")
    assert [folder.name for folder in task_folders(entry.path)] == ["first", "second"]


def test_missing_part_is_seen(write: Write, tmp_path: Path) -> None:
    write("tools/count.py", "import agentkit\nasync def counter(): ...\n")
    (entry,) = scan(project(tmp_path), "tool")
    assert "`@tool async def count(" in entry.broken
    assert entry.broken.endswith("found counter")


def test_command_without_run_is_seen(write: Write, tmp_path: Path) -> None:
    write("plugins/own.py", "import agentkit\nCOMMAND = 'own'\ndef run(arguments): ...\n")
    (entry,) = scan(project(tmp_path), "plugin")
    assert (entry.command, "add_arguments" in entry.broken) == ("own", True)


def test_names_that_python_cannot_import_are_told(write: Write, tmp_path: Path) -> None:
    write("tools/line-count.py", "import agentkit\n")
    write("tasks/my-bench/first/task.toml", "")
    (tool,) = scan(project(tmp_path), "tool")
    assert "'line-count' is not a Python identifier: rename it, for example to 'line_count'" in tool.broken
    (benchmark,) = scan(project(tmp_path), "benchmark")
    assert "'my_bench'" in benchmark.broken


@given(st.text(min_size=1, max_size=12))
def test_the_name_offered_instead_is_a_good_one(name: str) -> None:
    fault = name_fault(name)
    if fault:
        offered = fault.rsplit("'", 2)[1]
        assert name_fault(offered) == ""


@pytest.mark.parametrize("name", ["class", "3d", "a b"])
def test_bad_names(name: str) -> None:
    assert name_fault(name)
