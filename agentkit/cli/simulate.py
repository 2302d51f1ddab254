"""`agentkit simulate SCAFFOLD…`: policies compared in seconds, without a model or a task."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from agentkit.catalog import open_catalog
from agentkit.cli.console import open_console
from agentkit.cli.figures import say_share
from agentkit.errors import UnknownName, UsageError
from agentkit.settings_file import read_pairs

if TYPE_CHECKING:
    from agentkit.runs.simulation.study import Plan, Study
    from agentkit.statistics.median_interval import MedianInterval

PARTS = (0.25, 0.5, 1.0)
"""Of all attempts, and of the longest search's time: where the best so far is looked at."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="+", metavar="SCAFFOLD", help="a name from `agentkit list scaffolds`")
    parser.add_argument("--landscape", action="append", metavar="NAME", help="Repeatable. Default: all.")
    parser.add_argument("--attempts", type=int, default=60, metavar="N", help="In each search. Default: 60.")
    parser.add_argument("--seeds", type=int, default=200, metavar="N", help="Searches. Default: 200.")
    parser.add_argument("--width", type=int, metavar="W", help="At once; else as each scaffold says.")
    parser.add_argument("--barrier", action="store_true", help="Wait for all that is under way, each time.")
    parser.add_argument(
        "--set", dest="values", action="append", metavar="NAME=VALUE", help="Of each scaffold."
    )
    group = parser.add_argument_group("what makes it hard, as shares of 1")
    group.add_argument("--crash", type=float, metavar="P", help="New programs that fail. Default: 0.25.")
    group.add_argument("--repair", type=float, metavar="P", help="Repairs that succeed. Default: 0.5.")
    group.add_argument("--noise", type=float, metavar="SD", help="Of a measurement. Default: 0.02.")
    group.add_argument("--slow", type=float, metavar="P", help="Runs six times as long. Default: 0.15.")
    parser.add_argument("--json", action="store_true", help="One JSON object on stdout, with nothing cut.")


def run(arguments: argparse.Namespace) -> int:
    from agentkit.runs.simulation.landscapes import LANDSCAPES
    from agentkit.runs.simulation.study import study

    plan = read_plan(arguments)
    values = read_pairs(arguments.values or [], "--set")
    chosen = arguments.landscape or list(LANDSCAPES)
    unknown = [name for name in chosen if name not in LANDSCAPES]
    if unknown:
        raise UnknownName("landscape", unknown[0], LANDSCAPES)
    catalog = open_catalog()
    makers = [catalog.load("scaffold", name) for name in arguments.names]
    tables = {}
    for name in chosen:
        tables[name] = [study(maker, name, plan, values) for maker in makers]
        if not arguments.json:
            print_table(name, tables[name], plan)
    if arguments.json:
        print(json.dumps(as_json(tables, plan)))
    else:
        print(
            "Best so far by its true value, after so many attempts and so much virtual time: median of the"
            " searches, and a 95 % interval of that median."
        )
    return 0


def read_plan(arguments: argparse.Namespace) -> Plan:
    """Raises UsageError for a count below 1, or what is no share."""
    from pydantic import ValidationError

    from agentkit.runs.simulation.study import Plan
    from agentkit.runs.simulation.world import Conditions

    for name in ("attempts", "seeds", "width"):
        count = getattr(arguments, name)
        if count is not None and count < 1:
            raise UsageError(f"--{name} must be at least 1, not {count}.")
    given = {name: getattr(arguments, name) for name in Conditions.model_fields if hasattr(arguments, name)}
    try:
        conditions = Conditions(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        fault = error.errors()[0]
        raise UsageError(f"--{fault['loc'][0]} cannot be {fault['input']}: {fault['msg']}.") from error
    return Plan(arguments.attempts, arguments.seeds, arguments.width, arguments.barrier, conditions)


def counts_of(plan: Plan) -> list[int]:
    return [max(1, round(part * plan.attempts)) for part in PARTS]


def times_of(studies: Sequence[Study]) -> list[float]:
    """Parts of the time that the slowest scaffold takes, so that all are seen at the same moments."""
    longest = max(each.seconds.median for each in studies)
    return [part * longest for part in PARTS]


def print_table(landscape: str, studies: Sequence[Study], plan: Plan) -> None:
    from rich.table import Table

    from agentkit.runs.simulation.landscapes import PURPOSES
    from agentkit.runs.simulation.study import UNTIL

    counts, times = counts_of(plan), times_of(studies)
    title = f"{landscape}: {PURPOSES[landscape]} ({plan.seeds} searches each)"
    heads = [f"{each} attempts" for each in counts] + [f"{each:.0f} s" for each in times]
    table = Table("scaffold", "width", *heads, f"found {UNTIL:g}", "took", title=title, title_justify="left")
    for each in studies:
        cells = [say(each.after_attempts(count)) for count in counts]
        cells += [say(each.after_seconds(seconds)) for seconds in times]
        width = f"{each.width}, barrier" if each.barrier else str(each.width)
        table.add_row(each.scaffold, width, *cells, say_share(each.found), f"{each.seconds.median:.0f} s")
    open_console().print(table)


def say(interval: MedianInterval) -> str:
    """`0.82 (0.79–0.87)`."""
    return f"{interval.median:.2f} ({interval.low:.2f}–{interval.high:.2f})"


def as_json(tables: Mapping[str, Sequence[Study]], plan: Plan) -> dict[str, object]:
    return {
        "version": 1,
        "attempts": plan.attempts,
        "seeds": plan.seeds,
        "conditions": plan.conditions.model_dump(),
        "landscapes": {
            name: [study_as_json(each, plan, times_of(of)) for each in of] for name, of in tables.items()
        },
    }


def study_as_json(study: Study, plan: Plan, times: Sequence[float]) -> dict[str, object]:
    return {
        "scaffold": study.scaffold,
        "width": study.width,
        "barrier": study.barrier,
        "found": study.found,
        "seconds": asdict(study.seconds),
        "after_attempts": {count: asdict(study.after_attempts(count)) for count in counts_of(plan)},
        "after_seconds": {round(each, 3): asdict(study.after_seconds(each)) for each in times},
    }
