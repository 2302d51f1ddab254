"""Regions: where a training script times and validates itself, and what a candidate made of that.

Regions are found by their structure, not by their lines, and compared token by token, definition by
definition. A variable may be called otherwise, as long as it is so throughout, and parts may be added that
touch nothing of what was there: neither is a change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Literal

from agentkit.source.region_parts import Part, RegionKind
from agentkit.source.statements import read_program
from agentkit.source.timing_parts import timing_parts
from agentkit.source.validation_parts import is_validating, validation_parts

RegionState = Literal["unchanged", "changed", "removed", "added"]
"""`added`: there is something beside what the start has, which is still all there."""
LARGEST = 300_000
"""Characters; a longer text is not compared."""
KINDS: tuple[RegionKind, ...] = ("timing", "validation")


@dataclass(frozen=True)
class Region:
    """What one definition has of a kind, in its order."""

    kind: RegionKind
    definition: str
    """Qualified name; empty: the module."""
    parts: tuple[Part, ...]
    whole: bool = False
    """It is all of the definition, so nothing can be added beside it."""


@dataclass(frozen=True)
class RegionChange:
    """How one region fared. Lines, from 1, are first and last of what differs, else of the whole region."""

    kind: RegionKind
    definition: str
    """Qualified name, in the candidate if it is there; empty: the module."""
    state: RegionState
    start_lines: tuple[int, int] | None
    lines: tuple[int, int] | None
    """In the candidate; None where nothing of it is left."""
    excerpt: str
    """The first line that differs: the candidate's, or what it left out of the start's."""

    @property
    def differs(self) -> bool:
        """Whether something of the start's is no longer as it was."""
        return self.state in ("changed", "removed")

    def __str__(self) -> str:
        """`:178 in train, changed: elapsed = …`, to be put behind the candidate's name."""
        place = f":{self.lines[0]}" if self.lines else ""
        where = f" in {self.definition}" if self.definition else ""
        return f"{place}{where}, {self.state}: {self.excerpt}"


def compare_regions(start: str, candidate: str) -> tuple[RegionChange, ...]:
    """One for each region of either script, those of the start first. Never fails."""
    if max(len(start), len(candidate)) > LARGEST:
        return incomparable(f"{len(candidate):,} characters, too long to be compared")
    try:
        ours, theirs = regions_of(start), list(regions_of(candidate))
    except RecursionError:
        return incomparable("nested too deep to be compared")
    found = []
    for region, other in matched(ours, theirs):
        if other is None:
            found.append(RegionChange(region.kind, region.definition, "removed", span(region.parts), None,
                                      region.parts[0].text))  # fmt: skip
        else:
            theirs.remove(other)
            found.append(compare(region, other))
    return (*found, *(added(each) for each in theirs))


def regions_of(text: str) -> tuple[Region, ...]:
    """Timing first, each in the order of the text. Of a broken text what can be read."""
    program = read_program(text)
    by_place: dict[tuple[RegionKind, str], list[Part]] = {}
    for definition, part in timing_parts(program):
        by_place.setdefault(("timing", definition), []).append(part)
    for definition, part in validation_parts(program):
        by_place.setdefault(("validation", definition), []).append(part)
    return tuple(
        Region(kind, definition, tuple(parts), kind == "validation" and is_validating(definition))
        for (kind, definition), parts in by_place.items()
    )


def incomparable(why: str) -> tuple[RegionChange, ...]:
    return tuple(RegionChange(kind, "", "changed", None, None, why) for kind in KINDS)


def matched(ours: Sequence[Region], theirs: Sequence[Region]) -> Iterator[tuple[Region, Region | None]]:
    """By name; what has none of its name, by content: then its definition was renamed."""
    names = {(each.kind, each.definition) for each in ours}
    for region in ours:
        same = [each for each in theirs if (each.kind, each.definition) == (region.kind, region.definition)]
        free = [each for each in theirs if (each.kind, each.definition) not in names]
        alike = [each for each in free if each.kind == region.kind and is_same(region, each)]
        yield region, next(iter(same or alike), None)


def is_same(ours: Region, theirs: Region) -> bool:
    return not list(differences(ours, theirs, Renaming()))


def compare(ours: Region, theirs: Region) -> RegionChange:
    renaming = Renaming()
    different = list(differences(ours, theirs, renaming))
    protected = {renaming.told.get(name, name) for part in ours.parts for name in part.binds}
    # A part that the start lacks is no change of what is there, unless it touches it.
    telling = [
        (left, right)
        for left, right in different
        if left or any(tells(part, theirs, protected) for part in right)
    ]
    shown = telling or different
    left = [part for each, _ in shown for part in each] or ours.parts
    right = [part for _, each in shown for part in each] or theirs.parts
    first = next((part.text for pair in shown for part in (pair[1] or pair[0])), ours.parts[0].text)
    state: RegionState = "changed" if telling else "added" if different else "unchanged"
    return RegionChange(ours.kind, theirs.definition, state, span(left), span(right), first)


def tells(part: Part, region: Region, protected: set[str]) -> bool:
    """Whether an added part changes what the others do."""
    if region.whole or part.weight != "light":
        return True
    if region.kind == "validation":
        return any(token.text in protected for token in part.tokens if token.variable)
    return bool(part.binds & protected)


def added(region: Region) -> RegionChange:
    strong = [part for part in region.parts if part.weight == "everywhere"]
    parts = strong or region.parts
    state: RegionState = "changed" if strong else "added"
    return RegionChange(region.kind, region.definition, state, None, span(parts), parts[0].text)


@dataclass
class Renaming:
    """Which variable of the start is which of the candidate; one to one."""

    told: dict[str, str] = field(default_factory=dict)
    back: dict[str, str] = field(default_factory=dict)

    def takes(self, ours: Part, theirs: Part) -> bool:
        """Whether two parts of one shape agree with it; if so, it knows their names from then on."""
        told, back = dict(self.told), dict(self.back)
        for left, right in zip(ours.tokens, theirs.tokens, strict=True):
            if not left.variable:
                continue
            if told.setdefault(left.text, right.text) != right.text:
                return False
            if back.setdefault(right.text, left.text) != left.text:
                return False
        self.told, self.back = told, back
        return True


def differences(
    ours: Region, theirs: Region, renaming: Renaming
) -> Iterator[tuple[Sequence[Part], Sequence[Part]]]:
    """(the start's parts, the candidate's in their place) wherever the two differ; either may be empty."""
    left, right = [shape(each) for each in ours.parts], [shape(each) for each in theirs.parts]
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind != "equal":
            yield ours.parts[a:b], theirs.parts[c:d]
            continue
        for first, second in zip(ours.parts[a:b], theirs.parts[c:d], strict=True):
            if not renaming.takes(first, second):
                yield (first,), (second,)


def shape(part: Part) -> tuple[str, ...]:
    """Its tokens, with every variable as one that has no name."""
    return tuple("\0" if token.variable else token.text for token in part.tokens)


def span(parts: Sequence[Part]) -> tuple[int, int]:
    return min(part.line for part in parts), max(part.end_line for part in parts)
