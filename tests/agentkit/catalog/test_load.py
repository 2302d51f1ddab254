"""Importing an entry; what an author is told about a mistake."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.catalog import open_catalog
from agentkit.contracts.tool import Tool
from agentkit.errors import BrokenPlugin

Write = Callable[[str, str], Path]


def refusal(folder: Path, kind: str, name: str) -> str:
    with pytest.raises(BrokenPlugin) as caught:
        open_catalog(folder).load(kind, name)  # type: ignore[call-overload]
    return str(caught.value)


def test_import_error_names_the_authors_line(write: Write, tmp_path: Path) -> None:
    file = write("tools/bad.py", "import agentkit\n\nbad = 1\nimport not_there\n")
    with pytest.raises(BrokenPlugin) as caught:
        open_catalog(tmp_path).load("tool", "bad")
    assert "ModuleNotFoundError: No module named 'not_there'" in str(caught.value)
    assert f"At: {file}:4" in str(caught.value)
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_the_line_is_the_authors_even_when_the_error_is_deeper(write: Write, tmp_path: Path) -> None:
    file = write("tools/bad.py", "import agentkit, json\nbad = json.loads('{')\n")
    assert f"At: {file}:2" in refusal(tmp_path, "tool", "bad")


def test_a_mistake_in_a_module_beside_it_is_named_there(write: Write, tmp_path: Path) -> None:
    write("tools/bad.py", "import agentkit\nfrom ._part import bad\n")
    part = write("tools/_part.py", "bad = = 1\n")
    text = refusal(tmp_path, "tool", "bad")
    assert f"At: {part}:1" in text
    assert "SyntaxError" in text


def test_a_script_that_exits_does_not_end_agentkit(write: Write, tmp_path: Path) -> None:
    write("tools/bad.py", "import agentkit\nbad = 1\nraise SystemExit(3)\n")
    assert "SystemExit: 3" in refusal(tmp_path, "tool", "bad")


def test_forgotten_decorator(write: Write, tmp_path: Path) -> None:
    write("tools/bare.py", "import agentkit\nasync def bare(context): ...\n")
    text = refusal(tmp_path, "tool", "bare")
    assert "Expected: `@tool async def bare(" in text
    assert "a plain async function; is @tool missing above it?" in text


def test_wrong_kind_of_object(write: Write, tmp_path: Path) -> None:
    write("scaffolds/seven.py", "import agentkit\nseven = 7\n")
    assert "an object of the type int" in refusal(tmp_path, "scaffold", "seven")


def test_function_of_another_name(write: Write, tmp_path: Path) -> None:
    source = """
        from agentkit import ToolContext, ToolResult, tool
        @tool
        async def inner(context: ToolContext) -> ToolResult:
            '''A tool.'''
            return ToolResult(ok=True, summary="")
        outer = inner
    """
    write("tools/outer.py", source)
    assert "Tool named 'inner'; the file and the function must have one name" in refusal(
        tmp_path, "tool", "outer"
    )


def test_decorator_that_refuses_is_told_in_its_own_words(write: Write, tmp_path: Path) -> None:
    source = "from agentkit import scaffold\n@scaffold\ndef odd(a: int, b: int): ...\n"
    file = write("scaffolds/odd.py", source)
    text = refusal(tmp_path, "scaffold", "odd")
    assert "must take one parameter" in text
    assert f"{file}:2" in text


def test_adapter_must_hold_a_benchmark(write: Write, tmp_path: Path) -> None:
    write("tasks/made/adapter.py", "import agentkit\nbenchmark = 7\n")
    assert "benchmark = …" in refusal(tmp_path, "benchmark", "made")
    write("tasks/plain/first/task.toml", "")
    assert "no adapter.py" in refusal(tmp_path, "benchmark", "plain")


def test_plugin_command_must_be_callable(write: Write, tmp_path: Path) -> None:
    write("plugins/own.py", "import agentkit\nCOMMAND = 'own'\nrun = add_arguments = 3\n")
    assert "nothing callable of the name 'add_arguments'" in refusal(tmp_path, "plugin", "own")


def test_two_mounted_folders_with_one_module_name(write: Write, tmp_path: Path) -> None:
    """The one that was added later wins; the other is refused, not mixed up with it."""
    adapter = "import agentkit\nbenchmark = 7\n"
    write("here/tasks/made/adapter.py", adapter)
    write("there/tasks/made/adapter.py", adapter)
    catalog = open_catalog(tmp_path / "here")
    here, _ = catalog.find_benchmark("made/x")
    catalog.find_benchmark(str(tmp_path / "there/tasks/made/x"))
    with pytest.raises(BrokenPlugin, match="Two kits have a file of that path"):
        catalog.load_benchmark(here)


def test_a_file_written_just_now_is_found(write: Write, tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    source = """
        from agentkit import ToolContext, ToolResult, tool
        @tool
        async def {name}(context: ToolContext) -> ToolResult:
            '''A tool.'''
            return ToolResult(ok=True, summary="")
    """
    start = time.monotonic()
    for name in ("one", "two", "three"):
        write(f"tools/{name}.py", source.format(name=name))
        assert isinstance(catalog.load("tool", name), Tool)
    assert time.monotonic() - start < 5
