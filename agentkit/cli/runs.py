"""`agentkit runs`: which runs there are, and what they came to."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from agentkit.cli.console import open_console
from agentkit.cli.figures import first_line, say_share
from agentkit.errors import AgentkitError
from agentkit.runs.folder import RunFolder, list_runs
from agentkit.runs.writer import find_writer
from agentkit.settings_sources import resolve


@dataclass(frozen=True)
class RunLine:
    """One run. `problem` is why it cannot be read; then most of the rest is empty."""

    run: str
    folder: str
    task: str = ""
    profile: str = ""
    scaffold: str = ""
    model: str = ""
    state: str = ""
    fsr: float | None = None
    attempts: int = 0
    began: float | None = None
    """Seconds since the epoch."""
    writer: int | None = None
    """The process that is at work on it; a run that is `running` without one was cut off."""
    problem: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs-folder", metavar="DIR", help="where to look; else as the settings say")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    folder = find_runs_folder(arguments.runs_folder, os.environ, Path.cwd())
    lines = [read_line(each) for each in list_runs(folder)]
    if arguments.json:
        print(json.dumps({"version": 1, "runs": [asdict(line) for line in lines]}, indent=2))
    elif lines:
        print_lines(lines)
    else:
        print(f"There is no run in {folder}.\nNext: agentkit solve tasks/speedrun/record12")
    return 0


def find_runs_folder(given: str | None, environ: Mapping[str, str], project: Path) -> Path:
    """Where runs are kept: a flag, else AGENTKIT_RUNS_FOLDER, else agentkit.toml, else ./runs."""
    settings = resolve({"runs_folder": given}, environ, project).settings
    return project / settings.runs_folder


def read_line(folder: RunFolder) -> RunLine:
    """A run that cannot be read is a line too: it must not hide the others."""
    try:
        summary = folder.summary()
        first = next(folder.events(), None)
    except AgentkitError as error:
        return RunLine(folder.name, str(folder.path), problem=error.message)
    except (KeyError, ValueError) as error:  # a manifest or a record that lacks what it must have
        return RunLine(folder.name, str(folder.path), problem=f"damaged: {first_line(str(error))}")
    return RunLine(
        run=summary.run,
        folder=summary.folder,
        task=summary.task,
        profile=summary.profile,
        scaffold=summary.scaffold,
        model=summary.model,
        state=summary.state,
        fsr=summary.best.fsr if summary.best else None,
        attempts=len(summary.attempts),
        began=first.time if first else None,
        writer=find_writer(folder.path),
    )


def print_lines(lines: list[RunLine]) -> None:
    from rich.table import Table
    from rich.text import Text

    console = open_console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("run", "task", "scaffold", "model", "state", "FSR", "attempts", "when"):
        right = name in ("FSR", "attempts")
        # A name that is cut could not be typed.
        table.add_column(name, justify="right" if right else "left", overflow="fold", no_wrap=name != "run")
    for line in lines:
        if line.problem:
            table.add_row(Text(line.run), Text(""), Text(""), Text(""), Text("cannot be read", "red"))
            continue
        began = time.strftime("%Y-%m-%d %H:%M", time.localtime(line.began)) if line.began else ""
        state = "cut off" if line.state == "running" and line.writer is None else line.state
        # A task of another size is another task: its figures do not compare.
        task = f"{line.task} {line.profile}".rstrip()
        cells = [line.run, task, line.scaffold, line.model, state, say_share(line.fsr)]
        table.add_row(*map(Text, [*cells, str(line.attempts), began]))
    console.print(table)
    for line in lines:
        if line.problem:
            console.print(f"{line.run}: {line.problem}", markup=False, highlight=False, soft_wrap=True)
    console.print(
        "\nFSR: the share of the way from the start (0 %) to the reference (100 %).", highlight=False
    )
    console.print(f"Next: agentkit show {lines[-1].run}", markup=False, highlight=False, soft_wrap=True)
