"""Show the ladder of the NanoGPT speedrun: when each record was set, how fast, by what."""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Mapping
from typing import Any

from agentkit.catalog import open_catalog

COMMAND = "speedrun"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["records"], help="records: the table of records")
    parser.add_argument("--json", action="store_true", help="One JSON object on stdout.")


def run(arguments: argparse.Namespace) -> int:
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
