"""`agentkit report SWEEP`: figures of a sweep or a folder of runs, and the numbers behind each, on a page."""

from __future__ import annotations

import argparse
import gc
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.errors import RunProblem, UsageError

if TYPE_CHECKING:
    from agentkit.runs.reports.report import Report

NAME = "report"
WHERE = "Only such runs: `scaffold=aide,hints!=none`. Repeatable."
FORMATS = {"html": ".html", "md": ".md"}
EPILOG = """\
Without --by, those of the sweep's axes are compared that differ between runs, but never task and seed:
figures are means over these. The first column of --by goes down in the heat map, the others across.
docs/reports.md says how to read a report."""


@dataclass(frozen=True)
class Targets:
    """Where to write; None: that form is not wanted."""

    html: Path | None
    markdown: Path | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument(
        "folder", metavar="SWEEP_OR_RUNS", nargs="?",
        help="A sweep's folder, a folder of runs, or one run. Default: the runs folder of the settings.",
    )  # fmt: skip
    parser.add_argument(
        "--out", metavar="PATH",
        help="A .html or .md file, or a folder for both. Default: the folder `report` in what it is of.",
    )  # fmt: skip
    parser.add_argument("--format", choices=tuple(FORMATS), help="Only this form. Default: both.")
    parser.add_argument("--by", metavar="COLUMNS", help="What to compare: `hints,scaffold`.")
    parser.add_argument("--where", action="append", metavar="FILTER", help=WHERE)
    parser.add_argument(
        "--tasks", choices=("fixed", "sampled"), default="fixed",
        help="Whether intervals are about these very tasks, or about all tasks like them. Default: fixed.",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    # Rows and curves stay until the end: a collector that looks through them again and again takes a third.
    gc.disable()
    try:
        return write_report(arguments)
    finally:
        gc.enable()


def write_report(arguments: argparse.Namespace) -> int:
    from agentkit.cli.table import chosen_rows, names_in, open_rows
    from agentkit.runs.curves.reading import traced
    from agentkit.runs.reports.groups import chosen_columns, named_columns
    from agentkit.runs.reports.report import make_report

    folder = find_folder(arguments.folder)
    targets = targets_of(arguments.out, arguments.format, folder)
    rows = chosen_rows(open_rows(str(folder)).rows, arguments.where)
    if not rows:
        such = f" with {' and '.join(arguments.where)}" if arguments.where else ""
        raise RunProblem(f"There is no run in {folder}{such}.", f"Next: agentkit table {folder}")
    make_room(targets)
    names = names_in(arguments.by or "")
    by = named_columns(names, rows) if names else chosen_columns(rows)
    report = make_report(folder.name, rows, by, traced, arguments.tasks)
    for warning in report.warnings:
        print(warning)
    for section in report.sections:
        print(f"{section.title}: {section.finding}")
    for path in write(report, targets):
        print(f"Written: {path}")
    return 0


def find_folder(given: str | None) -> Path:
    from agentkit.cli.runs import find_runs_folder

    folder = Path(given) if given else find_runs_folder(None, os.environ, Path.cwd())
    return folder.expanduser().resolve()


def targets_of(out: str | None, form: str | None, folder: Path) -> Targets:
    """Raises UsageError where the file's name and the form do not fit."""
    path = Path(out) if out else folder / NAME
    named = next((each for each, suffix in FORMATS.items() if path.suffix == suffix), None)
    if named is not None and form not in (None, named):
        raise UsageError(
            f"--out {path} is a file of the other form than --format {form}.",
            f"Next: --out {path.with_suffix(FORMATS[form])}",
        )
    wanted = [named or form] if named or form else list(FORMATS)
    place = {each: path if named else path / f"{NAME}{suffix}" for each, suffix in FORMATS.items()}
    return Targets(
        html=place["html"] if "html" in wanted else None,
        markdown=place["md"] if "md" in wanted else None,
    )


def make_room(targets: Targets) -> None:
    """Before the work, not after it. Raises RunProblem."""
    for path in (targets.html, targets.markdown):
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> RunProblem:
    return RunProblem(f"{path} cannot be written: {error.strerror}.", "Next: --out PATH")


def write(report: Report, targets: Targets) -> list[Path]:
    """What was written, for the reader to open. Raises RunProblem where it cannot be."""
    from agentkit.runs.reports.markdown import markdown
    from agentkit.runs.reports.page import page, picture

    written: dict[Path, str] = {}
    if targets.html is not None:
        written[targets.html] = page(report)
    if targets.markdown is not None:
        figures = f"{targets.markdown.stem}_figures"
        drawn = [section for section in report.sections if section.svg]
        addresses = {section.key: f"{figures}/{section.key}.svg" for section in drawn}
        for section in drawn:
            written[targets.markdown.parent / addresses[section.key]] = picture(section.svg)
        written[targets.markdown] = markdown(report, addresses)
    write_all(written)
    return [path for path in written if path.suffix in FORMATS.values()]


def write_all(written: Mapping[Path, str]) -> None:
    from agentkit.runs.folder import write_whole

    for path, text in written.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, text)
        except OSError as error:
            raise unwritable(path, error) from error
