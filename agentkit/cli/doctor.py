"""`agentkit doctor`: what this machine can run, what is missing, and the command that mends it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from agentkit.catalog import Catalog, Entry, open_catalog
from agentkit.cli.checkup import (
    Check,
    State,
    check_folder,
    check_keys,
    check_processor,
    check_program,
    check_python,
    check_torch,
    find_gpus,
)
from agentkit.cli.console import open_console
from agentkit.cli.figures import first_line
from agentkit.cli.gpu_checks import check_leases
from agentkit.cli.runs import find_runs_folder
from agentkit.errors import AgentkitError, MissingRequirement
from agentkit.evaluation.benchmarks import load_task
from agentkit.sandboxes.choose import describe_sandboxes
from agentkit.sandboxes.gpus.broker import open_broker

DEMONSTRATION = "speedrun/record12"
STYLES: Mapping[State, str] = {"ok": "green", "missing": "bold red", "optional": "yellow", "info": ""}
WORDS: Mapping[State, str] = {"ok": "ok", "missing": "missing", "optional": "no", "info": ""}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs-folder", metavar="DIR", help="where runs are to be kept")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    checks = list(examine(arguments.runs_folder))
    ready = not any(check.state == "missing" for check in checks)
    if arguments.json:
        content = {"version": 1, "ready": ready, "checks": [asdict(check) for check in checks]}
        print(json.dumps(content, indent=2, ensure_ascii=False))
    else:
        print_checks(checks, ready)
    return 0 if ready else MissingRequirement.exit_code


def examine(runs_folder: str | None) -> Iterator[Check]:
    """Every check, what is needed first. No network, and of a key only its name."""
    yield check_python(sys.version_info[:3])
    yield check_torch([sys.executable])
    yield from check_sandboxes()
    yield from _or_mistake("runs folder", lambda: _check_runs_folder(runs_folder))
    yield from _or_mistake("tasks", _check_tasks)
    yield check_processor()
    yield from find_gpus()
    yield from _or_mistake("GPU leases", lambda: check_leases(open_broker()))
    yield check_program("git", "a run's manifest then names the commit it was made with")
    yield check_program("rg", "searching files is faster with it", name="ripgrep", package="ripgrep")
    yield check_keys(os.environ)


def check_sandboxes() -> Iterator[Check]:
    """One that works is enough: a shipped transcript is trusted, so for it even `local` will do."""
    reports = describe_sandboxes()
    any_usable = any(report.usable for report in reports)
    for report in reports:
        state: State = "ok" if report.usable else "optional" if any_usable else "missing"
        yield Check(f"sandbox {report.name}", state, report.detail, "" if report.usable else report.fix)


def _check_runs_folder(given: str | None) -> Iterator[Check]:
    yield check_folder("runs folder", find_runs_folder(given, os.environ, Path.cwd()))


def _check_tasks() -> Iterator[Check]:
    catalog = open_catalog()
    yield check_demonstration(catalog)
    for entry in catalog.entries("benchmark"):
        yield check_benchmark(catalog, entry)


def check_demonstration(catalog: Catalog) -> Check:
    """Whether `agentkit solve tasks/speedrun/record12` could start now, on its transcript."""
    name = f"task {DEMONSTRATION}"
    try:
        task = load_task(catalog, DEMONSTRATION, "auto")
        lacks = task.evaluator.lacks()
    except AgentkitError as error:
        return Check(name, "missing", error.message, _next_step(error))
    if lacks:
        what = "; ".join(lack.what for lack in lacks)
        return Check(name, "missing", what, lacks[0].fix)
    profile = f" in profile {task.profile}" if task.profile else ""
    return Check(name, "ok", f"can run here{profile}")


def check_benchmark(catalog: Catalog, entry: Entry) -> Check:
    """Its sizes. The adapter is a stranger's code: whatever it does, the other checks go on."""
    name = f"benchmark {entry.name}"
    if entry.source is None:
        return Check(name, "info", "its tasks are folders with a task.toml, in one size")
    try:
        profiles = list(catalog.load_benchmark(entry).profiles)
    except AgentkitError as error:
        return Check(name, "optional", error.message, _next_step(error))
    except Exception as error:  # noqa: BLE001 - the plugin boundary: an adapter may raise anything
        return Check(name, "optional", first_line(f"{type(error).__name__}: {error}"), "mend its adapter.py")
    return Check(name, "info", f"sizes: {', '.join(profiles)}" if profiles else "one size")


def _or_mistake(name: str, checks: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """A mistake in a settings file or a kit is a finding, not the end of the examination."""
    try:
        yield from checks()
    except AgentkitError as error:
        yield Check(name, "missing", error.message, _next_step(error))


def _next_step(error: AgentkitError) -> str:
    steps = [line.removeprefix("Next: ") for line in error.lines if line.startswith("Next: ")]
    return steps[0] if steps else ""


def print_checks(checks: list[Check], ready: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    console = open_console()
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        table.add_row(Text(check.name), Text(WORDS[check.state], STYLES[check.state]), Text(check.detail))
        if check.fix and check.state != "ok":
            table.add_row("", "", Text(f"to mend it: {check.fix}", "cyan"))
    console.print(table)
    console.print()
    command = f"agentkit solve tasks/{DEMONSTRATION}"
    if ready:
        console.print(f"This machine is ready. Next: {command}", highlight=False, soft_wrap=True)
    else:
        missing = ", ".join(check.name for check in checks if check.state == "missing")
        text = f"`{command}` cannot run yet; missing: {missing}."
        console.print(text, highlight=False, markup=False, soft_wrap=True)
