"""Show the ladder of the NanoGPT speedrun, and make scores of its runs: ours, or as the paper did."""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from agentkit.catalog import open_catalog

COMMAND = "speedrun"

FSR = """\
Fraction of the speed-up recovered for each model, scaffold and hints, from a table of runs.

FILE is .csv, .tsv, .jsonl or .json, one row a run, with the columns
  model, scaffold, hints, start, run, fsr
or train_ms and val_loss in place of fsr. A run without a valid attempt has an empty fsr or train_ms.
docs/speedrun_scores.md has the rules."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    records = actions.add_parser("records", help="the table of records")
    records.add_argument("--json", action="store_true", help="One JSON object on stdout.")
    fsr = actions.add_parser(
        "fsr", help="scores from a table of runs",
        description=FSR, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    fsr.add_argument("file", metavar="FILE", help="the table of runs")
    fsr.add_argument(
        "--rules", choices=["ours", "paper2025"], default="ours",
        help="ours: all runs of all 19 tasks, a failed run is 0 (default). paper2025: as published.",
    )  # fmt: skip
    fsr.add_argument(
        "--reference", metavar="paper|FILE",
        help="What train_ms is compared with: the paper's times (default), or a JSON file of both ends.",
    )  # fmt: skip
    fsr.add_argument("--json", action="store_true", help="One JSON object on stdout, at full precision.")


def run(arguments: argparse.Namespace) -> int:
    if arguments.what == "fsr":
        command = import_module("..tasks.speedrun.scores.command", __package__)
        return int(command.run_fsr(arguments.file, arguments.rules, arguments.reference, arguments.json))
    path = open_catalog().find("benchmark", "speedrun").path / "records.toml"
    records = tomllib.loads(path.read_text(encoding="utf-8"))
    print(json.dumps(records, default=str) if arguments.json else table(records))
    return 0


def table(records: Mapping[str, Mapping[str, Any]]) -> str:
    """One line a record; times are facts about eight H100s, not about this machine."""
    lines = [f"{'record':>6}  {'date':10}  {'minutes':>7}  {'here':6}  technique"]
    for number, record in records.items():
        here = "pocket" if record["pocket"] else ""
        lines.append(
            f"{number:>6}  {record['date']!s:10}  {record['minutes']:7.2f}  {here:6}  {record['technique']}"
        )
    lines.append(
        "Minutes are the authors', on eight H100s. Task recordN starts at record N and aims at N + 1."
    )
    return "\n".join(lines)
