"""The design of an ablation: which versions are measured, on how many seeds, and what a budget can hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agentkit.errors import UsageError
from agentkit.runs.ablation.record import Ablation, Measurement
from agentkit.runs.ablation.subject import Subject
from agentkit.source.atomic.edits import AtomicEdit

Way = Literal["leave-out", "add-in"]
WAYS: tuple[Way, ...] = ("leave-out", "add-in")
"""Leave-one-out: the whole without an edit. Add-one-in: the start with it alone."""
SEEDS = 3
FEWEST_SEEDS = 2
"""Below which nothing is known of the noise."""
MOST_SEEDS = 1000


@dataclass(frozen=True)
class Limits:
    """What an ablation may take in all, with what was measured before of its versions. None: no limit."""

    evaluations: int | None = None
    minutes: float | None = None


@dataclass(frozen=True)
class Version:
    """Files to measure, and what to call them."""

    name: str
    """`start`, `whole`, `without e2`, `only e2`."""
    files: str


@dataclass(frozen=True)
class Design:
    """Every version is measured on every seed."""

    ways: tuple[Way, ...]
    without: dict[str, str]
    """Edit to the digest of the whole without it; empty where that way is not gone."""
    alone: dict[str, str]
    versions: tuple[Version, ...]
    """Both ends first; those that are the same files are one."""
    seeds: int
    known: frozenset[tuple[str, int]]
    """(files, seed) measured before."""
    broken: frozenset[str]
    """Files that gave no figure: they are not measured on further seeds."""
    seconds: float | None
    """One evaluation, as the run or this ablation measured it."""
    limits: Limits

    @property
    def evaluations(self) -> int:
        return len(self.versions) * self.seeds

    def measured(self, ablation: Ablation) -> tuple[Measurement, ...]:
        """Of these versions: the ablation may hold others, of an earlier cut."""
        files = {each.files for each in self.versions}
        return tuple(each for each in ablation.measurements if each.files in files)

    def to_do(self, first_seed: int) -> list[tuple[Version, int]]:
        """Seed by seed, every second one backwards, so that a drift hits all alike."""
        found: list[tuple[Version, int]] = []
        for number in range(self.seeds):
            order = self.versions if number % 2 == 0 else self.versions[::-1]
            seed = first_seed + number
            found += [(each, seed) for each in order
                      if (each.files, seed) not in self.known and each.files not in self.broken]  # fmt: skip
        return found


def make_design(
    subject: Subject,
    ablation: Ablation,
    *,
    ways: tuple[Way, ...] = WAYS,
    seeds: int | None = None,
    limits: Limits | None = None,
) -> Design:
    """`seeds` None: as usual, or fewer where the budget asks for it. Raises UsageError for a small budget."""
    edits, limits = subject.active, limits or Limits()
    without: dict[str, str] = {}
    alone: dict[str, str] = {}
    for edit in edits:
        if "leave-out" in ways:
            without[edit.id] = subject.files([each for each in edits if each is not edit])
        if "add-in" in ways:
            alone[edit.id] = subject.files([edit])
    versions = versions_of(subject, without, alone)
    seconds = usual_seconds(subject, ablation)
    found = Design(
        ways=ways,
        without=without,
        alone=alone,
        versions=versions,
        seeds=seeds or SEEDS,
        known=frozenset((each.files, each.seed) for each in ablation.measurements),
        broken=frozenset(each.files for each in versions if ablation.without_figure(each.files)),
        seconds=seconds,
        limits=limits,
    )
    return within(found, edits, told=seeds)


def versions_of(subject: Subject, without: dict[str, str], alone: dict[str, str]) -> tuple[Version, ...]:
    opponents = subject.opponents
    named = {opponents.against.files: "start", opponents.candidate.files: "whole"}
    for words, digests in (("without", without), ("only", alone)):
        for edit, files in digests.items():
            named.setdefault(files, f"{words} {edit}")
    return tuple(Version(name, files) for files, name in named.items())


def usual_seconds(subject: Subject, ablation: Ablation) -> float | None:
    if ablation.measurements and ablation.seconds:
        return ablation.seconds / len(ablation.measurements)
    return subject.seconds


def affordable(limits: Limits, seconds: float | None) -> int | None:
    """Evaluations; None: no limit, or none that is known beforehand."""
    found = [] if limits.evaluations is None else [limits.evaluations]
    if limits.minutes is not None and seconds:
        found.append(math.floor(60 * limits.minutes / seconds + 1e-9))
    return min(found, default=None)


def within(design: Design, edits: Sequence[AtomicEdit], *, told: int | None) -> Design:
    """With as many seeds as the budget holds. Raises UsageError for too few, and says what can be had."""
    most = affordable(design.limits, design.seconds)
    if most is None or design.evaluations <= most:
        return design
    seeds = most // len(design.versions)
    if told is None and seeds >= FEWEST_SEEDS:
        return Design(**{**vars(design), "seeds": seeds})
    wanted = told or FEWEST_SEEDS
    raise UsageError(
        f"The budget is too small: {counted(len(edits), 'edit')} on {counted(wanted, 'seed')} take "
        f"{len(design.versions) * wanted} evaluations; it holds {most}{told_time(design)}.",
        *alternatives(design, edits, most, wanted),
    )


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def told_time(design: Design) -> str:
    if design.limits.minutes is None or not design.seconds:
        return ""
    return f" ({design.limits.minutes:g} minutes at {design.seconds:.3g} s each)"


def alternatives(design: Design, edits: Sequence[AtomicEdit], most: int, wanted: int) -> list[str]:
    """What the budget would hold, each as what to type."""
    found = []
    if len(design.versions) * FEWEST_SEEDS <= most < len(design.versions) * wanted:
        found.append(f"--seeds {most // len(design.versions)}")
    one_way = len(edits) + 2
    if len(design.ways) > 1 and one_way * FEWEST_SEEDS <= most:
        found.append(f"--only leave-out: {one_way * FEWEST_SEEDS} evaluations on {FEWEST_SEEDS} seeds")
    for by, parts in coarse_counts(edits).items():
        versions = versions_for(parts, len(design.ways))
        if 1 < parts < len(edits) and versions * FEWEST_SEEDS <= most:
            found.append(f"--by {by}: {counted(parts, 'part')}, {versions * FEWEST_SEEDS} evaluations")
    if len(design.versions) <= most and wanted > 1:
        found.append(f"--seeds 1: {len(design.versions)} evaluations, and no interval")
    lines = [f"It holds {each}" for each in found]
    return [*lines, f"Next: {'one of these, or ' if found else ''}a budget of "
                    f"{len(design.versions) * wanted} evaluations"]  # fmt: skip


def versions_for(edits: int, ways: int) -> int:
    """With both ends. One edit alone is the whole, and of two each is the other's whole without it."""
    if edits == 1:
        return 2
    return 2 + (edits if edits == 2 else ways * edits)


def coarse_counts(edits: Sequence[AtomicEdit]) -> dict[str, int]:
    return {
        "definition": len({(each.pieces[0].path, definition(each)) for each in edits}),
        "file": len({each.pieces[0].path for each in edits}),
    }


def definition(edit: AtomicEdit) -> str:
    return edit.where.partition(" ")[2]
