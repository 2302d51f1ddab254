"""Retrieval: what has helped a version like this one, in this run and in earlier ones.

Versions are compared by what their authors wrote about them, not by their code (arXiv 2501.18916): the plans
that led to a version say what it does, and every parent with a child that was better by more than noise is
a pair from which a change can be learnt.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from agentkit.contracts.attempt import Attempt, AttemptTree
from agentkit.contracts.calibration import Calibration
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.scaffold import Gain, Section, Situation
from agentkit.contracts.task import Metric
from agentkit.search.text import BYTES_OF_A_TOKEN, cell, cut, fenced, size, table
from agentkit.source.ranking import scores
from agentkit.statistics.series import mean, standard_deviation

LEAST_GAIN = 0.01
"""Of the parent's figure. A smaller one is taken for noise, however well the noise is known."""
SPREADS = 2 * math.sqrt(2)
"""Standard deviations of one figure that two figures must differ by: two of their difference."""
PLANS = 6
"""In a description, the latest: of a long lineage they say best what is being worked at."""
PLAN_CHARS = 800
"""Of each."""
CHANGE_WIDTH = 240
"""Characters of a table's cell."""


def lineage(tree: AttemptTree, attempt: Attempt) -> list[Attempt]:
    """The attempt and its first parents up to the start, oldest first."""
    found = [attempt]
    while found[-1].parents:
        found.append(tree.attempts[found[-1].parents[0]])
    return found[::-1]


def describe_version(tree: AttemptTree, attempt: Attempt) -> str:
    """What a version does, in the words of those who made it: the plans that led to it."""
    return "\n".join(cut(each.plan, PLAN_CHARS) for each in lineage(tree, attempt)[-PLANS:])


def gains_of(
    tree: AttemptTree, metric: Metric, noise: float = 0.0, start: Attempt | None = None
) -> list[Gain]:
    """Every parent and child with a real gain, oldest child first. Of two parents, whose files it began with.

    `noise`: the largest difference of two figures that is none, in the metric's unit; 0: not known.
    `start`: the start files as the parent of what has none; None: their figure is not known.
    """
    found: list[Gain] = []
    for attempt in tree.attempts.values():
        parent = tree.attempts[attempt.parents[0]] if attempt.parents else start
        if parent is None or attempt.fitness is None or parent.fitness is None:
            continue
        gain, whole = attempt.fitness - parent.fitness, abs(parent.fitness)
        if gain <= noise or gain < LEAST_GAIN * whole:
            continue
        found.append(
            Gain(
                parent=parent.id,
                attempt=attempt.id,
                before=_figure(parent, metric),
                after=_figure(attempt, metric),
                size=gain / whole if whole else 1.0,
                description=describe_version(tree, parent),
                change=attempt.plan,
                lesson=attempt.lesson,
            )
        )
    return found


def noise_of(calibrated: Mapping[str, Any] | None, metric: Metric) -> float:
    """The largest difference of two figures that is none, in the metric's unit; 0: it was not measured."""
    pairs = Calibration.model_validate(calibrated).pairs if calibrated else ()
    ends = ([pair.start for pair in pairs], [pair.target for pair in pairs])
    return SPREADS * max(standard_deviation(_figures(end, metric)) or 0.0 for end in ends)


def start_of(calibrated: Mapping[str, Any] | None, metric: Metric, instructions: str) -> Attempt | None:
    """The start files as if they were an attempt, with their mean figure on this machine."""
    pairs = Calibration.model_validate(calibrated).pairs if calibrated else ()
    fitness = mean(_figures([pair.start for pair in pairs], metric))
    if fitness is None:
        return None
    value = -fitness if metric.lower_is_better else fitness
    outcome = Outcome(status="valid", metrics={metric.name: value})
    return Attempt(id="start", operator="", plan=instructions, outcome=outcome, fitness=fitness)


def _figures(outcomes: Sequence[Outcome], metric: Metric) -> list[float]:
    found = (metric.fitness(outcome) for outcome in outcomes)
    return [each for each in found if each is not None]


def nearest_gains(situation: Situation) -> list[Gain]:
    """All gains, the one of the version most like the parent's first; of equally near ones the larger.

    What led to the parent itself is left out: it is in its files already.
    """
    tree, parents = situation.tree, situation.expansion.parents
    own = {each.id for each in lineage(tree, tree.attempts[parents[0]])} if parents else set()
    query = describe_version(tree, tree.attempts[parents[0]]) if parents else situation.instructions
    gains = [each for each in situation.gains if each.run or each.attempt not in own]
    near = scores(query, [each.description for each in gains])
    order = sorted(range(len(gains)), key=lambda index: (-near[index], -gains[index].size, index))
    return [gains[index] for index in order]


def retrieved(count: int = 3, tokens: int = 3000) -> Section:
    """A section with the `count` nearest gains: a table, then as many of their diffs as `tokens` allow.

    Where the policy says `params["retrieve"] = i` it is the i-th nearest alone, 0 the nearest, as one pair
    prompts one candidate (RAS); past the last one it begins again.
    """

    def section(situation: Situation) -> str:
        gains = nearest_gains(situation)
        which = situation.expansion.params.get("retrieve")
        if which is not None and gains:
            gains = [gains[int(which) % len(gains)]]
        if not gains:
            return ""
        return situation.fill(
            "retrieved", {"pairs": show_gains(gains[:count], situation, BYTES_OF_A_TOKEN * tokens)}
        )

    return section


def show_gains(gains: list[Gain], situation: Situation, room: int) -> str:
    """At most `room` bytes: the table, then diffs while they fit."""
    head = ("attempt", "from", "figure before", "after", "what was changed", "lesson")
    rows = [
        (
            f"{each.run}/{each.attempt}" if each.run else each.attempt,
            each.parent,
            each.before,
            each.after,
            cell(each.change, CHANGE_WIDTH),
            cell(each.lesson, CHANGE_WIDTH),
        )
        for each in gains
    ]
    text = table(head, rows, room)
    for each, row in zip(gains, rows, strict=True):
        diff = each.diff or ("" if each.run else situation.diff(each.attempt))
        part = f"\n\nThe change of {row[0]}:\n\n{fenced(diff.rstrip(), 'diff')}"
        if diff and size(text + part) <= room:
            text += part
    return text


def _figure(attempt: Attempt, metric: Metric) -> str:
    return f"{attempt.outcome.metrics[metric.name]:.4g} {metric.unit}".rstrip()
