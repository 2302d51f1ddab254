"""Sweeps over the number task, laid out in a folder of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.contracts.sweep import RunSpec
from agentkit.runs.sweeps.begin import Sweep, open_or_plan
from agentkit.runs.sweeps.file import Source, read_sweep_file
from agentkit.runs.sweeps.grid import read_grid
from agentkit.runs.sweeps.place import SweepFolder

Read = Callable[..., Source]
LayOut = Callable[..., SweepFolder]
NUMBERS = """\
[axes]
task = ["toy/number"]
seed = [0, 1]
[fixed]
scaffold = "nop"
"""


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """A sweep file of this text, read."""

    def write(text: str, name: str = "mine.toml") -> Source:
        (tmp_path / name).write_text(text)
        return read_sweep_file(tmp_path / name)

    return write


@pytest.fixture
def plan(read: Read, tmp_path: Path) -> Callable[..., Sweep]:
    """A sweep of this text, as it stands in a folder."""

    def make(text: str = NUMBERS, folder: str = "sweep") -> Sweep:
        source = read(text)
        return open_or_plan(source, read_grid(source), tmp_path / folder)

    return make


@pytest.fixture
def lay_out(plan: Callable[..., Sweep]) -> LayOut:
    """Its folder, ready for workers."""

    def make(text: str = NUMBERS, folder: str = "sweep") -> SweepFolder:
        return plan(text, folder).lay_out()

    return make


@pytest.fixture
def spec() -> RunSpec:
    return RunSpec(task="toy/number", settings={"scaffold": "nop", "seed": 1}, labels={"seed": "1"})
