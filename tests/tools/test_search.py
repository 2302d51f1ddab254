import re
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit import ToolContext, ToolResult
from agentkit.catalog.catalog import open_catalog

Use = Callable[..., ToolResult]


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    (folder / "src").mkdir()
    (folder / "train.py").write_text(
        "import torch\n\nRATE = 0.01\n\ndef train(steps):\n    return RATE * steps\n"
    )
    (folder / "src" / "model.py").write_text("class Model:\n    def forward(self): return RATE\n")
    (folder / "notes.md").write_text("RATE is the learning rate\n")
    (folder / "weights.bin").write_bytes(b"RATE\0\0")


def test_it_only_looks() -> None:
    assert not open_catalog().load("tool", "search").changes_workspace


def test_lines_with_their_places(use: Use) -> None:
    result = use("search", command="text", pattern=r"\bRATE\b")
    assert result.ok
    assert result.text == (
        "4 matching lines in 3 of 3 files:\n"
        "notes.md:1: RATE is the learning rate\n"
        "src/model.py:2:     def forward(self): return RATE\n"
        "train.py:3: RATE = 0.01\n"
        "train.py:6:     return RATE * steps"
    )
    assert result.data == {"matches": 4, "files": 3, "left_out": 0}
    assert result.seconds > 0


def test_what_is_left_out_is_counted_exactly(use: Use, folder: Path) -> None:
    (folder / "long.txt").write_text("hit\n" * 700 + "miss\n")
    result = use("search", command="text", pattern="^hit", max_results=3)
    assert result.text.splitlines()[0] == "700 matching lines in 1 of 4 files; 697 of them not shown:"
    assert len(result.text.splitlines()) == 4
    assert result.next_hint
    (folder / "wide.txt").write_text(("wide " + "x" * 300 + "\n") * 200)
    bounded = use("search", command="text", pattern="wide", max_results=200)
    shown = len(bounded.text.splitlines()) - 1
    assert len(bounded.text) <= 8000
    assert 20 < shown < 40
    assert bounded.data["left_out"] == 200 - shown


def test_path_and_glob_narrow_it(use: Use) -> None:
    assert use("search", command="text", pattern="RATE", path="src").data["matches"] == 1
    assert use("search", command="text", pattern="RATE", glob="*.py").data["files"] == 2
    assert use("search", command="text", pattern="RATE", glob="src/**/*.py").data["files"] == 1
    assert (
        use("search", command="text", pattern="RATE", path="train.py").text.splitlines()[1]
        == "train.py:3: RATE = 0.01"
    )
    assert use("search", command="text", pattern="nowhere").text == "0 matching lines in 0 of 3 files."


def test_a_log_of_an_earlier_call_is_searched(use: Use, context: ToolContext) -> None:
    context.logs.mkdir()
    (context.logs / "shell-0001.log").write_text("step 1\nstep 2 nan\n")
    result = use("search", command="text", pattern="nan", path="log:shell-0001.log")
    assert result.text.splitlines()[1] == "log:shell-0001.log:2: step 2 nan"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"command": "text", "pattern": "("}, "no regular expression"),
        ({"command": "text"}, "needs a pattern"),
        ({"command": "text", "pattern": "a\0"}, "cannot be used"),
        ({"command": "text", "pattern": "x", "path": "../"}, "outside the workspace"),
        ({"command": "text", "pattern": "x", "path": "none"}, "There is no none"),
        ({"command": "outline", "path": "notes.md"}, "no outline"),
        ({"command": "outline", "path": "weights.bin"}, "binary"),
        ({"command": "outline"}, "is a folder"),
        ({"command": "symbols"}, "command"),
    ],
)
def test_what_cannot_be_done_is_said(use: Use, arguments: dict[str, str], said: str) -> None:
    result = use("search", **arguments)
    assert not result.ok
    assert said in result.text
    assert said in result.summary


def test_files_by_glob(use: Use) -> None:
    result = use("search", command="files", glob="*.py")
    assert re.fullmatch(
        r"2 files like \*\.py:\nsrc/model\.py  \(\d+ bytes\)\ntrain\.py  \(\d+ bytes\)", result.text
    )
    assert use("search", command="files").data["files"] == 4
    assert use("search", command="files", pattern="*.md").data["files"] == 1
    few = use("search", command="files", max_results=1)
    assert few.text.splitlines()[0] == "4 files; 3 of them not shown:"


def test_links_out_of_the_workspace_are_not_followed(use: Use, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("RATE secret")
    (folder / "way").symlink_to(tmp_path / "outside")
    (folder / "way.txt").symlink_to(tmp_path / "outside" / "secret.txt")
    assert "secret" not in use("search", command="text", pattern="RATE").text
    assert use("search", command="files").data["files"] == 4
    assert not use("search", command="text", pattern="RATE", path="way").ok


def test_the_outline_of_a_file(use: Use) -> None:
    result = use("search", command="outline", path="train.py")
    assert result.text == (
        "train.py: 2 definitions\n           3  RATE = 0.01\n         5-6  def train(steps):"
    )
    assert result.data["language"] == "python"


def test_a_symbol_is_shown_where_it_is_defined_and_its_callers_where_they_call(
    use: Use, folder: Path
) -> None:
    (folder / "graph.py").write_text("class Graph:\n    def backward(self, x):\n        return x\n")
    (folder / "use_it.py").write_text("from graph import Graph\n\ndef main():\n    Graph().backward(1)\n")
    (folder / "notes.txt").write_text("backward is not code here\n")
    found = use("search", command="symbol", pattern="Graph.backward")
    assert found.text.splitlines() == [
        "backward: 1 definition, 1 call, 0 other uses:",
        "graph.py:2-3 in Graph",
        "     2\t    def backward(self, x):",
        "     3\t        return x",
    ]
    calls = use("search", command="callers", pattern="backward")
    assert calls.text.splitlines()[1:] == ["use_it.py:4: call in main: Graph().backward(1)"]
    assert "import in the module" in use("search", command="callers", pattern="Graph").text
    assert use("search", command="symbol", pattern="nowhere").text.startswith("nowhere: 0 definitions")
    assert not use("search", command="callers", pattern="a b").ok


def test_a_long_definition_is_shown_by_its_ends(use: Use, folder: Path) -> None:
    (folder / "long.py").write_text(
        "def long():\n" + "".join(f"    x{each} = {each}\n" for each in range(500))
    )
    text = use("search", command="symbol", pattern="long").text
    assert "[… 441 lines; editor view …]" in text
    assert text.splitlines()[-1] == "   501\t    x499 = 499"
