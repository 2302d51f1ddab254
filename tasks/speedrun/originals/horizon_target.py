"""The loss to reach at a horizon: measured from both ends of the task as they are there, and kept.

It is the highest last loss of all runs of both ends, rounded up to a thousandth: what the task's own scripts
reach there, every time so far. How far the ends are apart is shown with it: where the target's own loss is
much the higher one, a start with fewer steps reaches it too, and the task asks for less than at full size.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from agentkit.contracts.record import Record
from agentkit.contracts.task import Lack

from .fewest_steps import VALID

UNMEASURED = math.inf
"""A target that every run meets, while it is measured."""
WHAT = "a target loss for this horizon, which both ends have to show first"
STEP = 1000
"""Parts of a nat to which it is rounded up."""


class HorizonTarget(Record):
    task: str
    profile: str
    digest: str
    """Of the task without a target."""
    loss: float
    start: tuple[float, ...] = Field(min_length=1)
    """Last losses of its runs."""
    target: tuple[float, ...] = Field(min_length=1)
    created: float

    @property
    def told(self) -> str:
        start, target = (math.fsum(each) / len(each) for each in (self.start, self.target))
        day = time.strftime("%Y-%m-%d", time.gmtime(self.created))
        return (
            f"{self.loss:g}, measured here on {day}: mean loss {start:.4f} of {len(self.start)} runs of the "
            f"start, {target:.4f} of {len(self.target)} of the target"
        )


def target_path(cache: Path, task: str, profile: str, digest: str) -> Path:
    return cache / "speedrun" / "horizons" / f"{task.replace('/', '-')}-{profile}-{digest[:12]}.json"


def read_target(path: Path, digest: str) -> HorizonTarget | None:
    """None where there is none, or one of other scripts or data: then it is measured again."""
    try:
        found = HorizonTarget.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError):
        return None
    return found if found.digest == digest and math.isfinite(found.loss) else None


def lack_of_target(task: str, profile: str) -> Lack:
    return Lack(what=WHAT, fix=f"agentkit speedrun horizon {task} --profile {profile}")


def target_loss(losses: Sequence[float], runs: int) -> float:
    """`runs`: of one figure; where several are judged by their mean, the rule for it wants a little more."""
    room = VALID / math.sqrt(runs) if runs > 1 else 0.0
    # What a float adds above a full thousandth is no reason for the next one.
    return math.ceil((max(losses) + room) * STEP - 1e-6) / STEP
