"""Show the ladder of the NanoGPT speedrun, fetch its scripts, read its logs, and make scores of its runs."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tomllib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from agentkit.catalog import open_catalog
from agentkit.cli.solve_flags import add_setting_flags, read_setting_flags
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

LOGS = """\
Read every log that a checkout of modded-nanogpt keeps: the source that ran, and the result that it printed.
Counts, and the logs of which one of the two cannot be read, with the reason. It takes a minute or more."""

HORIZON = """\
Run both ends of a task with a part of their steps, in turn, as a calibration does. The highest loss that one
of the runs ends with becomes the target of the task in that profile, on this machine."""


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
    logs = actions.add_parser(
        "logs", help="which logs of a checkout can be read: source and result",
        description=LOGS, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    logs.add_argument("--source", metavar="FOLDER", help="the checkout (default: as tasks look for it)")
    logs.add_argument(
        "--track", action="append", choices=["main", "medium", "steps"],
        help="which; can be given several times (default: main and medium)",
    )  # fmt: skip
    logs.add_argument("--json", action="store_true", help="One JSON object on stdout, a row a log.")
    horizon = actions.add_parser(
        "horizon", help="measure what a task has to reach with fewer steps, as in profile gpu1@0.1",
        description=HORIZON, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    horizon.add_argument("task", metavar="TASK", help="as for `agentkit solve`")
    horizon.add_argument("--pairs", type=int, default=3, metavar="N", help="At least this many. Default: 3.")
    horizon.add_argument("--json", action="store_true", help="One JSON object on stdout.")
    add_setting_flags(horizon, ("profile", "sandbox", "cache_folder"))


def run(arguments: argparse.Namespace) -> int:
    if arguments.what == "horizon":
        command = import_module("..tasks.speedrun.originals.horizon_command", __package__)
        flags = read_setting_flags(arguments)
        return int(command.run_horizon(arguments.task, flags, arguments.pairs, arguments.json))
    if arguments.what == "logs":
        return survey(arguments.source, arguments.track or ["main", "medium"], arguments.json)
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


def survey(source: str | None, tracks: list[str], as_json: bool) -> int:
    originals = "..tasks.speedrun.originals."
    log_survey = import_module(originals + "log_survey", __package__)
    find_checkout = import_module(originals + "source", __package__).find_checkout
    folder = Path(source).expanduser().resolve() if source else None
    found = log_survey.survey_logs(find_checkout(folder, os.environ, default_cache()), tracks)
    print(json.dumps(log_survey.survey_content(found)) if as_json else log_survey.survey_text(found))
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
