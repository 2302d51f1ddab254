"""The file of a sweep, as a person writes it.

title = "Which hints help"

[axes]                                   # every combination is a run; the first axis changes slowest
task = ["toy/number", "speedrun/record12"]
scaffold = ["aide", { label = "aide, wide", scaffold = "aide", scaffold_settings = { drafts = 8 } }]
hints = ["none", "text", "text+paper"]
seed = [0, 1, 2]

[fixed]                                  # for every run; both as under [solve] of agentkit.toml
model = "anthropic/NAME"
attempts = 12

[[include]]                              # runs besides; an axis that is not named keeps all its values
scaffold = "nop"
hints = "none"

[[exclude]]                              # runs to leave out: those with one of the values of every axis named
scaffold = "aide, wide"
hints = ["text", "text+paper"]

[budget]                                 # of all runs together (docs/budgets.md)
dollars = 40
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from agentkit.contracts.budget import SharedCaps
from agentkit.contracts.record import Record
from agentkit.errors import BadFile, UsageError
from agentkit.evaluation.toml_record import read_toml_record
from agentkit.models.toml_lines import line_of, written


class Retry(Record):
    """[retry]: of runs that something else than the run itself cut short."""

    tries: int = Field(default=3, ge=1)
    """How often one may be cut short before it is given up."""
    seconds: float = Field(default=30.0, ge=0)
    """Before the second try; each later one waits twice as long."""


class AskAbove(Record):
    """[ask_above]: estimates above which a person is asked first."""

    dollars: float = Field(default=1.0, ge=0)
    minutes: float = Field(default=60.0, ge=0)
    """Of wall clock."""


class SweepFile(Record):
    """What the file says, before it is multiplied out."""

    title: str = ""
    axes: Mapping[str, Any] = Field(min_length=1)
    fixed: Mapping[str, Any] = Field(default_factory=dict)
    include: tuple[Mapping[str, Any], ...] = ()
    exclude: tuple[Mapping[str, Any], ...] = ()
    order: tuple[str, ...] = ()
    """Axes from the one that changes slowest on; those not named follow as they stand in the file."""
    budget: SharedCaps = SharedCaps()
    retry: Retry = Retry()
    ask_above: AskAbove = AskAbove()
    engine: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    """[engine.NAME]: what an engine of that name is told."""


@dataclass(frozen=True)
class Source:
    """A sweep file that was read, and how its mistakes are told."""

    path: Path
    text: str
    file: SweepFile

    def mistake(self, place: tuple[str | int, ...], expected: str, found: str, *lines: str) -> BadFile:
        """`place`: the keys to the value at fault."""
        line = line_of(self.text, place)
        shown = self.text.splitlines()[line - 1].strip()[:100] if line else ""
        return BadFile(
            self.path, written(place), expected, found, *lines, f"Line {line}: {shown}" if line else ""
        )


def read_sweep_file(path: Path) -> Source:
    """Raises BadFile, naming the key, and UsageError where there is no such file."""
    if not path.is_file():
        raise UsageError(
            f"There is no sweep file {path}.",
            "Next: write one; docs/sweeps.md has its form, examples/hint_ablation.toml is one",
        )
    file = read_toml_record(path, SweepFile)
    return Source(path, path.read_text(encoding="utf-8"), file)
