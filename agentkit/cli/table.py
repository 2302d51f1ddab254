"""`agentkit table`: every run of a folder or a sweep as a row, filtered, grouped, as CSV or Parquet."""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.cli.figures import printable, say_count
from agentkit.errors import UsageError
from agentkit.runs.tables.columns import (
    OF_ANSWER,
    SPENT,
    Value,
    column,
    column_names,
    numeric_column,
    shown,
)
from agentkit.runs.tables.filters import select_some
from agentkit.runs.tables.index import Found, read_rows
from agentkit.runs.tables.row import RunRow
from agentkit.settings_sources import resolve

if TYPE_CHECKING:
    from agentkit.runs.tables.grouping import Group

CHOSEN = ("task", "profile", "scaffold", "model", "hints", "notes", "seed")
"""What tells runs apart, where no sweep says it by its axes."""
CAME_TO = ("state", "score", "attempts", "dollars", "minutes", "run")
"""The run's own, also where an axis has such a name: what was made, and not what might be."""
MOST_SHOWN = 40
INTERVALS = ("ours", "rliable")
WHERE = "scaffold=aide,hints=text|paper, score>0.5: all conditions hold. Repeatable."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", nargs="?", metavar="FOLDER",
        help="of runs, of a sweep, or one run; else the runs folder that the settings name",
    )  # fmt: skip
    parser.add_argument("--where", action="append", metavar="FILTER", help=WHERE)
    parser.add_argument("--by", metavar="COLUMN,…", help="One line a group: mean, IQM, interval, n, missing.")
    parser.add_argument(
        "--columns", nargs="?", const="", metavar="COLUMN,…", help="What to show; alone: which there are."
    )
    parser.add_argument(
        "--limit",
        type=int,
        default=MOST_SHOWN,
        metavar="N",
        help=f"Rows to show; 0: all. Default: {MOST_SHOWN}.",
    )
    parser.add_argument("--out", metavar="FILE", help="Write all rows and columns as .csv or .parquet.")
    add_figure_arguments(parser)
    parser.add_argument("--json", action="store_true", help="One JSON object on stdout, with nothing cut.")


def add_figure_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--figure", default="score", metavar="COLUMN", help="Of which means are taken. Default: score."
    )
    parser.add_argument(
        "--tasks", choices=["fixed", "sampled"], default="fixed",
        help="fixed: what is said is of these very tasks (default); sampled: of all tasks like them.",
    )  # fmt: skip
    parser.add_argument(
        "--interval", choices=INTERVALS, default="ours",
        help="ours: studentised, hierarchical bootstrap (default); rliable: as that package has it.",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    found = open_rows(arguments.folder)
    if arguments.columns == "":
        print("\n".join(column_names(found.rows)))
        return 0
    rows = chosen_rows(found.rows, arguments.where)
    if arguments.out:
        from agentkit.runs.tables.export import write_table

        write_table(rows, Path(arguments.out))
        print(
            f"{arguments.out}: {say_count(len(rows), 'run')}, {say_count(len(column_names(rows)), 'column')}"
        )
    elif arguments.by:
        print_groups(rows, names_in(arguments.by), arguments)
    elif arguments.json:
        runs = [row.model_dump(mode="json") for row in rows]
        print(json.dumps({"version": 1, "runs": runs}))
    elif rows:
        print_rows(rows, names_in(arguments.columns or ""), arguments.limit)
    else:
        print("There is no run there.\nNext: agentkit solve tasks/speedrun/record12, or agentkit sweep FILE")
    return 0


def open_rows(folder: str | None) -> Found:
    """Rows of the folder, or of the runs folder that the settings name."""
    settings = resolve({}, os.environ, Path.cwd()).settings
    place = Path(folder) if folder else Path.cwd() / settings.runs_folder
    if folder is None and not place.is_dir():
        return Found((), 0)
    return read_rows(place, settings.cache_folder / "tables")


def chosen_rows(rows: Sequence[RunRow], filters: Sequence[str] | None) -> Sequence[RunRow]:
    for text in filters or ():
        rows = select_some(rows, text)
    return rows


def names_in(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def print_rows(rows: Sequence[RunRow], names: Sequence[str], limit: int) -> None:
    if limit < 0:
        raise UsageError(f"--limit must be at least 0, not {limit}.")
    same: dict[str, str] = {}
    own: Sequence[str] = ()
    if not names:
        names, same = telling_columns(rows)
        own = CAME_TO
    values: list[Value] = [attrgetter(name) if name in own else column(name, rows) for name in names]
    kept = rows[:limit] if limit else rows
    lines = [[said(name, value(row)) for name, value in zip(names, values, strict=True)] for row in kept]
    if same:
        print("All runs: " + ", ".join(f"{name} {value}" for name, value in same.items()) + "\n")
    print("\n".join(aligned(names, lines)))
    states = Counter(row.state for row in rows)
    print(f"\n{say_count(len(rows), 'run')}: {', '.join(f'{n:,} {state}' for state, n in states.items())}")
    if len(kept) < len(rows):
        print(
            f"{len(rows) - len(kept):,} more are not shown: --limit 0 shows all, --out runs.csv writes them"
        )
    say_simulated(rows)
    for row in kept:
        if row.state not in ("finished", "running", "waiting") and row.reason:
            print(f"{row.run or row.cell} {row.state}: {printable(row.reason)}")


def telling_columns(rows: Sequence[RunRow]) -> tuple[list[str], dict[str, str]]:
    """Columns that differ between runs, and what all runs have alike."""
    axes = list(dict.fromkeys(name for row in rows for name in row.labels))
    of_axes = [f"axis.{name}" if name in CAME_TO else name for name in axes]
    names = list(dict.fromkeys([*of_axes, *CHOSEN]))
    values = {name: column(name, rows) for name in names}
    found = {name: set(map(shown, set(map(value, rows)))) for name, value in values.items()}
    same = {name: values.pop() for name, values in found.items() if len(values) == 1 and len(rows) > 1}
    known = {name: value for name, value in same.items() if value and value != "none"}
    return [name for name in (*names, *CAME_TO) if name not in same], known


def said(name: str, value: object) -> str:
    """For a reader; --json and files have every digit."""
    if isinstance(value, float):
        return three(value) if name == "score" else f"{value:.4g}"
    return printable(shown(value)) or "–"


def aligned(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> list[str]:
    """Columns side by side; one of numbers is set to the right."""
    columns = [[head, *(line[place] for line in lines)] for place, head in enumerate(heads)]
    widths = [max(map(len, each)) for each in columns]
    right = [all(text == "–" or text[:1] in "-+0123456789" for text in each[1:]) for each in columns]
    return [
        "  ".join(
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in [heads, *lines]
    ]


def print_groups(rows: Sequence[RunRow], by: Sequence[str], arguments: argparse.Namespace) -> None:
    from agentkit.runs.tables.grouping import Group, figures_of, grouped

    value = numeric_column(arguments.figure, rows)
    options = {"tasks_are": arguments.tasks, "interval": arguments.interval}
    members = grouped(rows, by)
    groups = [Group(key=key, figures=figures_of(own, value, **options)) for key, own in members.items()]
    if arguments.json:
        found = [
            {
                **group.model_dump(mode="json"),
                "key": dict(zip(by, group.key, strict=True)),
                "simulated": simulated_in(members[group.key]),
            }
            for group in groups
        ]
        told = {"figure": arguments.figure, **options, "simulated": simulated_in(rows), "groups": found}
        print(json.dumps({"version": 1, **told}))
        return
    lines = [
        [
            *(each or "none" for each in key), three(own.mean), bounds(own.interval), three(own.iqm),
            str(own.n), str(own.missing), str(own.tasks),
        ]
        for key, own in ((group.key, group.figures) for group in groups)
    ]  # fmt: skip
    print(
        "\n".join(aligned([*by, f"mean {arguments.figure}", "95 %", "IQM", "n", "missing", "tasks"], lines))
    )
    say_simulated(rows)
    for note, names in noted(groups).items():
        print(f"{'all groups' if 1 < len(names) == len(groups) else '; '.join(names)}: {note}")
    print(f"\n{explained(arguments.tasks, arguments.interval, arguments.figure)}")


def simulated_in(rows: Sequence[RunRow]) -> int:
    return sum(row.simulated for row in rows)


def say_simulated(rows: Sequence[RunRow]) -> None:
    count = simulated_in(rows)
    if count:
        which = "All are simulated" if count == len(rows) else f"{count:,} of {len(rows):,} are simulated"
        print(f"{which}: no live model was asked, and nothing is said of one")


def noted(groups: Sequence[Group]) -> dict[str, list[str]]:
    """What is to be known of a group's figures, to the groups of which it is true."""
    found: dict[str, list[str]] = {}
    for group in groups:
        own = group.figures
        lost = f"no run of {', '.join(own.empty_tasks)} has a figure" if own.empty_tasks else ""
        for note in filter(None, [own.note, lost] if own.n else []):
            found.setdefault(note, []).append(" ".join(each or "none" for each in group.key))
    return found


def explained(tasks_are: str, interval: str, figure: str) -> str:
    """What the columns of means are."""
    of_tasks = "of these very tasks" if tasks_are == "fixed" else "of all tasks like these"
    how = (
        "studentised bootstrap over tasks and runs"
        if interval == "ours"
        else "percentile bootstrap, as in rliable"
    )
    return (
        "Mean: over tasks, of each task's mean over runs. IQM: the mean of the middle half of all runs.\n"
        f"{who_counts(figure)}\n95 %: interval of the mean {of_tasks}; {how}."
    )


def who_counts(figure: str) -> str:
    if figure == "score":
        return "A finished run without an answer is 0; one that did not finish is missing."
    if figure in OF_ANSWER:
        return "A run without such a figure is missing, and so is one that did not finish."
    if figure in SPENT:
        return "Runs that did not finish count with what they used; one that was not begun is missing."
    return "Runs count whether they finished or not; one of which it is not known is missing."


def three(value: float | None) -> str:
    return "–" if value is None else f"{round(value, 3) + 0.0:.3f}"  # never -0.000


def bounds(interval: tuple[float, float] | None) -> str:
    return "not known" if interval is None else f"{three(interval[0])} … {three(interval[1])}"
