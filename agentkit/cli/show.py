"""`agentkit show`: a run, one of its attempts, or the graphs that every run follows."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from agentkit.cli.console import open_console
from agentkit.cli.report import print_report
from agentkit.cli.runs import find_runs_folder, find_writer
from agentkit.contracts.events import Event
from agentkit.errors import UnknownName, UsageError
from agentkit.runs.folder import RunFolder, open_run

GRAPH = "graph"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run",
        nargs="?",
        default="latest",
        metavar="RUN",
        help="a run's folder, its name or the start of it, or `latest` (the default); "
        "or `graph` for the Mermaid source of both graphs",
    )
    parser.add_argument("attempt", nargs="?", metavar="ATTEMPT", help="one of its attempts, as `a3`")
    parser.add_argument("--full", action="store_true", help="cut nothing")
    parser.add_argument(
        "--log", action="store_true", help="the run's log, line by line, with all that failed"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--runs-folder", metavar="DIR", help="where runs are kept; else as the settings say")


def run(arguments: argparse.Namespace) -> int:
    if arguments.run == GRAPH:
        return show_graph(arguments)
    folder = open_run(arguments.run, find_runs_folder(arguments.runs_folder, os.environ, Path.cwd()))
    if arguments.log:
        show_log(folder, arguments.attempt or "", as_json=arguments.json)
    elif arguments.attempt is None:
        show_run(folder, as_json=arguments.json)
    else:
        show_attempt(folder, arguments.attempt, as_json=arguments.json, full=arguments.full)
    return 0


def show_graph(arguments: argparse.Namespace) -> int:
    if arguments.attempt is not None:
        raise UsageError("`agentkit show graph` takes no attempt.", "Next: agentkit show RUN ATTEMPT")
    from agentkit.graph.draw import mermaid  # with it comes langgraph, which no other command may pay for

    source = mermaid()
    print(json.dumps({"version": 1, "mermaid": source}, indent=2) if arguments.json else source)
    return 0


def show_run(folder: RunFolder, *, as_json: bool) -> None:
    summary = folder.summary()
    if as_json:
        print(summary.model_dump_json(indent=2))
        return
    diff = folder.diff()
    cut_off = summary.state == "running" and find_writer(folder.path) is None
    print_report(summary, diff, open_console(), cut_off=cut_off)


def show_log(folder: RunFolder, attempt: str, *, as_json: bool) -> None:
    """Of the whole run, or only what concerns one attempt."""
    from agentkit.cli.log_page import print_log
    from agentkit.runs.logs import read_log

    entries = [each for each in read_log(folder.path) if not attempt or each.get("attempt") == attempt]
    if as_json:
        print(json.dumps({"version": 1, "run": folder.name, "entries": entries}, ensure_ascii=False))
    elif entries:
        print_log(entries, sys.stdout)
    else:
        print(f"There is no log of {f'attempt {attempt} in ' if attempt else ''}{folder.path}.")


def show_attempt(folder: RunFolder, attempt: str, *, as_json: bool, full: bool) -> None:
    """Raises UnknownName for an attempt that the run never began."""
    from agentkit.cli.attempt_page import print_attempt

    events = list(folder.events())
    known = [event.attempt for event in events if event.kind == "selected"]
    if attempt not in known:
        where = [f"{folder.path}/journal.jsonl"]
        raise UnknownName("attempt", attempt, known, where, f"agentkit show {folder.name}")
    own = [event for event in events if event.attempt == attempt]
    diff = folder.diff(attempt)
    if as_json:
        print(attempt_json(folder.name, attempt, own, diff))
        return
    print_attempt(attempt, own, diff, open_console(), full=full)


def attempt_json(run_name: str, attempt: str, events: list[Event], diff: str) -> str:
    """Everything the journal holds about one attempt, in order."""
    return json.dumps(
        {
            "version": 1,
            "run": run_name,
            "attempt": attempt,
            "diff": diff,
            "events": [event.model_dump(mode="json", exclude={"attempt"}) for event in events],
        },
        indent=2,
        ensure_ascii=False,
    )
