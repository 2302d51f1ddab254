"""Catalog: every entry of every kit, found by name; imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, NoReturn, overload

from agentkit.catalog.entry import FOLDER_OF, Entry, Kind, shown
from agentkit.catalog.load import load_entry
from agentkit.catalog.reference import is_path, places, split_name
from agentkit.catalog.scan import scan
from agentkit.errors import UnknownName, UsageError
from agentkit.kits import Kit, add_kit, find_kits, is_kit

if TYPE_CHECKING:
    from agentkit.contracts.scaffold import ScaffoldMaker
    from agentkit.contracts.task import Benchmark
    from agentkit.contracts.tool import Tool


def open_catalog(project: Path | None = None) -> Catalog:
    """The catalog of all kits seen from `project` (None: AGENTKIT_PROJECT, or the working directory).

    A process uses one at a time: opening another for another folder forgets the former's modules.
    """
    return Catalog(find_kits(project))


class Catalog:
    """Of several kits with the same name in them, the first has it; the others are shadowed."""

    def __init__(self, kits: Sequence[Kit]) -> None:
        self.kits = tuple(kits)

    def entries(self, kind: Kind) -> list[Entry]:
        """By name. Nothing is imported, so nobody's mistake can break the list."""
        by_name: dict[str, list[Entry]] = {}
        for kit in self.kits:
            for entry in scan(kit, kind):
                by_name.setdefault(entry.name, []).append(entry)
        return [
            replace(first, shadows=tuple(entry.path for entry in others))
            for _, (first, *others) in sorted(by_name.items())
        ]

    def find(self, kind: Kind, name: str) -> Entry:
        """Raises UnknownName, with the nearest names and the folders looked in."""
        for kit in self.kits:
            for entry in scan(kit, kind):
                if entry.name == name:
                    return entry
        plural = f"{kind}s"
        known = [entry.name for entry in self.entries(kind)]
        raise UnknownName(kind, name, known, self.looked_in(kind), f"agentkit list {plural}")

    @overload
    def load(self, kind: Literal["tool"], name: str) -> Tool: ...
    @overload
    def load(self, kind: Literal["scaffold"], name: str) -> ScaffoldMaker[Any]: ...
    @overload
    def load(self, kind: Literal["benchmark"], name: str) -> Benchmark: ...
    @overload
    def load(self, kind: Literal["plugin"], name: str) -> ModuleType: ...
    def load(self, kind: Kind, name: str) -> object:
        """Import what `name` means. Raises UnknownName, or BrokenPlugin naming the author's file."""
        return load_entry(self.find(kind, name))

    def load_benchmark(self, entry: Entry) -> Benchmark:
        """The adapter of an entry from `find_benchmark`; only where `entry.source` is not None."""
        adapter: Benchmark = load_entry(entry)
        return adapter

    def find_benchmark(self, reference: str) -> tuple[Entry, str]:
        """The benchmark folder of a task reference, and the task's name in it; the task itself is not sought.

        `speedrun/record12`, `tasks/speedrun/record12` and any path below a `tasks` folder. A path into
        a folder that is no kit of this catalog makes that folder its first kit.
        """
        benchmark, task = split_name(reference)
        entry = None if is_path(reference) else self.named_benchmark(benchmark)
        if entry is None:
            entry, task = self.benchmark_at(reference) or (None, task)
        if entry is None:
            self.refuse(reference, benchmark)
        if not task:
            raise UsageError(
                f"'{reference}' is a benchmark; name one of its tasks.",
                f"A task is named BENCHMARK/TASK, so: {entry.name}/…",
                "Next: agentkit list tasks",
            )
        return entry, task

    def named_benchmark(self, name: str) -> Entry | None:
        found = (entry for kit in self.kits for entry in scan(kit, "benchmark") if entry.name == name)
        return next(found, None)

    def benchmark_at(self, reference: str) -> tuple[Entry, str] | None:
        for place in places(reference):
            kit = next((kit for kit in self.kits if is_kit(place.root, kit)), None)
            kit = kit or self.mount(place.root, place.benchmark)
            for entry in scan(kit, "benchmark") if kit else ():
                if entry.name == place.benchmark:
                    return entry, place.task
        return None

    def mount(self, root: Path, benchmark: str) -> Kit | None:
        """Make a folder outside all kits the first one, if it has that benchmark."""
        probe = Kit(root.name, root, "agentkit.project")
        if not any(entry.name == benchmark for entry in scan(probe, "benchmark")):
            return None
        kit = add_kit(root)
        self.kits = (kit, *self.kits)
        return kit

    def refuse(self, reference: str, benchmark: str) -> NoReturn:
        known = [entry.name for entry in self.entries("benchmark")]
        next_step = "a task is named BENCHMARK/TASK; agentkit list tasks"
        if is_path(reference):
            where = [shown(Path(reference).expanduser())]
            next_step = f"a path goes through a folder tasks/; {next_step}"
            raise UnknownName("task", reference, known, where, next_step)
        raise UnknownName("benchmark", benchmark, known, self.looked_in("benchmark"), next_step)

    def commands(self) -> dict[str, Entry]:
        """The commands that plugins add, by command name; the first wins here too."""
        found: dict[str, Entry] = {}
        for entry in self.entries("plugin"):
            if entry.command:
                found.setdefault(entry.command, entry)
        return found

    def looked_in(self, kind: Kind) -> list[str]:
        return [shown(kit.root / FOLDER_OF[kind]) for kit in self.kits]
