"""Question: one leaf with what stands above it, how much it counts, and the files that are shown for it."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from agentkit.contracts.rubric import Criterion, LeafKind, Rubric, Suspect
from agentkit.judge.defences.mask import masked
from agentkit.judge.panel.wordless import without_words
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
    """`masked`: the same view without text that must not be what a pass rests on; None: there is none."""

    leaf: Criterion
    ancestors: tuple[Criterion, ...]
    share: Fraction
    """Of the root."""
    number: int
    """Its place among the rubric's leaves, from 0."""
    view: View
    masked: View | None = None
    suspect: bool = False
    """Whether there is text in the view that speaks to the judge."""


def questions_of(
    rubric: Rubric,
    leaves: Sequence[Criterion],
    snapshot: Snapshot,
    suspects: Collection[Suspect],
    room: int,
    wordless: Collection[LeafKind] = (),
) -> list[Question]:
    """In the order of `leaves`. `room`: characters of files for each.

    `wordless`: kinds of leaves whose masked view has none of the work's words, suspect or not.
    """
    shares, above = leaf_shares(rubric), ancestors(rubric)
    spoken = {each.path for each in suspects}
    # A list of all names stands in every prompt.
    everywhere = any(each.line == 0 for each in suspects)
    covered = masked(snapshot, suspects) if suspects else snapshot
    same = {path: path for path in covered.files}
    bare, names = without_words(covered) if wordless else (covered, same)
    found = []
    for number, leaf in enumerate(leaves):
        view = View(snapshot, files_for(leaf, above[leaf.id], snapshot, room))
        suspect = everywhere or bool(spoken.intersection(view.files.paths))
        hidden = None
        if leaf.kind in wordless:
            hidden = _within(bare, names, view)
        elif suspect:
            hidden = _within(covered, same, view)
        found.append(Question(leaf, above[leaf.id], shares[leaf.id], number, view, hidden, suspect))
    return found


def _within(covered: Snapshot, names: Mapping[str, str], view: View) -> View:
    """The same lines of the files that are left, under their new names."""
    parts = [replace(each, path=names[each.path]) for each in view.files.parts if each.path in names]
    return View(covered, FileSet(tuple(parts), view.files.left_out, covered.digest))
