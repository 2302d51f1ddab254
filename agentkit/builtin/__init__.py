"""agentkit's own tools, scaffolds, tasks and plugins.

In a wheel the four folders are beside this file. In a checkout they are at the top
of the repository, and this package looks for its modules there.
"""

from __future__ import annotations

from pathlib import Path


def find_root() -> Path:
    here = Path(__file__).resolve().parent
    return here if (here / "tools").is_dir() else here.parents[1]


ROOT = find_root()
__path__ = [str(ROOT)]
