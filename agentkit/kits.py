"""Kits: folders that may hold tools/, scaffolds/, tasks/ and plugins/. Which there are, and which wins."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from agentkit import builtin, project
from agentkit.errors import UsageError

FOLDERS = ("tools", "scaffolds", "tasks", "plugins")
GROUP = "agentkit.kits"
"""The entry point group of an installed kit; its value is a package, its name the kit's name."""

BUILTIN = "builtin"
PROJECT = "project"


@dataclass(frozen=True)
class Kit:
    """A folder of parts, and the name Python imports them by."""

    name: str
    root: Path
    package: str
    broken: str = ""
    """Why nothing in it can be used; empty: it can."""

    @property
    def loose(self) -> bool:
        """Whether other things than ours may lie in it: then a file counts only if it imports agentkit."""
        return self.package == project.__name__


def find_kits(folder: Path | None = None) -> tuple[Kit, ...]:
    """The project's kit, then installed ones by name, then agentkit's own: the first with a name wins.

    `folder` None: the one AGENTKIT_PROJECT names, or else the working directory. It becomes what
    `agentkit.project` imports from. Where it is agentkit's own checkout, that is one kit, not two.
    """
    own = Kit(BUILTIN, builtin.ROOT, builtin.__name__)
    others = (*installed_kits(), own)
    roots = project.find_roots() if folder is None else [str(folder.expanduser().resolve())]
    roots = [root for root in roots if not any(is_kit(Path(root), kit) for kit in others)]
    for root in roots:
        if not Path(root).is_dir():
            raise UsageError(
                f"The project folder {root} does not exist.",
                "Next: set AGENTKIT_PROJECT to a folder, or unset it to use the one you are in",
            )
    project.mount(*(Path(root) for root in roots))
    return (*(Kit(PROJECT, Path(root), project.__name__) for root in roots), *others)


def add_kit(root: Path) -> Kit:
    """Put one more folder before the project's, for a task named by a path outside it."""
    project.mount(root, *project.mounted())
    return Kit(root.name or PROJECT, root, project.__name__)


def installed_kits() -> tuple[Kit, ...]:
    """Kits of installed packages, found without importing them."""
    declared = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return tuple(installed_kit(point) for point in declared)


def installed_kit(point: EntryPoint) -> Kit:
    try:
        spec = find_spec(point.module)
    except (ImportError, ValueError) as error:
        return Kit(point.name, Path(point.module), point.module, f"its package cannot be found: {error}")
    if spec is None or not spec.submodule_search_locations:
        return Kit(point.name, Path(point.module), point.module, f"there is no package '{point.module}'")
    return Kit(point.name, Path(spec.submodule_search_locations[0]), point.module)


def is_kit(root: Path, kit: Kit) -> bool:
    """Whether `root` is the folder of `kit`, also where one of the two is a link to the other."""
    if root.resolve() == kit.root.resolve():
        return True
    pairs = ((root / folder, kit.root / folder) for folder in FOLDERS)
    return any(left.is_dir() and right.is_dir() and left.samefile(right) for left, right in pairs)
