"""`agentkit ablate RUN/ATTEMPT`: which parts of an attempt's difference carry its effect?"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.cli.confirm import teller
from agentkit.cli.figures import say_count, say_seconds
from agentkit.cli.runs import find_runs_folder
from agentkit.cli.solve_flags import add_setting_flags, read_setting_flags
from agentkit.cli.views import choose_view
from agentkit.errors import UsageError

if TYPE_CHECKING:
    from agentkit.runs.ablation.design import Design, Way
    from agentkit.runs.ablation.findings import Findings
    from agentkit.runs.ablation.record import Ablation
    from agentkit.runs.ablation.subject import Subject
    from agentkit.runs.folder import RunFolder
    from agentkit.runs.plan import Plan

ASK_ABOVE_MINUTES = 10.0
REPORT, PAGE = "report.json", "report.md"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "attempt", metavar="ATTEMPT",
        help="RUN/a3, a run as for `agentkit show`; a RUN alone means its answer",
    )  # fmt: skip
    parser.add_argument(
        "--against", metavar="ATTEMPT", default="",
        help="Another attempt of the run, such as the one it was made from. Default: the task's start files.",
    )  # fmt: skip
    parser.add_argument(
        "--by", choices=("edit", "definition", "file"), default="edit",
        help="How large a part is: the least that stands alone, a definition, a file. Default: edit.",
    )  # fmt: skip
    parser.add_argument(
        "--only", choices=("leave-out", "add-in"),
        help="Go one way alone: leave each edit out of the whole, or add each to the start.",
    )  # fmt: skip
    parser.add_argument(
        "--seeds", type=int, metavar="N", help="Each version is measured on so many seeds. Default: 3."
    )
    parser.add_argument(
        "--evaluations", type=int, metavar="N", help="Budget: evaluations in all, earlier ones among them."
    )
    parser.add_argument(
        "--minutes", type=float, metavar="N", help="Budget: minutes of evaluation in all, likewise."
    )
    parser.add_argument("--dry-run", action="store_true", help="Say the edits and the plan; measure nothing.")
    parser.add_argument("--yes", "-y", action="store_true", help="Do not ask before a long measurement.")
    parser.add_argument("--json", action="store_true", help="One JSON object on stdout at the end.")
    parser.add_argument("--quiet", "-q", action="store_true", help="No live view.")
    parser.add_argument("--runs-folder", metavar="DIR", help="where runs are kept; else as the settings say")
    add_setting_flags(parser, ("profile", "sandbox", "cache_folder"))


def run(arguments: argparse.Namespace) -> int:
    from agentkit.cli.ablation_page import findings_lines, findings_markdown, plan_json, plan_lines
    from agentkit.runs.ablation.record import FILE, begin
    from agentkit.runs.folder import write_whole

    refuse_numbers(arguments)
    work = prepare(arguments)
    ablation = begin(work.subject.path / FILE, work.plan.task, work.plan.sandbox, work.subject.opponents)
    design = work.design(ablation)
    if arguments.dry_run:
        print(plan_json(work.folder.name, work.subject, design) if arguments.json
              else "\n".join(plan_lines(work.subject, design, ablation)))  # fmt: skip
        return 0
    if not arguments.quiet:
        print("\n".join(plan_lines(work.subject, design, ablation)), file=sys.stderr)
    ask(design, ablation, yes=arguments.yes)
    findings = measure_all(work, arguments)
    write_whole(work.subject.path / REPORT, findings.model_dump_json(indent=2) + "\n")
    write_whole(work.subject.path / PAGE, "\n".join(findings_markdown(findings)) + "\n")
    print(findings.model_dump_json() if arguments.json else "\n".join(findings_lines(findings)))
    return 0


def refuse_numbers(arguments: argparse.Namespace) -> None:
    from agentkit.runs.ablation.design import MOST_SEEDS

    if arguments.seeds is not None and not 1 <= arguments.seeds <= MOST_SEEDS:
        raise UsageError(f"--seeds is between 1 and {MOST_SEEDS}, found {arguments.seeds}.")
    for flag in ("evaluations", "minutes"):
        value = getattr(arguments, flag)
        if value is not None and not value > 0:
            raise UsageError(f"--{flag} is above 0, found {value:g}.", "Next: leave it out for no limit")


@dataclass(frozen=True)
class Work:
    """What the words of the command come to."""

    folder: RunFolder
    plan: Plan
    subject: Subject
    arguments: argparse.Namespace

    def design(self, ablation: Ablation) -> Design:
        from agentkit.runs.ablation.design import WAYS, Limits, make_design

        only: Way | None = self.arguments.only
        return make_design(
            self.subject,
            ablation,
            ways=WAYS if only is None else (only,),
            seeds=self.arguments.seeds,
            limits=Limits(self.arguments.evaluations, self.arguments.minutes),
        )


def prepare(arguments: argparse.Namespace) -> Work:
    from agentkit.runs.ablation.subject import find_attempt, subject_of
    from agentkit.runs.confirming.opponents import plan_for_run

    runs_folder = find_runs_folder(arguments.runs_folder, os.environ, Path.cwd())
    folder, attempt = find_attempt(arguments.attempt, runs_folder)
    plan = plan_for_run(folder, read_setting_flags(arguments))
    subject = subject_of(folder, attempt, plan.task, against=arguments.against, by=arguments.by)
    return Work(folder, plan, subject, arguments)


def ask(design: Design, ablation: Ablation, *, yes: bool) -> None:
    """Raises UsageError where it would take long and nobody says yes."""
    left = len(design.to_do(ablation.first_seed))
    minutes = left * (design.seconds or 0.0) / 60
    if yes or minutes <= ASK_ABOVE_MINUTES:
        return
    said = f"{say_count(left, 'evaluation')} take about {say_seconds(60 * minutes)}"
    if not sys.stdin.isatty():
        raise UsageError(f"{said}.", "Next: say --yes; or less, with --minutes, --only or --by; or --dry-run")
    print(f"{said}. Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("Nothing was measured.", "Next: --minutes N, --only leave-out or --by definition")


def measure_all(work: Work, arguments: argparse.Namespace) -> Findings:
    from agentkit.runs.ablation.findings import findings_of
    from agentkit.runs.ablation.measuring import Place, measure
    from agentkit.runs.solve import run_to_end

    plan = work.plan
    place = Place(plan.task, plan.sandbox, plan.settings.cache_folder)
    view = choose_view(json=arguments.json, stderr_is_terminal=sys.stderr.isatty(), quiet=arguments.quiet)
    with view:
        tell = teller(view, plan.settings)
        measured = run_to_end(measure(place, work.subject, work.design, tell=tell))
    return findings_of(work.folder.name, work.subject, measured.design, measured.ablation, measured.stopped)
