"""Harness folders: what no candidate may read, whatever its task: agentkit, and the tasks with solutions."""

from __future__ import annotations

from pathlib import Path

BESIDE = (".git", "build", "dist", "tests")
"""A kit's history and copies hold its solutions, too."""


def harness_folders(tasks: Path) -> tuple[Path, ...]:
    """For `Environment.masks`. `tasks`: the folder that holds the benchmarks of a kit."""
    package = Path(__file__).resolve().parents[1]
    if tasks.is_relative_to(package):
        return (package,)
    return (package, tasks, *(tasks.parent / name for name in BESIDE if (tasks.parent / name).exists()))
