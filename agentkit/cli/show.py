"""`agentkit show`: a run, one of its attempts, a task and its hints, or the graphs that every run follows."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentkit.cli.console import open_console
from agentkit.cli.report import print_report
from agentkit.cli.runs import find_runs_folder
from agentkit.cli.solve_flags import add_setting_flags, read_setting_flags
from agentkit.contracts.events import Event
from agentkit.errors import UnknownName, UsageError
from agentkit.runs.folder import RunFolder, open_run
from agentkit.runs.writer import find_writer
from agentkit.settings_sources import flag_name

GRAPH = "graph"
TOOLS = "tools"
CONFIRMED = "confirm.json"
OF_A_TASK = ("hints", "hint_source", "hint_folder", "notes", "profile")
"""Settings that decide what there is to show of a task."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run",
        nargs="?",
        default="latest",
        metavar="RUN",
        help="a run's folder, its name or the start of it, or `latest` (the default); "
        "or a task, as speedrun/record12; or `graph` for the Mermaid source of both graphs; "
        "or `tools` for what each tool's schema costs",
    )
    parser.add_argument("attempt", nargs="?", metavar="ATTEMPT", help="one of its attempts, as `a3`")
    parser.add_argument("--full", action="store_true", help="cut nothing; of a task: also its instructions")
    parser.add_argument(
        "--tree", action="store_true", help="the run's attempts as a tree: which was made from which"
    )
    parser.add_argument(
        "--log", action="store_true", help="the run's log, line by line, with all that failed"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--runs-folder", metavar="DIR", help="where runs are kept; else as the settings say")
    add_setting_flags(parser, OF_A_TASK)


def run(arguments: argparse.Namespace) -> int:
    if arguments.run == GRAPH:
        return show_graph(arguments)
    if arguments.run == TOOLS:
        if arguments.attempt is not None or arguments.log or arguments.tree:
            raise UsageError(
                "`agentkit show tools` takes no attempt, no --log and no --tree.",
                "Next: agentkit show RUN --tree",
            )
        from agentkit.cli.tools_page import show_tools

        show_tools(as_json=arguments.json, full=arguments.full)
        return 0
    flags = {name: value for name, value in read_setting_flags(arguments).items() if name in OF_A_TASK}
    runs_folder = find_runs_folder(arguments.runs_folder, os.environ, Path.cwd())
    if flags or names_a_task(arguments.run, runs_folder):
        return show_a_task(arguments, flags)
    folder = open_run(arguments.run, runs_folder)
    if arguments.tree:
        show_tree(folder, arguments)
    elif arguments.log:
        show_log(folder, arguments.attempt or "", as_json=arguments.json)
    elif arguments.attempt is None:
        show_run(folder, as_json=arguments.json)
    else:
        show_attempt(folder, arguments.attempt, as_json=arguments.json, full=arguments.full)
    return 0


def names_a_task(reference: str, runs_folder: Path) -> bool:
    """A task is BENCHMARK/NAME or a path; a run's name has no slash, and its path leads to a run.json."""
    path = Path(reference).expanduser()
    if "/" not in reference or (path / "run.json").is_file():
        return False
    return path.parent.resolve() != runs_folder.resolve()


def show_a_task(arguments: argparse.Namespace, flags: Mapping[str, Any]) -> int:
    from agentkit.cli.task_page import show_task  # with it comes what tasks are made of

    if arguments.run == "latest":
        given = ", ".join(map(flag_name, flags))
        raise UsageError(f"No task was named for {given}.", f"Next: agentkit show BENCHMARK/NAME {given} …")
    if arguments.attempt is not None or arguments.log or arguments.tree:
        raise UsageError("A task has no attempts and no log; a run has.", "Next: agentkit runs")
    show_task(arguments.run, flags, as_json=arguments.json, full=arguments.full)
    return 0


def show_graph(arguments: argparse.Namespace) -> int:
    if arguments.attempt is not None or arguments.tree:
        raise UsageError(
            "`agentkit show graph` takes no attempt and no --tree.",
            "Next: agentkit show RUN ATTEMPT, or RUN --tree",
        )
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
    dated = folder.manifest.get("task_facts", {}).get("target date")
    if dated not in (None, "not known"):
        print(f"\nThe task's target is of {dated}: a model trained later may know it.")
    if (folder.path / CONFIRMED).is_file() and summary.best is not None:
        from agentkit.cli.confirm import say_confirmed

        print(f"\n{say_confirmed(folder, summary.best.attempt)}")


def show_tree(folder: RunFolder, arguments: argparse.Namespace) -> None:
    from agentkit.cli.tree_page import print_tree, tree_json

    if arguments.attempt is not None or arguments.log:
        raise UsageError("--tree shows a whole run.", f"Next: agentkit show {folder.name} --tree")
    if arguments.json:
        print(tree_json(folder))
    else:
        print_tree(folder, open_console())


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
