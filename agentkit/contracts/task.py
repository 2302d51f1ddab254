"""Task: what is asked, from where one starts, and who decides how good the answer is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from agentkit.contracts.bar import Bar
from agentkit.contracts.jobs import Jobs
from agentkit.contracts.locked import LockedRegions
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.published import PublishedEnds
from agentkit.contracts.record import Record
from agentkit.contracts.rubric import LeafKind
from agentkit.contracts.sandbox import Environment, OnOutput, Sandbox, Wall


class Metric(Record):
    """The figure a task is about. Its direction belongs to the task, never to a model."""

    name: str
    unit: str = ""
    lower_is_better: bool = False

    def fitness(self, outcome: Outcome) -> float | None:
        """Higher is better; None unless the outcome is valid and has a finite figure."""
        value = outcome.metrics.get(self.name)
        if outcome.status != "valid" or value is None or not math.isfinite(value):
            return None
        return -value if self.lower_is_better else value


class Lack(Record):
    """What this machine misses for a task, and the command that mends it."""

    what: str
    fix: str


@dataclass(frozen=True)
class Candidate:
    """One version of the work, laid out fresh for an evaluator."""

    folder: Path
    sandbox: Sandbox
    seed: int
    logs: Path
    """A folder of the run for the evaluator's own files; the candidate never sees it."""
    on_output: OnOutput | None = None
    jobs: Jobs = field(kw_only=True)
    """For what takes long: it outlives this process, and a run that resumes finds it again."""
    repeat_within: float = field(default=0.0, kw_only=True)
    """Wall seconds of the evaluation within which a time that was measured on a disturbed machine may be
    measured again. 0, as in a search: it is marked only."""


class Evaluator(Protocol):
    """Owns a task's verdict. Runs outside the candidate's reach and never raises for what a candidate did."""

    def lacks(self) -> Sequence[Lack]:
        """What this machine misses; empty: it can run here."""

    def prepare(self, cache: Path) -> Environment:
        """Build what is missing under `cache` (idempotent), and say what a candidate may see."""

    async def evaluate(self, candidate: Candidate) -> Outcome: ...


HINT_LEVELS = ("pseudocode", "text", "paper")
"""The usual hints, in the order in which they are shown. A task may have others; they follow these."""

OWN_HINTS = "task"
"""The hint source that every task has: its own."""


class HintSource(Protocol):
    """Hints that are not part of a task's kit, such as those in the user's checkout of another project."""

    @property
    def levels(self) -> Sequence[str]:
        """What it may have. Reads nothing, so that it can be asked where there is no checkout."""

    def file(self, level: str, folder: Path | None) -> Path:
        """Where the text of a level is; `folder` is the setting `hint_folder`.

        Raises MissingRequirement if it is not there, with what was wanted, where it looked and what to
        type next.
        """


@dataclass(frozen=True)
class Task:
    """One problem, ready to be worked on. Paths are absolute."""

    reference: str
    """`speedrun/record12`."""
    title: str
    purpose: str
    """One line, for lists."""
    instructions: str
    files: Mapping[str, Path]
    """Workspace path to the start file that is copied there."""
    metric: Metric
    evaluator: Evaluator
    folder: Path
    profile: str = ""
    editable: tuple[str, ...] = ("**",)
    """Globs of what may be changed; every other start file is laid anew before it is evaluated."""
    locked_regions: Mapping[str, LockedRegions] = field(default_factory=dict)
    """By workspace path: parts of files that may be changed elsewhere. The editor refuses to touch them."""
    hints: Mapping[str, Path] = field(default_factory=dict)
    """Level to the file with its text."""
    hint_sources: Mapping[str, HintSource] = field(default_factory=dict)
    """Name to other places that hints can be read from: `--hint-source NAME`."""
    transcripts: Mapping[str, Path] = field(default_factory=dict)
    """Name to a shipped conversation for `scripted/<name>`; the first one is the demonstration."""
    solution: Mapping[str, Path] = field(default_factory=dict)
    """Workspace path to the reference's version: the far end of a calibration. May be empty."""
    published: PublishedEnds | None = None
    """Both ends as others measured this very metric: what `--reference paper` scores against."""
    rubric: Path | None = None
    errata: tuple[str, ...] = ()
    """Corrections that a judge is shown besides those of the rubric itself, which may be another's file."""
    leaf_kinds: Mapping[str, LeafKind] = field(default_factory=dict)
    """What leaves of such a rubric are about, where it does not say: by id, of a leaf or of all below a
    criterion. It decides what may be cited for them."""
    bars: tuple[Bar, ...] = ()
    """Figures that the mean of an answer must meet, such as a target loss. Part of the digest."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What is known about it elsewhere, shown as metadata only."""
    needs: frozenset[Wall] = frozenset()
    """Walls without which no command of this task may run."""
    digest: str = ""
    """Of everything that decides a score, the data included; a calibration holds for this digest only."""


class ProfileEntry(Record):
    """A size of a task, and what stands against running it here."""

    name: str
    lacks: tuple[str, ...] = ()
    """What this machine misses for it, as far as a list can know, a phrase each."""
    refused: str = ""
    """Why the task has no meaning in this size, on any machine."""

    @property
    def usable(self) -> bool:
        return not (self.lacks or self.refused)


class TaskEntry(Record):
    """A task in a list."""

    name: str
    purpose: str
    refused: str = ""
    """Why it cannot be solved, if it cannot."""
    profiles: tuple[ProfileEntry, ...] = ()
    """Empty: it has one size, or its benchmark does not say which."""

    @property
    def out_of_reach(self) -> bool:
        """Only for want of what another machine, or a download, has."""
        return bool(self.refused) and any(each.lacks and not each.refused for each in self.profiles)

    def refused_in(self, profile: str) -> str:
        """As `refused`, in one size; what this machine lacks for a size is said by loading the task in it."""
        known = {each.name: each.refused for each in self.profiles}
        return known.get(profile, self.refused)


class Benchmark(Protocol):
    """A folder of tasks. Its `adapter.py` holds one, named `benchmark`."""

    @property
    def purpose(self) -> str: ...

    @property
    def profiles(self) -> Sequence[str]:
        """The sizes it can run in, most demanding last; may be empty."""

    def entries(self) -> Sequence[TaskEntry]: ...

    def load(self, name: str, profile: str) -> Task:
        """`profile` "auto": the largest this machine can run."""
