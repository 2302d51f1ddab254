"""Which entries a kit has, found without importing any."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from pathlib import Path

from agentkit.catalog.entry import FOLDER_OF, Entry, Kind
from agentkit.catalog.syntax import SourceFacts, read_facts
from agentkit.kits import Kit

EXPECTED: dict[Kind, str] = {
    "tool": "`@tool async def {name}(context: ToolContext, …) -> ToolResult`",
    "scaffold": "`@scaffold def {name}(settings: SomeRecord) -> Scaffold`",
    "benchmark": "`benchmark = …`, an object with purpose, profiles, entries() and load()",
    "plugin": '`COMMAND = "…"` with `def add_arguments(parser)` and `def run(arguments) -> int`',
}


def scan(kit: Kit, kind: Kind) -> Iterator[Entry]:
    """Entries of one kind in one kit, by name. A mistake that can be seen is in `broken`."""
    folder = kit.root / FOLDER_OF[kind]
    if kit.broken or not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        entry = read_benchmark(kit, path) if kind == "benchmark" else read_part(kit, kind, path)
        if entry is not None:
            yield entry


def read_part(kit: Kit, kind: Kind, path: Path) -> Entry | None:
    """A tool, scaffold or plugin: NAME.py, or a folder NAME with `__init__.py`."""
    if is_private(path.name):
        return None
    file = path / "__init__.py" if path.is_dir() else path
    if file.suffix != ".py" or not file.is_file():
        return None
    facts = read_facts(file)
    if kit.loose and not facts.imports_agentkit:
        return None
    name = path.stem
    return Entry(
        kind=kind,
        name=name,
        purpose=facts.purposes.get(name) or facts.purpose,
        path=file,
        kit=kit,
        broken=facts.broken or name_fault(name) or missing_part(kind, name, facts),
        command=facts.constants.get("COMMAND", "") if kind == "plugin" else "",
    )


def read_benchmark(kit: Kit, path: Path) -> Entry | None:
    """A folder with `adapter.py`, or with folders that hold a `task.toml`."""
    if is_private(path.name) or not path.is_dir():
        return None
    adapter = path / "adapter.py"
    if adapter.is_file():
        facts = read_facts(adapter)
        if kit.loose and not facts.imports_agentkit:
            return None
        broken = facts.broken or name_fault(path.name) or missing_part("benchmark", "benchmark", facts)
        return Entry("benchmark", path.name, facts.purpose, path, kit, broken=broken)
    tasks = task_folders(path)
    if not tasks:
        return None
    count = f"{len(tasks)} task{'s' if len(tasks) > 1 else ''}"
    purpose = f"{count}, each a folder with task.toml"
    return Entry("benchmark", path.name, purpose, path, kit, broken=name_fault(path.name))


def task_folders(benchmark: Path) -> list[Path]:
    """The folders of a benchmark that are tasks by their `task.toml`, by name."""
    return sorted(path.parent for path in benchmark.glob("*/task.toml") if not is_private(path.parent.name))


def is_private(name: str) -> bool:
    """A file beside the parts that is not one: `_shared.py`, `test_mine.py`, `.git`."""
    return name.startswith(("_", ".", "test_")) or name == "conftest.py"


def name_fault(name: str) -> str:
    if name.isidentifier() and not keyword.iskeyword(name):
        return ""
    better = "".join(letter if f"a{letter}".isidentifier() else "_" for letter in name)
    better = f"{better}_" if keyword.iskeyword(better) else better
    better = better if better.isidentifier() and not is_private(better) else f"n{better}"
    return f"the name '{name}' is not a Python identifier: rename it, for example to '{better}'"


def missing_part(kind: Kind, name: str, facts: SourceFacts) -> str:
    """What a kind of file must bind; a plugin that adds no command may bind anything."""
    if kind == "plugin":
        wanted = {"add_arguments", "run"} if "COMMAND" in facts.constants else set()
    else:
        wanted = {name}
    if "*" in facts.names or wanted <= facts.names:
        return ""
    own = sorted(each for each in facts.own if not each.startswith("_"))
    found = ", ".join(own[:8]) + (" …" if len(own) > 8 else "") or "nothing"
    return f"expected {EXPECTED[kind].format(name=name)}; found {found}"
