"""`agentkit check TASK`: is a task sound, and does its evaluator see through known cheats?

`agentkit check BENCHMARK` looks at all its tasks, see `check_benchmark`; `agentkit check scaffold NAME`
tries a scaffold's policy on random journals, see `check_scaffold`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.cli.console import open_console
from agentkit.cli.solve_flags import add_setting_flags, read_setting_flags
from agentkit.cli.views import choose_view
from agentkit.contracts.events import Event
from agentkit.errors import UnknownName, UsageError

if TYPE_CHECKING:
    from agentkit.runs.checks.check import Report
    from agentkit.runs.checks.health import Finding
    from agentkit.runs.checks.trial import Trial

FAILED = 1
STYLES = {
    "ok": "green", "caught": "green", "honest": "green", "warning": "yellow", "claimed": "yellow",
    "skipped": "yellow", "failed": "bold red", "through": "bold red", "wronged": "bold red",
}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "task", help="as for `agentkit solve`; or a benchmark, for all its tasks; or the word scaffold"
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="after the word scaffold: which one")
    parser.add_argument(
        "--exploits",
        nargs="?",
        const="*",
        metavar="GLOB",
        help="Also hand in known cheats and their honest twins: all that fit, or those of these names.",
    )
    parser.add_argument(
        "--repeats", type=int, default=3, metavar="N", help="Runs of both ends, at least 2. Default: 3."
    )
    parser.add_argument("--json", action="store_true", help="One JSON object on stdout at the end.")
    parser.add_argument("--quiet", "-q", action="store_true", help="No live view.")
    group = parser.add_argument_group("for a benchmark")
    group.add_argument("--only", metavar="TASKS", help="These of its tasks: record1,record12.")
    group.add_argument("--markdown", action="store_true", help="The table in Markdown on stdout.")
    group.add_argument("--fresh", action="store_true", help="Measure again, whatever is known already.")
    group = parser.add_argument_group("for a scaffold")
    group.add_argument("--journals", type=int, metavar="N", help="Random journals. Default: 1000.")
    add_setting_flags(parser, ("profile", "sandbox", "cache_folder", "scaffold_settings"))


def run(arguments: argparse.Namespace) -> int:
    from agentkit.catalog import open_catalog
    from agentkit.cli.check_benchmark import check_benchmark
    from agentkit.runs.checks.chosen import whole_benchmark

    if arguments.task == "scaffold":
        return FAILED if check_scaffold_of(arguments) else 0
    if arguments.name is not None:
        raise UsageError(f"One task, please: '{arguments.name}' is one word too many.")
    refuse_flags(arguments, arguments.task, ("journals", "scaffold_settings"), "a scaffold")
    catalog = open_catalog()
    benchmark = whole_benchmark(catalog, arguments.task)
    if benchmark is None:
        refuse_flags(arguments, arguments.task, ("only", "markdown", "fresh"), "a benchmark; name one")
        return check_single(arguments)
    refuse_flags(arguments, benchmark.name, ("exploits",), "one task; name one")
    return FAILED if check_benchmark(arguments, catalog, benchmark) else 0


def check_scaffold_of(arguments: argparse.Namespace) -> bool:
    from agentkit.cli.check_scaffold import check_scaffold_named

    if arguments.name is None:
        raise UsageError("Which scaffold?", "Next: agentkit check scaffold NAME; agentkit list scaffolds")
    refuse_flags(arguments, "a scaffold", ("exploits", "only", "markdown", "fresh"), "tasks; name one")
    return check_scaffold_named(arguments, arguments.name)


def refuse_flags(arguments: argparse.Namespace, given: str, names: Sequence[str], meant: str) -> None:
    for name in names:
        if getattr(arguments, name) not in (None, False):
            raise UsageError(f"--{name} is for {meant} instead of {given}.")


def check_single(arguments: argparse.Namespace) -> int:
    from agentkit.catalog import open_catalog
    from agentkit.evaluation.benchmarks import load_task
    from agentkit.runs.checks.check import check_task
    from agentkit.runs.checks.exploit import exploits_for, find_exploits
    from agentkit.runs.plan import make_plan
    from agentkit.runs.solve import run_to_end

    # No model is asked: what runs is shipped with the task, or with the corpus.
    plan = make_plan(arguments.task, {**read_setting_flags(arguments), "scaffold": "oracle"})
    chosen = []
    if arguments.exploits is not None:
        known = exploits_for(plan.task)
        chosen = find_exploits(known, arguments.exploits)
        if not chosen and known:
            raise UnknownName("exploit", arguments.exploits, [each.name for each in known])
    view = choose_view(json=arguments.json, stderr_is_terminal=sys.stderr.isatty(), quiet=arguments.quiet)

    def tell(kind: str, attempt: str = "", **data: object) -> None:
        view(Event(number=-1, time=time.time(), kind=kind, attempt=attempt, data=data))

    with view, tempfile.TemporaryDirectory(prefix="agentkit-check-") as place:
        report = run_to_end(
            check_task(
                plan.task,
                load_task(open_catalog(plan.project), plan.address, plan.settings.profile),
                plan.sandbox,
                plan.settings.cache_folder,
                Path(place),
                chosen,
                repeats=max(2, arguments.repeats),
                tell=tell,
            )
        )
    if arguments.json:
        print(json.dumps(as_json(report), ensure_ascii=False))
    else:
        print_report(plan.task.reference, plan.sandbox.name, report, asked=arguments.exploits is not None)
    return FAILED if report.failed else 0


def as_json(report: Report) -> dict[str, object]:
    return {
        "version": 1,
        "failed": report.failed,
        "checks": [asdict(each) for each in report.findings],
        "exploits": [{**asdict(each), "failed": each.failed} for each in report.trials],
    }


def print_report(task: str, sandbox: str, report: Report, *, asked: bool) -> None:
    from rich.table import Table

    console = open_console()
    table = Table("check", "", "what was found", title=f"{task} in {sandbox}", title_justify="left")
    for finding in report.findings:
        table.add_row(finding.name, marked(finding.state), told(finding))
    console.print(table)
    if report.trials:
        table = Table("exploit", "expected", "what happened", "its honest twin", "caught by", show_lines=True)
        for trial in report.trials:
            table.add_row(*trial_row(trial))
        console.print(table)
    print("\n".join(closing_lines(report, asked)))


def marked(state: str) -> str:
    return f"[{STYLES[state]}]{state}[/]"


def told(finding: Finding) -> str:
    from rich.markup import escape

    return escape(finding.detail + (f"\nNext: {finding.fix}" if finding.fix else ""))


def trial_row(trial: Trial) -> tuple[str, ...]:
    from rich.markup import escape

    happened = f"{marked(trial.cheat.state)} {escape(trial.cheat.happened[:160])}"
    if not trial.cheat.expected:
        happened += " [yellow](by something else)[/]"
    caught = trial.caught_by if trial.cheat.state == "caught" and trial.cheat.expected else ""
    twin = f"{marked(trial.twin.state)} {escape(trial.twin.happened[:100])}"
    return escape(trial.name), ", ".join(trial.expected), happened, twin, escape(caught)


def closing_lines(report: Report, asked: bool) -> list[str]:
    lines = []
    if asked:
        states = [trial.cheat.state for trial in report.trials]
        wronged = sum(trial.twin.state == "wronged" for trial in report.trials)
        counts = ", ".join(
            f"{states.count(each)} {each}" for each in ("caught", "through", "claimed", "skipped")
        )
        lines.append(f"{len(states)} cheats: {counts}; {wronged} honest twins wronged.")
        if "claimed" in states:
            lines.append(
                "`claimed`: the task's own script runs the candidate's code, so its result can be forged."
            )
        if not report.trials:
            lines.append(
                "No exploit of the corpus fits this task; its own would lie in its folder exploits/."
            )
    else:
        lines.append("Next: agentkit check TASK --exploits")
    failed = [finding.name for finding in report.findings if finding.state == "failed"]
    lines.append(f"Failed: {', '.join(failed)}." if failed else "The task itself is sound.")
    return lines
