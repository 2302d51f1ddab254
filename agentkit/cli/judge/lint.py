"""`agentkit judge lint FILE`: what in a rubric disagrees with itself, or will make a judge stumble."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.cli.figures import say_count

if TYPE_CHECKING:
    from agentkit.contracts.rubric import Diagnostic, Rubric

FOUND = 1
TOLD_OF_A_CODE = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rubrics", nargs="+", metavar="FILE", help="rubric.toml, rubric.md or rubric.json")
    parser.add_argument("--strict", action="store_true", help="a warning ends with exit code 1, too")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    import json

    from agentkit.judge.rubrics.lint import lint
    from agentkit.judge.rubrics.read import read_rubric

    found: dict[str, tuple[Rubric, tuple[Diagnostic, ...]]] = {}
    for name in arguments.rubrics:
        rubric = read_rubric(Path(name))
        found[name] = rubric, tuple(lint(rubric))
    if arguments.json:
        told = {
            name: [each.model_dump(mode="json") for each in faults] for name, (_, faults) in found.items()
        }
        print(json.dumps({"version": 1, "rubrics": told}, indent=2, ensure_ascii=False))
    else:
        for name, (rubric, faults) in found.items():
            print("\n".join(describe(name, rubric, faults)))
    severities = {each.severity for _, faults in found.values() for each in faults}
    return FOUND if "error" in severities or (arguments.strict and severities) else 0


def describe(name: str, rubric: Rubric, faults: tuple[Diagnostic, ...]) -> list[str]:
    from agentkit.judge.tally import leaves

    counted = leaves(rubric)
    decided = sum(each.check is not None for each in counted)
    lines = [f"{name}: {rubric.title}; {say_count(len(counted), 'leaf', 'leaves')}, {decided} by a program"]
    if not faults:
        return [*lines, "  nothing to complain of"]
    counts = Counter(each.code for each in faults)
    told: Counter[str] = Counter()
    for each in faults:
        told[each.code] += 1
        if told[each.code] <= TOLD_OF_A_CODE:
            lines.append(f"  {each.severity}: {each.code}, {each.place}: {each.text}")
        elif told[each.code] == counts[each.code]:
            more = counts[each.code] - TOLD_OF_A_CODE
            lines.append(f"  {each.severity}: {each.code}, and {more} more; --json has all of them")
    return [*lines, "  " + ", ".join(f"{count} × {code}" for code, count in sorted(counts.items()))]
