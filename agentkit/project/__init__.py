"""The user's own tools, scaffolds, tasks and plugins, as ordinary modules.

They are in the folder that agentkit was started in, or the one that AGENTKIT_PROJECT names,
until `mount` says otherwise. This is the one module that looks at the working directory when
it is imported: a process spawned by a user's tool must find that tool's module again.
"""

from __future__ import annotations

import os
import sys
from importlib import invalidate_caches
from pathlib import Path


def start_folder() -> Path:
    """The folder whose kit is the project; it need not hold one."""
    named = os.environ.get("AGENTKIT_PROJECT")
    return Path(named or os.curdir).expanduser().resolve()


def find_roots() -> list[str]:
    try:
        return [str(start_folder())]
    except FileNotFoundError:  # the working directory was deleted
        return []


__path__ = find_roots()


def mounted() -> tuple[Path, ...]:
    """The folders searched for `agentkit.project.…`, first wins."""
    return tuple(Path(root) for root in __path__)


def mount(*roots: Path) -> None:
    """Search these folders from now on. Modules of the former ones are forgotten, not undone."""
    wanted = list(dict.fromkeys(str(root) for root in roots))
    invalidate_caches()
    if wanted == __path__:
        return
    __path__[:] = wanted
    prefix = f"{__name__}."
    for name in [name for name in sys.modules if name.startswith(prefix)]:
        del sys.modules[name]
        globals().pop(name.removeprefix(prefix), None)
