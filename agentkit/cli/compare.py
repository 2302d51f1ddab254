"""`agentkit compare A B …`: whether one way of working is better than another, in a sentence first."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.cli.table import (
    WHERE,
    add_figure_arguments,
    aligned,
    bounds,
    chosen_rows,
    explained,
    open_rows,
    three,
)
from agentkit.errors import UsageError
from agentkit.runs.tables.row import RunRow

if TYPE_CHECKING:
    from agentkit.runs.tables.comparison.records import Comparison


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sides", nargs="+", metavar="SIDE",
        help="at least two: filters such as scaffold=aide,hints=text, or folders of runs; "
        "the first is compared with each other one",
    )  # fmt: skip
    parser.add_argument(
        "--runs", metavar="FOLDER", help="of runs or of a sweep, which the filters choose from"
    )
    parser.add_argument("--where", action="append", metavar="FILTER", help=f"For all sides: {WHERE}")
    parser.add_argument("--all-pairs", action="store_true", help="Compare every side with every other one.")
    parser.add_argument(
        "--mixed",
        action="store_true",
        help="Compare simulated runs with live ones, or claimed with verified.",
    )
    add_figure_arguments(parser)
    parser.add_argument("--json", action="store_true", help="One JSON object on stdout, at full precision.")


def run(arguments: argparse.Namespace) -> int:
    from agentkit.runs.tables.comparison.compare import compare
    from agentkit.runs.tables.comparison.sides import read_sides

    if len(arguments.sides) < 2:
        raise UsageError(
            "A comparison needs at least two sides.",
            "Next: agentkit compare scaffold=aide scaffold=tree --runs FOLDER",
        )

    @cache
    def rows() -> Sequence[RunRow]:
        return chosen_rows(open_rows(arguments.runs).rows, arguments.where)

    def of_folder(folder: Path) -> Sequence[RunRow]:
        return chosen_rows(open_rows(str(folder)).rows, arguments.where)

    found = compare(
        read_sides(arguments.sides, rows, of_folder),
        figure=arguments.figure,
        tasks_are=arguments.tasks,
        interval=arguments.interval,
        all_pairs=arguments.all_pairs,
        mixed=arguments.mixed,
    )
    print(json.dumps(found.model_dump(mode="json")) if arguments.json else shown(found))
    return 0


def shown(found: Comparison) -> str:
    """The answer, what weakens it, the figures of the sides, those of the contrasts."""
    parts = ["\n".join(each.sentence for each in found.contrasts)]
    notes = [*found.notes]
    for each in found.contrasts:
        prefix = f"{each.side} and {each.against}: " if len(found.contrasts) > 1 else ""
        notes += [f"{prefix}{note}" for note in each.notes]
    for side in found.sides:
        if side.not_finished:
            states = ", ".join(f"{count} {state}" for state, count in side.not_finished.items())
            notes.append(f"Of {side.name}, not finished: {states}.")
        if side.figures.empty_tasks:
            notes.append(f"Of {side.name}, no run has a figure of {', '.join(side.figures.empty_tasks)}.")
    if notes:
        parts.append("\n".join(notes))
    return "\n\n".join([*parts, sides_table(found), contrasts_table(found), legend(found)])


def sides_table(found: Comparison) -> str:
    used = [name for name in found.sides[0].used if any(side.used[name] is not None for side in found.sides)]
    heads = ["side", f"mean {found.figure}", "95 %", "IQM", "95 %", "n", "missing", "tasks", *used]
    lines = []
    for side in found.sides:
        own = side.figures
        lines.append([
            side.name, three(own.mean), bounds(own.interval), three(own.iqm), bounds(own.iqm_interval),
            str(own.n), str(own.missing), str(own.tasks), *(four(side.used[name]) for name in used),
        ])  # fmt: skip
    return "\n".join(aligned(heads, lines))


def contrasts_table(found: Comparison) -> str:
    more = "better" if found.figure == "score" else "larger"
    heads = ["difference", "", "95 %", "p", "p (Holm)", "pairs", "missing", more, "g", "could be seen"]
    lines = [
        [
            f"{each.side} − {each.against}", three(each.difference), bounds(each.interval), four(each.p),
            four(each.p_holm), str(each.cells), str(each.missing),
            three(each.probability_of_improvement), three(each.standardised),
            three(each.detectable if each.least_p is None else None),
        ]
        for each in found.contrasts
    ]  # fmt: skip
    return "\n".join(aligned(heads, lines))


def legend(found: Comparison) -> str:
    chance = (
        "better: the chance that a run of the first beats one of the second"
        if found.figure == "score"
        else "larger: the chance that a run of the first has a larger figure than one of the second"
    )
    several = ", at Holm's first step" if len(found.contrasts) > 1 else ""
    return (
        f"{explained(found.tasks_are, found.interval, found.figure)}\n"
        "p: sign-flip permutation test of the paired differences, two-sided.\n"
        f"{chance} on the same task, ties by half.\n"
        "g: Hedges' g, in standard deviations of runs within a task.\n"
        f"could be seen: the true difference that the test finds with a chance of 80 %{several}."
    )


def four(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
