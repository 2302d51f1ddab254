"""`agentkit check scaffold NAME`: does its policy do what every policy owes?"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from agentkit.catalog import open_catalog
from agentkit.cli.console import open_console
from agentkit.settings_file import read_pairs

if TYPE_CHECKING:
    from agentkit.runs.checks.scaffold import ScaffoldReport

JOURNALS = 1000
SHOWN = 3
"""Breaches of one rule."""


def check_scaffold_named(arguments: argparse.Namespace, name: str) -> bool:
    """Whether any rule was broken. Prints the report."""
    from agentkit.runs.checks.scaffold import check_scaffold

    values = read_pairs(arguments.scaffold_settings or [], "--scaffold-settings")
    maker = open_catalog().load("scaffold", name)
    report = check_scaffold(maker, values, JOURNALS if arguments.journals is None else arguments.journals)
    if arguments.json:
        print(json.dumps(as_json(report), ensure_ascii=False))
    else:
        print_report(report)
    return bool(report.breaches)


def as_json(report: ScaffoldReport) -> dict[str, object]:
    return {"version": 1, "failed": bool(report.breaches), "broken": report.broken, **asdict(report)}


def print_report(report: ScaffoldReport) -> None:
    from rich.markup import escape
    from rich.table import Table

    from agentkit.runs.checks.scaffold import RULES

    title = f"{report.scaffold} on {report.journals} journals, asked {report.questions:,} times"
    table = Table("rule", "", "what it says", title=title, title_justify="left")
    for rule, meaning in RULES.items():
        found = [f"{each.journal}: {each.found}" for each in report.breaches if each.rule == rule]
        state = "[bold red]broken[/]" if found else "[green]kept[/]"
        table.add_row(rule, state, escape("\n".join([meaning, *found[:SHOWN]])))
    open_console().print(table)
    if report.breaches:
        print(f"Broken: {', '.join(report.broken)}. A journal's number makes the same journal again.")
    else:
        print(f"It keeps every rule.\nNext: agentkit simulate {report.scaffold}")
