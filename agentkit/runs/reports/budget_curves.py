"""The section of curves at equal budget: what the groups had found by the time each had spent as much."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from agentkit.runs.curves.equal_budget import EqualBudget, Group, GroupCurve
from agentkit.runs.curves.trace import Axis
from agentkit.runs.reports.groups import name_of
from agentkit.runs.reports.section import (
    Section,
    Table,
    say_amount,
    say_bounds,
    say_estimate,
    say_runs,
    say_score,
)

TITLES: dict[Axis, str] = {
    "attempts": "attempts",
    "gpu_seconds": "GPU-seconds",
    "evaluation_seconds": "seconds of evaluation",
    "dollars": "dollars",
    "minutes": "wall minutes",
}
SHOWN = (0.25, 0.5, 0.75, 1.0)
"""Of the budget: where the table reads the curves."""
HOW_TO_READ = (
    "A run's curve is the score of its best valid attempt until then, as its one evaluation in the search "
    "showed it, and 0 before one is better than the start. The best of several noisy evaluations is too "
    "good, so curves may end above the mean scores, which are of answers that were measured again."
)
CLOCK = (
    "Wall minutes are those of waiting for models and of evaluating, one attempt after the other; where "
    "attempts overlapped, all are shortened alike to what the run took."
)


def curve_section(found: EqualBudget, by: Sequence[str]) -> Section:
    title = TITLES[found.axis]
    head = tuple(by) or ("runs",)
    columns = (
        *head,
        *(f"at {say_amount(float(found.grid[place]))}" for place in shown_places(found)),
        "its 95 % interval",
        "area below",
        "its 95 % interval",
        "n",
        "missing n",
        "ended earlier",
    )
    lines = tuple(
        (*(tuple(value or "none" for value in group) or ("all runs",)), *_figures(found, curve))
        for group, curve in found.curves.items()
    )
    notes = [
        f"The curves end at {say_amount(found.horizon)} {title}: {found.why_there}. A run that ended earlier "
        "keeps its last value up to there. The area below is the mean height up to there.",
        HOW_TO_READ,
    ]
    if found.axis == "minutes":
        notes.append(CLOCK)
    if len({curve.tasks for curve in found.curves.values()}) > 1:
        notes.append("Groups rest on different numbers of tasks, so their curves are not of the same thing.")
    return Section(
        key=f"curve-{found.axis.replace('_', '-')}",
        title=f"Best so far against {title}",
        finding=finding(found),
        table=Table(columns, lines),
        notes=tuple(notes),
    )


def _figures(found: EqualBudget, curve: GroupCurve) -> tuple[str, ...]:
    return (
        *(say_score(float(curve.values[place])) for place in shown_places(found)),
        say_bounds(float(curve.low[-1]), float(curve.high[-1])),
        say_score(curve.area),
        say_bounds(curve.area_low, curve.area_high),
        str(curve.runs),
        str(curve.missing),
        str(curve.ended_earlier),
    )


def shown_places(found: EqualBudget) -> list[int]:
    """Of the grid; a short one has fewer."""
    last = len(found.grid) - 1
    return list(dict.fromkeys(math.floor(share * last + 1e-9) for share in SHOWN))


def finding(found: EqualBudget) -> str:
    """Who leads at the end, and who over the whole way."""
    budget = f"{say_amount(found.horizon)} {TITLES[found.axis]}"
    ends = _first(found, lambda curve: float(curve.values[-1]))
    ways = _first(found, lambda curve: curve.area)
    end, way = found.curves[ends], found.curves[ways]
    value = say_estimate(float(end.values[-1]), float(end.low[-1]), float(end.high[-1]))
    area = say_estimate(way.area, way.area_low, way.area_high)
    if len(found.curves) == 1:
        return (
            f"With {budget} spent, the best attempt scores {value} in the mean, and {area} over the way "
            f"({say_runs(end.runs, end.missing)})."
        )
    said = f"With {budget} spent, {name_of(ends)} is ahead at {value}, {say_runs(end.runs, end.missing)}"
    if ends == ways:
        return f"{said}; over the whole way too, with an area of {area}."
    return f"{said}; over the whole way {name_of(ways)} is, with an area of {area}."


def _first(found: EqualBudget, figure: Callable[[GroupCurve], float]) -> Group:
    return max(found.curves, key=lambda group: figure(found.curves[group]))
