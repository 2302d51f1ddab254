"""Entry: one part of a kit, as known before anything of it is imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from agentkit.kits import Kit

Kind = Literal["tool", "scaffold", "benchmark", "plugin"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FOLDER_OF: dict[Kind, str] = {
    "tool": "tools",
    "scaffold": "scaffolds",
    "benchmark": "tasks",
    "plugin": "plugins",
}


def shown(path: Path) -> str:
    """A path as a person would type it: relative where it is below the working directory."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, FileNotFoundError):
        return str(path)


@dataclass(frozen=True)
class Entry:
    """A name that can be asked for."""

    kind: Kind
    name: str
    purpose: str
    """One line, from a docstring."""
    path: Path
    """The file; for a benchmark its folder."""
    kit: Kit
    shadows: tuple[Path, ...] = ()
    """What of the same name this one wins over, in the order it would win."""
    broken: str = ""
    """Why it cannot be used, as far as can be seen without importing it."""
    command: str = ""
    """The command a plugin adds: its module-level `COMMAND = "…"`."""

    @property
    def source(self) -> Path | None:
        """The file that Python imports; None for a benchmark of task.toml folders alone."""
        if self.kind != "benchmark":
            return self.path
        adapter = self.path / "adapter.py"
        return adapter if adapter.is_file() else None

    @property
    def module(self) -> str:
        """The name Python imports it by."""
        module = f"{self.kit.package}.{FOLDER_OF[self.kind]}.{self.name}"
        return f"{module}.adapter" if self.kind == "benchmark" else module
