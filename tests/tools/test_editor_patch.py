from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agentkit import ToolContext, ToolResult
from agentkit.catalog.catalog import open_catalog

Use = Callable[..., ToolResult]

PYTHON = "import os\n\n\ndef train(steps):\n    rate = 0.01\n    return rate * steps\n"


@pytest.fixture
def script(folder: Path) -> Path:
    path = folder / "train.py"
    path.write_text(PYTHON)
    return path


def refused(result: ToolResult, *said: str) -> None:
    assert not result.ok
    for words in said:
        assert words in result.text
    assert "\n" not in result.summary
    assert len(result.summary) < 220


BLOCKS = """\
I change two files:

train.py
<<<<<<< SEARCH
    rate = 0.01
=======
    rate = 0.02
>>>>>>> REPLACE
train.py
<<<<<<< SEARCH
    return rate * steps
=======
    return rate * steps + NEW
>>>>>>> REPLACE
`lib/new.py`
<<<<<<< WHOLE
NEW = 1
>>>>>>> WHOLE
"""


def test_a_patch_changes_several_files_and_each_can_be_undone(use: Use, script: Path, folder: Path) -> None:
    result = use("editor", command="patch", text=BLOCKS)
    assert result.ok
    assert result.summary == "3 blocks applied to train.py, lib/new.py."
    assert script.read_text() == PYTHON.replace("0.01", "0.02").replace("steps\n", "steps + NEW\n")
    assert (folder / "lib/new.py").read_text() == "NEW = 1\n"
    assert "     5\t    rate = 0.02" in result.text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("NEW = 1", "NEW = (", "breaks its syntax"),
        ("    return rate * steps\n=", "    return rats * steps\n=", "Block 2 of 3, and none is applied"),
        ("    rate = 0.01\n=", "\n=", "occurs "),
        ("`lib/new.py`", "../out.py", "outside the workspace"),
        ("`lib/new.py`", "locked/new.py", "the task locks it"),
        ("<<<<<<<", "<<<<", "patch needs blocks"),
    ],
)
def test_a_patch_of_which_one_block_does_not_fit_changes_nothing(
    context: ToolContext, script: Path, folder: Path, old: str, new: str, said: str
) -> None:
    tool = open_catalog().load("tool", "editor")
    locked = replace(context, editable=("*.py", "lib/*"))
    text = BLOCKS.replace(old, new)
    refused(asyncio.run(tool.call(locked, {"command": "patch", "text": text})), said)
    assert [path.name for path in folder.rglob("*")] == ["train.py"]
    assert script.read_text() == PYTHON


def test_a_patch_keeps_a_files_line_ends(use: Use, script: Path) -> None:
    script.write_bytes(PYTHON.replace("\n", "\r\n").encode())
    assert use("editor", command="patch", text=BLOCKS).ok
    assert b"rate = 0.02\r\n" in script.read_bytes()
