"""Show the ladder of the NanoGPT speedrun, fetch its scripts, and make scores of its runs."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from agentkit.catalog import open_catalog
from agentkit.evaluation.toml_record import read_toml_record
from agentkit.settings import default_cache

COMMAND = "speedrun"

FSR = """\
Fraction of the speed-up recovered for each model, scaffold and hints, from a table of runs.

FILE is .csv, .tsv, .jsonl or .json, one row a run, with the columns
  model, scaffold, hints, start, run, fsr
or train_ms and val_loss in place of fsr. A run without a valid attempt has an empty fsr or train_ms.
docs/speedrun_scores.md has the rules."""

FETCH = """\
Clone modded-nanogpt (MIT) at the commit that our tables describe, and compare the script of each record
with its digest. Interrupted, the same command goes on. It takes some 140 MB of network, 500 MB of disk."""


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
    fetch = actions.add_parser(
        "fetch", help="get the real scripts: a checkout of modded-nanogpt",
        description=FETCH, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    fetch.add_argument("--to", metavar="FOLDER", help="where (default: modded-nanogpt in the cache folder)")
    fetch.add_argument("--table", metavar="FILE", help="a table like sources.toml, for a repository of yours")
    fetch.add_argument("--json", action="store_true", help="One JSON object on stdout.")


def run(arguments: argparse.Namespace) -> int:
    if arguments.what == "fetch":
        return fetch_scripts(arguments.to, arguments.table, arguments.json)
    if arguments.what == "fsr":
        command = import_module("..tasks.speedrun.scores.command", __package__)
        return int(command.run_fsr(arguments.file, arguments.rules, arguments.reference, arguments.json))
    path = open_catalog().find("benchmark", "speedrun").path / "records.toml"
    records = tomllib.loads(path.read_text(encoding="utf-8"))
    print(json.dumps(records, default=str) if arguments.json else table(records))
    return 0


def fetch_scripts(to: str | None, table: str | None, as_json: bool) -> int:
    """Tells on stderr how far it is: it takes minutes."""
    originals = "..tasks.speedrun.originals."
    source = import_module(originals + "source", __package__)
    checkout = import_module(originals + "checkout", __package__)
    sources = read_toml_record(Path(table), source.Sources) if table else source.read_sources()
    folder = (Path(to).expanduser() if to else default_cache() / source.FETCHED).resolve()
    fetched = checkout.fetch_checkout(folder, sources, lambda text: print(text, file=sys.stderr))
    found = {"folder": str(folder), "commit": sources.commit, "scripts": fetched.scripts}
    if as_json:
        print(json.dumps({**found, "without": fetched.without}))
        return 0
    print(f"{folder}: commit {sources.commit[:12]}, {fetched.scripts} scripts as they should be")
    if fetched.without:
        print(f"Without a script of their own: {', '.join(fetched.without)}")
    if to:
        print(f"Next: export {source.VARIABLES[0]}={folder}")
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
