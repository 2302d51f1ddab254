"""`agentkit list`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentkit.catalog import open_catalog
from agentkit.cli.list import Row, TaskRow, rows_of, table_text
from agentkit.cli.main import main

TOOL = "from agentkit import tool\n@tool\nasync def {name}(context):\n    '''Do {name}.'''\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("count", "flat"):
        folder = tmp_path / ("tools" if name == "count" else "scaffolds")
        folder.mkdir()
        (folder / f"{name}.py").write_text(TOOL.format(name=name))
    (tmp_path / "tools" / "bad.py").write_text("import agentkit\nx = = 1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert main(["list", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_json_has_every_field(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = listed(capsys)
    assert content["version"] == 1
    assert list(content) == ["version", "tools", "scaffolds", "benchmarks", "plugins", "kits"]
    count = next(row for row in content["tools"] if row["name"] == "count")
    assert count == {
        "name": "count", "purpose": "Do count.", "kit": "project", "file": "tools/count.py",
        "shadows": [], "broken": "",
    }  # fmt: skip


def test_broken_and_shadowed_are_said_and_the_rest_goes_on(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = listed(capsys)
    assert "line 2" in next(row for row in content["tools"] if row["name"] == "bad")["broken"]
    (shadowed,) = next(row for row in content["scaffolds"] if row["name"] == "flat")["shadows"]
    assert shadowed.endswith("scaffolds/flat.py")
    assert main(["list"]) == 0
    text = capsys.readouterr().out
    assert f"shadows {shadowed}" in text
    assert "cannot be used: SyntaxError" in text
    assert "Do count." in text


def test_one_section(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(listed(capsys, "kits")) == ["version", "kits"]
    kits = listed(capsys, "kits")["kits"]
    assert (kits[0]["name"], kits[0]["file"], kits[-1]["name"]) == ("project", ".", "builtin")


def test_unknown_section_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "taks"]) == 2
    assert "'tasks'" in capsys.readouterr().err


def test_an_adapter_that_fails_breaks_only_its_own_line(here: Path) -> None:
    for name, body in (("ill", "raise RuntimeError('no data')"), ("odd", "benchmark = 3")):
        folder = here / "tasks" / name
        folder.mkdir(parents=True)
        (folder / "adapter.py").write_text(f"import agentkit\nbenchmark = 1\n{body}\n")
    rows = {row.name: row for row in rows_of(open_catalog(here), "tasks")}
    assert "RuntimeError: no data" in rows["ill/…"].broken
    assert rows["odd/…"].broken


PROFILES = """
from agentkit import TaskEntry
from agentkit.contracts.task import ProfileEntry

class Sizes:
    purpose = "Tasks in sizes."
    profiles = ("small", "large")

    def entries(self):
        sizes = (ProfileEntry(name="small"), ProfileEntry(name="large", lacks=("a GPU", "a file")))
        far = ProfileEntry(name="large", lacks=("a GPU",))
        none = ProfileEntry(name="small", refused="it has no small form")
        return [
            TaskEntry(name="one", purpose="One.", profiles=sizes),
            TaskEntry(name="far", purpose="Far.", refused="large lacks a GPU", profiles=(none, far)),
        ]

    def load(self, name, profile):
        raise NotImplementedError

benchmark = Sizes()
"""


def test_tasks_of_one_benchmark_with_their_profiles(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = here / "tasks" / "sizes"
    folder.mkdir(parents=True)
    (folder / "adapter.py").write_text(PROFILES)
    assert main(["list", "tasks", "--benchmark", "sizes"]) == 0
    text = capsys.readouterr().out
    assert "sizes/one" in text and "speedrun" not in text
    assert "      runs here in small; large lacks [1], a file" in text
    assert "      cannot be used here: small: it has no small form; large lacks [1]" in text
    assert text.count("a GPU") == 1 and "    [1]  a GPU\n" in text
    one, far = listed(capsys, "tasks", "--benchmark", "sizes")["tasks"]
    assert one["profiles"] == {"small": [], "large": ["a GPU", "a file"]}
    assert far["refused"] == {"small": "it has no small form"}
    assert far["broken"] == "large lacks a GPU"
    assert (one["out_of_reach"], far["out_of_reach"]) == (False, True)
    assert main(["list", "tasks"]) == 0
    text = capsys.readouterr().out
    assert "sizes/one" in text and "sizes/far" not in text and "--benchmark NAME" in text
    assert main(["list", "tools", "--benchmark", "sizes"]) == 2
    assert "--benchmark is for tasks" in capsys.readouterr().err
    assert main(["list", "tasks", "--benchmark", "size"]) == 2
    assert "Did you mean: sizes?" in capsys.readouterr().err


def test_simple_tasks_are_listed_with_their_purpose(here: Path) -> None:
    folder = here / "tasks" / "own" / "first"
    folder.mkdir(parents=True)
    (folder / "task.toml").write_text(
        'title = "First"\npurpose = "Do it first."\ninstructions = "do.md"\n'
        '[metric]\nname = "score"\nlower_is_better = false\n[evaluate]\ncommand = ["true"]\n'
    )
    (folder / "do.md").write_text("Do it.")
    (folder / "files").mkdir()
    rows = {row.name: row for row in rows_of(open_catalog(here), "tasks")}
    assert (rows["own/first"].purpose, rows["own/first"].file) == ("Do it first.", "tasks/own/first")


def test_what_several_tasks_lack_is_told_once_the_commonest_first() -> None:
    def task(name: str, **lacks: tuple[str, ...]) -> TaskRow:
        return TaskRow(name, "Do it.", "project", "a.py", profiles=lacks, out_of_reach=True, broken="told")

    rows = [
        task("a", one=("disk", "net")),
        task("b", one=("net",), two=("net", "GPU")),
        task("c", one=("disk", "net")),
    ]
    told = table_text("tasks", [*rows, Row("d", "Else.", "project", "d.py", broken="line 1\nline 2")], None)
    assert [line.strip() for line in told.splitlines() if line.startswith("      ")] == [
        "cannot be used here: one lacks [2], [1]", "cannot be used here: one lacks [1]; two lacks [1], GPU",
        "cannot be used here: one lacks [2], [1]", "cannot be used: line 1", "line 2",
    ]  # fmt: skip
    assert told.endswith("  what is lacking here:\n    [1]  net\n    [2]  disk")
    refused = TaskRow("e", "Not.", "project", "e.py", profiles={"one": ("net",)}, broken="never")
    assert "lacking" not in table_text("tasks", [refused, refused], None)


def test_columns_stand_under_one_another() -> None:
    rows = [Row("a", "Short.", "project", "a.py"), Row("longer", "A longer purpose.", "builtin", "b.py")]
    lines = table_text("tools", rows, None).splitlines()
    assert lines[0] == "tools"
    assert len({line.index(word) for line, word in zip(lines[1:], ("project", "builtin"), strict=True)}) == 1
    assert "none" in table_text("tools", [], None)


def test_a_narrow_terminal_cuts_the_purpose_and_says_so() -> None:
    row = Row("name", "word " * 30, "project", "tools/name.py")
    (line,) = table_text("tools", [row], 80).splitlines()[1:]
    assert len(line) <= 80
    assert "…" in line
    assert line.endswith("tools/name.py")
