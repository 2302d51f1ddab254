"""Track 3: how many steps to the target. A rule about the mean of several runs, as upstream states it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

VALID = 0.004
"""3.09 standard deviations of one run, 0.0013: a one-sided z test at p < 0.001."""


def is_valid_result(losses: Sequence[float], target: float = 3.28) -> bool:
    """Whether the mean of all runs that were made is low enough: none may be left out.

    (target - mean) * sqrt(n) >= 0.004 for n runs: rule 3 of records/track_3_optimization/README.md in
    modded-nanogpt at f411b3d. One run needs 3.276, four need a mean of 3.278.
    """
    if not losses or not all(map(math.isfinite, losses)):
        return False
    mean = math.fsum(losses) / len(losses)
    # A rounding error of the mean must not decide at the limit.
    return (target - mean) * math.sqrt(len(losses)) >= VALID - 1e-9


def steps_to_target(runs: Sequence[Mapping[int, float]], target: float = 3.28) -> int | None:
    """The earliest step at which the rule holds; None: there is none. `runs`: loss by validated step.

    The step is the same for all runs, so a run cannot choose its own luck: rule 5 of the same page allows
    to validate often near the end and to take the earliest step that is significant. A step that a run did
    not validate is none. The first one, before any training, is none either.
    """
    if not runs:
        return None
    common = set.intersection(*(set(run) for run in runs))
    for step in sorted(common):
        if step > 0 and is_valid_result([run[step] for run in runs], target):
            return step
    return None


def last_common_step(runs: Sequence[Mapping[int, float]]) -> int | None:
    """The last step that every run validated."""
    return max(set.intersection(*(set(run) for run in runs)), default=None) if runs else None
