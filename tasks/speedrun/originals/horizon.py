"""Profiles such as `gpu1@0.1`: a tenth of the steps at both ends, to a loss that was measured there.

The count of steps in a script, and schedules that it gives in steps, are multiplied by the horizon; what it
gives as a share of the training follows by itself. What is a number of steps in the middle of an expression
(a momentum that warms up over 300) stays: it is another training than the whole one, at both ends alike. So
the target cannot be had from the whole one either; `horizon_target` has it from runs of both ends.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agentkit.errors import MissingRequirement, UsageError

from .profiles import RANKS_OF
from .rules import SCRIPT

MARK = "@"
LEAST, MOST = 0.005, 0.9
FEWEST_STEPS = 20
"""Some clocks begin at step 10."""
COUNTS = ("num_iterations", "num_scheduled_iterations", "train_steps")
"""Names of the number of steps, of which a script has one."""
SCHEDULES = (
    "num_extension_iterations",
    "iteration_extension",
    "warmup_iters",
    "warmdown_iters",
    "cooldown_iters",
)
NAMES = "|".join((*COUNTS, *SCHEDULES))
ASSIGNED = re.compile(
    rf"^(?P<before>[ \t]*(?P<name>{NAMES})[ \t]*(?::[ \t]*int[ \t]*)?=[ \t]*)(?P<value>\d+)(?=[ \t]*(?:#|$))",
    re.MULTILINE,
)
WORD = re.compile(rf"^(?P<before>--(?P<name>{NAMES})=)(?P<value>\d+)$")


@dataclass(frozen=True)
class Shortened:
    files: Mapping[str, str]
    arguments: tuple[str, ...]
    steps: int
    """Of `whole`, the steps of the script as it was."""
    whole: int


def split_profile(profile: str) -> tuple[str, float]:
    """`gpu1@0.1` is ("gpu1", 0.1), `gpu1` is ("gpu1", 1.0). Raises UsageError."""
    base, mark, text = profile.partition(MARK)
    if not mark:
        return base, 1.0
    try:
        horizon = float(text)
    except ValueError:
        horizon = math.nan
    if base not in RANKS_OF or not LEAST <= horizon <= MOST:
        raise UsageError(
            f"There is no profile '{profile}'.",
            f"Expected: {' or '.join(RANKS_OF)}, and a horizon from {LEAST:g} to {MOST:g} of its steps",
            f"Next: --profile gpu1{MARK}0.1",
        )
    return base, horizon


def named(base: str, horizon: float) -> str:
    """One name for each: 0.10 is 0.1."""
    return base if horizon == 1 else f"{base}{MARK}{horizon:g}"


def shorten(name: str, files: Mapping[str, str], arguments: Sequence[str], horizon: float) -> Shortened:
    """`name`: of the task. Raises MissingRequirement for a script without one plain count of its steps."""
    counts: list[tuple[int, int]] = []

    def scaled(match: re.Match[str]) -> str:
        whole = int(match["value"])
        steps = max(1, round(whole * horizon)) if whole else 0
        if match["name"] in COUNTS:
            counts.append((steps, whole))
        return f"{match['before']}{steps}"

    script = ASSIGNED.sub(scaled, files[SCRIPT])
    words = tuple(WORD.sub(scaled, word) for word in arguments)
    if len(counts) != 1:
        raise MissingRequirement(
            f"{name} has no horizon: a script of it says how many steps it takes in {len(counts)} places.",
            f"Looked for: one line such as {COUNTS[0]} = 1000, with one of {', '.join(COUNTS)}",
            f"Next: the profile without {MARK}{horizon:g}, or another task",
        )
    steps, whole = counts[0]
    if steps < FEWEST_STEPS:
        raise MissingRequirement(
            f"{name} has no horizon of {horizon:g}: that would be {steps} of {whole} steps.",
            f"Next: a horizon of {FEWEST_STEPS / whole:.3f} or more",
        )
    return Shortened({**files, SCRIPT: script}, words, steps, whole)


def shards_for(whole: int, horizon: float) -> int:
    """One more than is read: loaders begin the next before the last is at its end."""
    return min(whole, math.ceil(whole * horizon) + 1) if horizon < 1 else whole
