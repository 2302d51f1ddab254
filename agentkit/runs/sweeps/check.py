"""Checking a sweep before anything is spent: can a run be begun with every value of every axis?"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agentkit.contracts.sweep import RunSpec
from agentkit.errors import AgentkitError, MissingRequirement, UsageError
from agentkit.models.cards import WRITTEN
from agentkit.runs.calibrate import calibration_path, read_calibration
from agentkit.runs.model_choice import NO_MODEL, REPLAY
from agentkit.runs.plan import Plan
from agentkit.runs.summarise import reference_ends
from agentkit.runs.sweeps.planning import plan_cell

FREE = (*WRITTEN, REPLAY)
"""Beginnings of the names of models that cost nothing."""
NAMED = 5
PAIR_SECONDS = 10.0
"""A plan takes a tenth of a second and more."""


class Facts(NamedTuple):
    """What a plan says that is needed to estimate its run."""

    task: str
    scaffold: str
    model: str
    attempts: int | None
    measurements: int
    start_seconds: float | None
    """One evaluation of the start files, where it was measured here and is a time."""

    @property
    def live(self) -> bool:
        """Whether its model may cost something."""
        return self.model != NO_MODEL and not self.model.startswith(FREE)


class Checked(NamedTuple):
    """What was tried, and what this machine lacks for some of it."""

    facts: Sequence[tuple[RunSpec, Facts]]
    lacks: Sequence[tuple[RunSpec, MissingRequirement]]
    """Not mistakes: another machine may do, if it is the engine's."""


def check(specs: Sequence[RunSpec], source: Path, extra: Mapping[str, Any]) -> Checked:
    """Plan as many of the cells as it takes to try every value once, and then, for as long as a person may
    wait, every two of different axes. What is not tried is found out by its own worker, which refuses it.

    Raises UsageError that names the cells which could not be begun on any machine.
    """
    facts: list[tuple[RunSpec, Facts]] = []
    lacks: list[tuple[RunSpec, MissingRequirement]] = []
    mistakes: list[tuple[RunSpec, AgentkitError]] = []
    first = covering(specs, 1)
    names = {spec.digest for spec in first}
    others = [spec for spec in covering(specs, 2) if spec.digest not in names]
    end = time.monotonic() + PAIR_SECONDS
    for number, spec in enumerate([*first, *others]):
        if number >= len(first) and time.monotonic() > end:
            break
        try:
            facts.append((spec, facts_of(plan_cell(spec, source, lacking(extra, spec)))))
        except MissingRequirement as error:
            lacks.append((spec, error))
        except AgentkitError as error:
            mistakes.append((spec, error))
    if mistakes:
        raise refused(mistakes)
    return Checked(facts, lacks)


def lacking(extra: Mapping[str, Any], spec: RunSpec) -> dict[str, Any]:
    """Those that the cell does not say itself."""
    return {name: value for name, value in extra.items() if name not in spec.settings}


def covering(specs: Sequence[RunSpec], width: int) -> list[RunSpec]:
    """Of the cells, in order, those that show `width` values together which none before has shown.

    Seeds are left out: none is wrong where another is right.
    """
    seen: set[tuple[tuple[str, str], ...]] = set()
    found = []
    for spec in specs:
        labels = sorted({"task": spec.task, **spec.labels}.items())
        shown = set(itertools.combinations([each for each in labels if each[0] != "seed"], width))
        if not shown <= seen:
            seen |= shown
            found.append(spec)
    return found


def refused(mistakes: Sequence[tuple[RunSpec, AgentkitError]]) -> UsageError:
    """The first in full, the others in a line each; those that say the same once."""
    spec, error = mistakes[0]
    others: dict[str, RunSpec] = {}
    for each, other in mistakes[1:]:
        if other.message != error.message:
            others.setdefault(other.message, each)
    return UsageError(
        f"The run {say_labels(spec)} could not be begun: {error.message}",
        *error.lines,
        *(f"Also {say_labels(each)}: {message}" for message, each in list(others.items())[:NAMED]),
        f"And {len(others) - NAMED} more" if len(others) > NAMED else "",
        "Nothing was run.",
    )


def say_labels(spec: RunSpec) -> str:
    """`toy/number, scaffold aide, hints text`."""
    parts = [f"{axis} {label}" for axis, label in spec.labels.items() if label != spec.task]
    return ", ".join([spec.task, *parts])


def facts_of(plan: Plan) -> Facts:
    caps = [cap for cap in (plan.settings.attempts, plan.scaffold.attempts) if cap is not None]
    known = read_calibration(calibration_path(plan.task, plan.sandbox, plan.settings.cache_folder))
    ends = reference_ends(known, plan.task.metric) if known else None
    return Facts(
        task=plan.task.reference,
        scaffold=plan.settings.scaffold,
        model=plan.model,
        attempts=min(caps) if caps else None,
        measurements=plan.settings.measurements,
        start_seconds=ends.start if ends is not None and ends.unit == "s" else None,
    )
