"""`agentkit judge run SUBJECT --rubric FILE`: checks first, then the panel, then the report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.cli.figures import say_count
from agentkit.cli.solve_flags import add_setting_flags, read_setting_flags
from agentkit.errors import BadFile, Terminated, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentkit.contracts.rubric import JudgeReport
    from agentkit.judge.panel.settings import PanelSettings

SPENT, OPEN, DISPUTED = 7, 8, 9
"""Exit codes: the money ended; too little was graded; more leaves are disputed than allowed."""
FLAGS: Mapping[str, tuple[str, type]] = {
    "max_usd": ("dollars for judges, at most; a call that could pass it is not made", float),
    "quorum": ("judges of different families that must agree where one is not enough", int),
    "samples": ("answers of each judge where the panel splits", int),
    "probes": ("heavy leaves that are asked again, to see how steady the first judge is", int),
    "target": ("stop once the bounds are this close, 0 to 1", float),
    "floor": ("coverage below which only the bounds are quoted", float),
    "room": ("characters of the work's files that are shown for one leaf", int),
    "at_once": ("calls under way", int),
    "candidate": ("the model that did the work, whose family alone may not judge it", str),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("subject", metavar="SUBJECT", help="a folder with the work, or a run")
    parser.add_argument(
        "--rubric", metavar="FILE", help="rubric.toml, .md or .json; of a run: else its task's"
    )
    parser.add_argument("--task", metavar="FILE", help="what was asked, for the judges; of a run: its task's")
    parser.add_argument(
        "--harness", metavar="DIR", help="what a trusted run of the work wrote, out of the work's own reach"
    )
    parser.add_argument("--out", metavar="DIR", help="where the report is kept; else ./judging")
    parser.add_argument("--most-disputed", type=how_many, metavar="N", help="more end with exit code 9")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    for name, (text, kind) in FLAGS.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}", dest=name, type=kind, metavar=name.upper(), help=text
        )
    add_setting_flags(parser, ("judges", "sandbox", "price_in", "price_out", "temperature", "runs_folder"))
    parser.epilog = (
        "Without --judges only programs decide, and the rest counts in the bounds.\n"
        f"Exit codes: 0 all is graded; {SPENT} the money ended; {OPEN} the coverage is below the floor; "
        f"{DISPUTED} too many leaves are disputed."
    )


def run(arguments: argparse.Namespace) -> int:
    from agentkit.runs.judging.subject import Asked, judge_subject
    from agentkit.runs.solve import run_to_end

    out = Path(arguments.out or "judging").expanduser()
    before = judged_before(out)
    asked = Asked(
        subject=arguments.subject,
        out=out,
        rubric=optional_path(arguments.rubric),
        task=optional_path(arguments.task),
        harness=optional_path(arguments.harness),
        panel=panel_settings(arguments),
        flags=read_setting_flags(arguments),
    )
    try:
        report = run_to_end(judge_subject(asked))
    except (KeyboardInterrupt, Terminated):
        print(f"What was answered is kept in {out}; the same command goes on from there.", file=sys.stderr)
        raise
    if arguments.json:
        print(report.model_dump_json(indent=2))
    else:
        print("\n".join(describe(report, out, before)))
    return exit_code(report, arguments.most_disputed)


def judged_before(out: Path) -> JudgeReport | None:
    """What the folder holds already; None for nothing, or for what cannot be read and is replaced."""
    from agentkit.runs.judging.place import REPORT, read_report

    try:
        return read_report(out / REPORT)
    except BadFile:
        return None


def how_many(text: str) -> int:
    """Raises ArgumentTypeError for what is no number from 0."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 0")
    return int(text)


def optional_path(given: str | None) -> Path | None:
    return None if given is None else Path(given).expanduser()


def panel_settings(arguments: argparse.Namespace) -> PanelSettings:
    """Raises UsageError for a figure out of its range."""
    from pydantic import ValidationError

    from agentkit.judge.panel.settings import PanelSettings

    given = {name: getattr(arguments, name) for name in FLAGS if getattr(arguments, name) is not None}
    try:
        return PanelSettings(**given)
    except ValidationError as error:
        fault = error.errors()[0]
        flag = f"--{str(fault['loc'][0]).replace('_', '-')}"
        raise UsageError(
            f"{flag} {fault['input']}: {fault['msg'][:1].lower()}{fault['msg'][1:]}.",
            "Next: agentkit judge run --help",
        ) from error


def exit_code(report: JudgeReport, most_disputed: int | None) -> int:
    from agentkit.judge.panel.panel import CLOSE_ENOUGH, ENDED_EARLY

    early = [note.removeprefix(f"{ENDED_EARLY}: ") for note in report.notes if note.startswith(ENDED_EARLY)]
    if early:
        return 0 if early[0].startswith(CLOSE_ENOUGH) else SPENT
    if report.headline is None:
        return OPEN
    disputed = sum(verdict.status == "disputed" for verdict in report.verdicts)
    return DISPUTED if most_disputed is not None and disputed > most_disputed else 0


def describe(report: JudgeReport, out: Path, before: JudgeReport | None = None) -> list[str]:
    from agentkit.judge.reports.outline import facts, headline, mark, percent

    lines = [f"{report.rubric}: {headline(report)}"]
    lines += [f"  {name}: {text}" for name, text in facts(report)]
    lines += [f"  note: {note}" for note in report.notes]
    if before is not None and of_other_work(before, report) and before.cost.calls:
        lines.append(
            f"  note: {out} held a judging of other work or by another rubric; its"
            f" {say_count(before.cost.calls, 'call')} are counted in calls, cost and --max-usd"
        )
    if report.suspects:
        lines.append(
            f"  {say_count(len(report.suspects), 'place')} of the work speak to the judge; see the report"
        )
    missed = sorted(
        (verdict for verdict in report.verdicts if verdict.status != "passed"),
        key=lambda verdict: -verdict.weight * (1 - (verdict.score or 0.0)),
    )
    if missed:
        lines.append("What is missing, the heaviest first:")
    for verdict in missed[:10]:
        lines.append(f"  {mark(verdict):<9} {percent(verdict.weight):>7}  {verdict.id}: {verdict.text}")
    if len(missed) > 10:
        lines.append(f"  … and {len(missed) - 10} more")
    lines += [f"Report: {out / 'report.html'}", f"Next: agentkit judge explain {out} LEAF"]
    if exit_code(report, None) == SPENT:
        lines.append("Or: the same words with a larger --max-usd; what was answered is not paid again")
    return lines


def of_other_work(before: JudgeReport, after: JudgeReport) -> bool:
    return (before.snapshot_digest, before.rubric_digest) != (after.snapshot_digest, after.rubric_digest)
