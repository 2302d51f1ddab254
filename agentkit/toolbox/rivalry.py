"""Rivalry: whether a run is dominated by another, by what both have printed so far.

It is where it is worse at the same step or after the same time, and not better by the other of the two. Steps
alone would keep a run that is as good a step and slow; time alone would end one that only started slowly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agentkit.toolbox.curve import Curve
from agentkit.toolbox.training_log import TrainingLog
from agentkit.toolbox.training_report import figure, loss_against, shared_curves

WARM_UP = 0.1
"""Of the rival's steps, and of its time, in which nobody is judged."""
EQUAL = 0.2
"""Of the margin: a difference below it is none."""
LOOKS = 3
"""A run is stopped that was dominated at so many looks in a row, each at a later step."""


@dataclass(frozen=True)
class Behind:
    """By which share of the rival's value a figure is worse at one place; below 0 it is better."""

    share: float
    place: str

    def __str__(self) -> str:
        return f"{abs(self.share):.1%} {'worse' if self.share > 0 else 'better'} {self.place}"


def dominated(mine: TrainingLog, rivals: Iterable[tuple[str, TrainingLog]], margin: float) -> str | None:
    """Why, by the name of the first rival that dominates it; None: by none of them, as far as is known.

    A rival that has diverged is none: it was ahead only until then.
    """
    for name, rival in rivals:
        pair = shared_curves(mine, rival)
        if pair is None or pair[1].diverged_at is not None:
            continue
        found = sorted(compared(mine, rival, *pair), key=lambda each: each.share, reverse=True)
        if found and found[0].share > margin and found[-1].share > -EQUAL * margin:
            return f"{pair[0].name} was {' and '.join(map(str, found))}, against {name}"
    return None


def compared(mine: TrainingLog, rival: TrainingLog, curve: Curve, other: Curve) -> Iterator[Behind]:
    """At the same step; after the same time, by the clock that both print, else by when it was read."""
    if curve.last[0] >= WARM_UP * other.last[0] and (share := loss_against(curve, other)) is not None:
        yield Behind(share, f"at step {figure(curve.last[0])}")
    for ours, theirs in ((mine.timed, rival.timed), (mine.seen, rival.seen)):
        if ours is mine.timed and mine.clock != rival.clock:
            continue
        timed, against = ours.get(curve.name), theirs.get(curve.name)
        if timed is None or against is None:
            continue
        if timed.last[0] >= WARM_UP * against.last[0] and (share := loss_against(timed, against)) is not None:
            yield Behind(share, f"after {figure(timed.last[0])} s")
        return
