"""`agentkit judge render REPORT --as FORM`: the same report for another reader."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.errors import UsageError

if TYPE_CHECKING:
    from agentkit.contracts.rubric import JudgeReport

FORMS = ("markdown", "html", "json", "form", "paperbench")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("report", metavar="REPORT", help="a judging's folder, a report.json, or a run")
    parser.add_argument("--as", dest="form", choices=FORMS, default="markdown", help="default: markdown")
    parser.add_argument("--to", metavar="FILE", help="where to write it; else standard output")
    parser.add_argument(
        "--rubric",
        metavar="FILE",
        help="for form (a rubric.md that is filled in) and paperbench (a rubric.json); "
        "else the one that was judged by",
    )
    parser.add_argument("--runs-folder", metavar="DIR", help="where runs are kept; else as the settings say")


def run(arguments: argparse.Namespace) -> int:
    from agentkit.cli.judge.reading import find_report

    report, rubric = find_report(arguments.report, arguments.runs_folder)
    path = Path(arguments.rubric) if arguments.rubric else rubric
    text = rendered(report, arguments.form, path)
    if arguments.to is None:
        sys.stdout.write(text)
        return 0
    from agentkit.runs.folder import write_whole

    target = Path(arguments.to)
    try:
        write_whole(target, text)
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}.") from error
    print(f"Written: {target}")
    return 0


def rendered(report: JudgeReport, form: str, rubric: Path | None) -> str:
    """Raises UsageError where a form needs a rubric that is not there or is of another kind."""
    if form == "json":
        return report.model_dump_json(indent=2) + "\n"
    if form == "html":
        from agentkit.judge.reports.page import page

        return page(report)
    if form == "markdown":
        from agentkit.judge.reports.markdown import markdown

        return markdown(report)
    if rubric is None or not rubric.is_file():
        raise UsageError(
            f"--as {form} needs the rubric that was judged by.",
            f"Looked for: {rubric}" if rubric else "The report does not say where it is.",
            f"Next: agentkit judge render … --as {form} --rubric FILE",
        )
    if form == "form":
        from agentkit.judge.rubrics.end2end_form import fill, read_form

        return fill(read_form(rubric), report)
    from agentkit.judge.rubrics.grader_output import grader_output
    from agentkit.judge.rubrics.read import read_rubric

    return grader_output(read_rubric(rubric), report)
