"""Question: one leaf with what stands above it, how much it counts, and the files that are shown for it."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from agentkit.contracts.rubric import Criterion, Rubric, Suspect
from agentkit.judge.defences.mask import masked
from agentkit.judge.retrieval import FileSet, files_for
from agentkit.judge.snapshot import Snapshot
from agentkit.judge.tree import ancestors, leaf_shares


@dataclass(frozen=True)
class View:
    """What of a snapshot is shown, in this order."""

    snapshot: Snapshot
    files: FileSet

    @property
    def key(self) -> tuple[str, str]:
        return self.snapshot.digest, self.files.digest

    def shuffled(self, seed: str) -> View:
        parts = list(self.files.parts)
        random.Random(seed).shuffle(parts)
        return replace(self, files=replace(self.files, parts=tuple(parts)))


@dataclass(frozen=True)
class Question:
    """`masked`: the same view without the text that speaks to a judge, where there is such text in it."""

    leaf: Criterion
    ancestors: tuple[Criterion, ...]
    share: Fraction
    """Of the root."""
    number: int
    """Its place among the rubric's leaves, from 0."""
    view: View
    masked: View | None = None


def questions_of(
    rubric: Rubric,
    leaves: Sequence[Criterion],
    snapshot: Snapshot,
    suspects: Collection[Suspect],
    room: int,
) -> list[Question]:
    """In the order of `leaves`. `room`: characters of files for each."""
    shares, above = leaf_shares(rubric), ancestors(rubric)
    spoken = {each.path for each in suspects}
    # A list of all names stands in every prompt.
    everywhere = any(each.line == 0 for each in suspects)
    covered = masked(snapshot, suspects) if suspects else snapshot
    found = []
    for number, leaf in enumerate(leaves):
        view = View(snapshot, files_for(leaf, above[leaf.id], snapshot, room))
        hidden = None
        if everywhere or spoken.intersection(view.files.paths):
            parts = [each for each in view.files.parts if each.path in covered.files]
            hidden = View(covered, replace(view.files, parts=tuple(parts), snapshot=covered.digest))
        found.append(Question(leaf, above[leaf.id], shares[leaf.id], number, view, hidden))
    return found
