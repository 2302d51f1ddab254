"""What the editor refuses or warns of besides Python's syntax: locked parts, mistakes in C++ and CUDA."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agentkit import ToolContext, ToolResult
from agentkit.catalog.catalog import open_catalog
from agentkit.contracts.locked import LockedRegions

Use = Callable[..., ToolResult]


def refused(result: ToolResult, *said: str) -> None:
    assert not result.ok
    for words in said:
        assert words in result.text


TIMED = """\
import time


def train(steps):
    started = time.perf_counter()
    for step in range(steps):
        work(step)
    elapsed = time.perf_counter() - started
    print(f"train_time:{1000 * elapsed:.0f}ms")


def work(step):
    return step


def measure(model):
    return model.loss()
"""


def test_a_part_that_the_task_locks_is_refused_with_the_reason(
    context: ToolContext, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "start.py").write_text(TIMED)
    (folder / "train.py").write_text(TIMED)
    locked = LockedRegions(("timing", "measure"), (tmp_path / "start.py",))
    limited = replace(context, locked_regions={"train.py": locked})
    editor = open_catalog().load("tool", "editor")

    def call(command: str, **arguments: object) -> ToolResult:
        return asyncio.run(editor.call(limited, {"command": command, "path": "train.py", **arguments}))

    clock = call("str_replace", old_str="time.perf_counter() - started", new_str="0.5")
    refused(clock, "train.py is as it was", "what the task locks in it: timing (8 in train, changed: elapsed")
    patch = "train.py\n<<<<<<< SEARCH\n    return model.loss()\n=======\n    return 0.0\n>>>>>>> REPLACE\n"
    refused(call("patch", text=patch), "measure (changed: return 0.0)", "Locked are timing, measure")
    refused(call("create", text="x = 1\n", overwrite=True), "measure (removed)")
    assert (folder / "train.py").read_text() == TIMED
    assert call("str_replace", old_str="    return step\n", new_str="    return step + 1\n").ok
    assert call("insert", text="# faster now", insert_line=0).ok
    (folder / "train.py").write_text(TIMED.replace("model.loss()", "0.0"))
    assert call("str_replace", old_str="return step", new_str="return 2 * step").ok, "the shell did it"
    assert call("str_replace", old_str="return 0.0", new_str="return model.loss()").ok, "it may be mended"


@pytest.mark.parametrize("name", ["k.cu", "k.cpp"])
def test_a_mistake_in_cpp_and_cuda_is_told_with_its_place_by_the_edit_that_brings_it(
    use: Use, folder: Path, name: str
) -> None:
    code = "int f(int x) {\n  return x;\n}\n" + "\n" * 20 + "int g(int x) {\n  return f(x);\n}\n"
    (folder / name).write_text(code)

    def replaced(old: str, new: str) -> ToolResult:
        return use("editor", command="str_replace", path=name, old_str=old, new_str=new)

    assert "parse" not in replaced("return f(x)", "return f(x) + 1").text
    broken = replaced("int f(int x) {", "int f(int x {")
    assert broken.ok and "seems to break the syntax" in broken.text and "line 1, column" in broken.text
    assert broken.next_hint
    again = replaced("f(x) + 1", "f(x) + 2")
    assert again.ok and "pars" not in again.text, "it was told before"
    assert "pars" not in replaced("int f(int x {", "int f(int x) {").text
