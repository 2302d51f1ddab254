"""The catalog of a user's folder beside agentkit's own kit."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit import builtin
from agentkit.catalog import Catalog, open_catalog
from agentkit.errors import UnknownName, UsageError
from agentkit.kits import Kit

Write = Callable[[str, str], Path]
CHECKOUT = Path(__file__).parents[3]

COUNT = """
    from agentkit import ToolContext, ToolResult, tool

    @tool
    async def count(context: ToolContext, path: str) -> ToolResult:
        '''Count the lines of a file.'''
        return ToolResult(ok=True, summary=path)
"""
MINE = """
    from agentkit import Record, Scaffold, scaffold

    class MineSettings(Record):
        attempts: int = 3

    @scaffold
    def flat(settings: MineSettings) -> Scaffold:
        '''My own flat.'''
        raise NotImplementedError
"""


def test_entries_are_sorted_and_say_where_they_are(write: Write, tmp_path: Path) -> None:
    file = write("tools/count.py", COUNT)
    entries = open_catalog(tmp_path).entries("tool")
    assert [entry.name for entry in entries] == sorted(entry.name for entry in entries)
    count = next(entry for entry in entries if entry.name == "count")
    assert (count.purpose, count.path, count.kit.name) == ("Count the lines of a file.", file, "project")


def test_first_kit_wins_and_says_what_it_shadows(write: Write, tmp_path: Path) -> None:
    file = write("scaffolds/flat.py", MINE)
    catalog = open_catalog(tmp_path)
    flat = next(entry for entry in catalog.entries("scaffold") if entry.name == "flat")
    assert flat.path == file
    assert flat.shadows == (builtin.ROOT / "scaffolds" / "flat.py",)
    assert catalog.load("scaffold", "flat").purpose == "My own flat."


def test_unknown_name_offers_the_nearest_and_the_folders(write: Write, tmp_path: Path) -> None:
    write("tools/count.py", COUNT)
    with pytest.raises(UnknownName) as caught:
        open_catalog(tmp_path).load("tool", "conut")
    text = str(caught.value)
    assert "no tool 'conut'" in text
    assert "Did you mean: count" in text
    assert str(tmp_path / "tools") in text
    assert "agentkit list tools" in text


def test_a_broken_file_breaks_only_its_own_use(write: Write, tmp_path: Path) -> None:
    write("tools/count.py", COUNT)
    write("tools/wrong.py", "import agentkit\nx = = 1\n")
    catalog = open_catalog(tmp_path)
    broken = {entry.name: entry.broken for entry in catalog.entries("tool") if entry.broken}
    assert list(broken) == ["wrong"]
    assert "line 2" in broken["wrong"]
    assert catalog.load("tool", "count").name == "count"


def test_listing_imports_nothing(write: Write, tmp_path: Path) -> None:
    write("tools/loud.py", "import agentkit\nraise SystemExit('it ran')\n")
    write("tasks/bench/adapter.py", "import agentkit\nraise SystemExit('it ran')\nbenchmark = 1\n")
    catalog = open_catalog(tmp_path)
    assert "loud" in {entry.name for entry in catalog.entries("tool")}
    assert "bench" in {entry.name for entry in catalog.entries("benchmark")}


def test_commands_come_from_plugins(write: Write, tmp_path: Path) -> None:
    write(
        "plugins/own.py",
        """
        '''Do my own thing.'''
        import agentkit
        COMMAND = "mine"
        def add_arguments(parser): ...
        def run(arguments): return 0
        """,
    )
    write("plugins/quiet.py", "import agentkit\n")
    command = open_catalog(tmp_path).commands()["mine"]
    assert (command.name, command.purpose) == ("own", "Do my own thing.")


@pytest.fixture
def bench(write: Write, tmp_path: Path) -> Path:
    """A kit with a benchmark of one simple task, and one with an adapter."""
    write("kit/tasks/plain/first/task.toml", "title = 'First'\n")
    write("kit/tasks/made/adapter.py", "'''Made tasks.'''\nimport agentkit\nbenchmark = object()\n")
    return tmp_path / "kit"


@pytest.mark.parametrize(
    "reference", ["plain/first", "tasks/plain/first", "tasks/plain/first/", "plain//first"]
)
def test_benchmark_by_name(bench: Path, reference: str) -> None:
    entry, task = open_catalog(bench).find_benchmark(reference)
    assert (entry.path, task) == (bench / "tasks" / "plain", "first")


def test_benchmark_with_adapter_takes_any_task_name(bench: Path) -> None:
    entry, task = open_catalog(bench).find_benchmark("made/group/nine")
    assert (entry.name, entry.purpose, task) == ("made", "Made tasks.", "group/nine")


def test_benchmark_by_path(bench: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bench / "tasks" / "plain")
    catalog = open_catalog(bench)
    for reference in ("./first", "./first/task.toml", "../plain/first", str(bench / "tasks/plain/first")):
        entry, task = catalog.find_benchmark(reference)
        assert (entry.path, task) == (bench / "tasks" / "plain", "first")
    assert len(catalog.kits) == len(open_catalog(bench).kits)


def test_a_path_outside_becomes_a_kit_beside_the_project(
    bench: Path, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("here/tools/count.py", COUNT)
    write("kit/tools/other.py", COUNT.replace("count", "other"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path / "here")
    catalog = open_catalog()
    entry, task = catalog.find_benchmark("~/kit/tasks/plain/first")
    assert (entry.path, task) == (bench / "tasks" / "plain", "first")
    assert catalog.load("tool", "other").name == "other"
    assert catalog.load("tool", "count").name == "count"


def test_a_path_outside_without_benchmark_changes_nothing(bench: Path, tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    before = catalog.kits
    with pytest.raises(UnknownName, match=r"There is no task '.*nothing/there'"):
        catalog.find_benchmark(str(bench / "tasks" / "nothing" / "there"))
    assert catalog.kits == before


def test_unknown_benchmark_offers_the_nearest(bench: Path) -> None:
    with pytest.raises(UnknownName, match=r"no benchmark 'plian'[\s\S]*Did you mean: plain"):
        open_catalog(bench).find_benchmark("plian/first")


def test_a_benchmark_alone_is_no_task(bench: Path) -> None:
    with pytest.raises(UsageError, match=r"benchmark; name one of its tasks[\s\S]*plain/…"):
        open_catalog(bench).find_benchmark("plain")


def test_broken_kit_has_no_entries(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    assert Catalog([Kit("gone", tmp_path, "gone", broken="no package")]).entries("tool") == []


FEATURE = """
    from __future__ import annotations
    from dataclasses import dataclass
    from agentkit import ToolContext, ToolResult, tool
    from ._size import SIZE

    @dataclass
    class Point:
        x: int = SIZE

    def grow(point: Point) -> Point:
        return Point(point.x + 1)

    @tool
    async def feature(context: ToolContext) -> ToolResult:
        '''A tool.'''
        return ToolResult(ok=True, summary="")
"""
USE_FEATURE = """
import inspect, multiprocessing, pickle, sys
from agentkit.catalog import open_catalog
if __name__ == "__main__":
    tool = open_catalog().load("tool", "feature")
    module = sys.modules[tool.function.__module__]
    assert "SIZE" in inspect.getsource(module)
    point = pickle.loads(pickle.dumps(module.Point()))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(module.__name__, pool.apply(module.grow, (point,)))
"""


def test_modules_of_the_project_are_ordinary_ones(write: Write, tmp_path: Path) -> None:
    """Relative imports, dataclasses, pickling, source and spawned processes work as in any package."""
    write("tools/feature.py", FEATURE)
    write("tools/_size.py", "SIZE = 7\n")
    script = write("use.py", USE_FEATURE)
    result = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout.strip() == "agentkit.project.tools.feature Point(x=8)", result.stderr


ONE_COPY = """
import sys
from pathlib import Path
from agentkit.catalog import open_catalog
catalog = open_catalog()
catalog.find_benchmark("./tasks/speedrun/record12")
catalog.find_benchmark("tasks/speedrun/record12")
catalog.load("scaffold", "flat")
files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
files = [file for file in files if file.startswith(str(Path.cwd()))]
assert len(files) == len(set(files)) > 5, "a module was imported twice"
here = [kit.name for kit in catalog.kits if kit.root == Path.cwd()]
print(here, sorted(name for name in sys.modules if "flat" in name))
"""


def test_inside_the_checkout_there_is_one_copy() -> None:
    result = subprocess.run(
        [sys.executable, "-c", ONE_COPY],
        cwd=CHECKOUT,
        env={"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "['builtin'] ['agentkit.builtin.scaffolds.flat']" in result.stdout, result.stderr
