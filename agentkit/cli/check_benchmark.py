"""`agentkit check BENCHMARK`: every task measured on this machine, in one table."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentkit.catalog import Catalog, Entry
from agentkit.cli.check_lines import choose_lines
from agentkit.cli.console import open_console
from agentkit.cli.solve_flags import read_setting_flags
from agentkit.contracts.events import Event, Observer

if TYPE_CHECKING:
    from agentkit.cli.check_lines import TaskLines
    from agentkit.runs.checks.benchmark import Landing, TaskCheck
    from agentkit.runs.checks.chosen import Chosen
    from agentkit.search.progress import Tell

COLUMNS = (
    "task", "start (sd)", "target (sd)", "gap", "noise", "oracle FSR", "nop FSR", "verdict",
)  # fmt: skip
STYLES = {"sound": "green", "failed": "bold red", "not measurable": "yellow", "refused": "dim"}
MISSES = "*"
"""Behind a fraction whose 95 % interval misses, while the wider one that decides does not."""


@dataclass(frozen=True)
class BenchmarkReport:
    """What became of all tasks that were looked at."""

    benchmark: str
    profile: str
    sandbox: str
    checks: Sequence[TaskCheck]
    level: float

    @property
    def failed(self) -> list[str]:
        return [each.task for each in self.checks if each.state == "failed"]


def check_benchmark(arguments: argparse.Namespace, catalog: Catalog, benchmark: Entry) -> bool:
    """Whether any task failed. Prints the report."""
    from agentkit.runs.checks.benchmark import level_of_each
    from agentkit.runs.checks.chosen import choose_tasks

    only = [each.strip() for each in (arguments.only or "").split(",") if each.strip()]
    chosen = choose_tasks(catalog, benchmark, arguments.task, only, arguments.profile or "")
    count = sum(not each.entry.refused for each in chosen)
    checks = []
    profile = sandbox = ""
    lines = choose_lines(json=arguments.json, stderr_is_terminal=sys.stderr.isatty(), quiet=arguments.quiet)
    with lines:
        for number, each in enumerate(chosen, 1):
            lines.begin(each.reference, number, len(chosen))
            check, profile_used, sandbox_used = check_chosen(arguments, each, count, lines)
            profile, sandbox = profile_used or profile, sandbox_used or sandbox
            checks.append(check)
            lines.end(
                check.task, f"{check.state}. {check.reason}".rstrip(". ") if check.reason else check.state
            )
    report = BenchmarkReport(benchmark.name, profile, sandbox, checks, level_of_each(count))
    print_report(report, as_json=arguments.json, markdown=arguments.markdown)
    return bool(report.failed)


def check_chosen(
    arguments: argparse.Namespace, chosen: Chosen, count: int, lines: TaskLines
) -> tuple[TaskCheck, str, str]:
    """The check, and the profile and sandbox in which it was made; empty where there was none."""
    from agentkit.errors import AgentkitError
    from agentkit.runs.boundary import guarded, guarded_observer, redactor_for
    from agentkit.runs.checks.benchmark import TaskCheck, check_one
    from agentkit.runs.checks.chosen import is_refusal, open_task
    from agentkit.runs.solve import run_to_end

    opened = open_task(chosen, read_setting_flags(arguments))
    if isinstance(opened, AgentkitError):
        refused = is_refusal(chosen, opened)
        said = "; ".join([opened.message, *opened.lines])
        if refused:
            said = chosen.entry.refused_in(arguments.profile or "") or said
        state = "refused" if refused else "failed"
        return TaskCheck.model_validate({"task": chosen.reference, "state": state, "reason": said}), "", ""
    plan, again = opened
    redactor = redactor_for(plan.settings)
    plan = guarded(plan, redactor)
    show = guarded_observer(lines, redactor)

    async def check() -> TaskCheck:
        try:
            return await check_one(
                plan.task,
                again,
                plan.sandbox,
                plan.settings.cache_folder,
                tasks=count,
                pairs=max(2, arguments.repeats),
                fresh=arguments.fresh,
                tell=teller(show),
            )
        finally:
            await plan.sandbox.close()

    return run_to_end(check()), plan.task.profile, plan.sandbox.name


def teller(show: Observer) -> Tell:
    def tell(kind: str, attempt: str = "", **data: object) -> None:
        show(Event(number=-1, time=time.time(), kind=kind, attempt=attempt, data=data))

    return tell


# ---- the report ----


def print_report(report: BenchmarkReport, *, as_json: bool, markdown: bool) -> None:
    if as_json:
        print(json.dumps(report_json(report), ensure_ascii=False))
    elif markdown:
        print("\n".join(markdown_lines(report)))
    else:
        from rich.markup import escape
        from rich.table import Table

        table = Table(*COLUMNS, title=title(report), title_justify="left")
        for check in report.checks:
            *cells, verdict = (escape(cell) for cell in row(check))
            table.add_row(*cells, f"[{STYLES[check.state]}]{verdict}[/]")
        open_console().print(table)
        print("\n".join(closing_lines(report)))


def report_json(report: BenchmarkReport) -> dict[str, object]:
    return {
        "version": 1,
        "benchmark": report.benchmark,
        "profile": report.profile,
        "sandbox": report.sandbox,
        "failed": bool(report.failed),
        "deciding_level": report.level,
        "tasks": [{**each.model_dump(mode="json"), "gap": each.gap} for each in report.checks],
    }


def markdown_lines(report: BenchmarkReport) -> list[str]:
    from agentkit.runs.machine import describe_machine

    machine = describe_machine()
    where = f"{machine['processor']}, {machine['cores']} cores, Python {machine['python']}"
    lines = [f"{title(report)}; {where}.", ""]
    lines += [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
    for check in report.checks:
        cells = [cell.replace("|", "\\|").replace("\n", " ") for cell in row(check)]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, "", *closing_lines(report)]


def title(report: BenchmarkReport) -> str:
    profile = f" --profile {report.profile}" if report.profile else ""
    return f"{report.benchmark}{profile} in {report.sandbox}" if report.sandbox else report.benchmark


def row(check: TaskCheck) -> tuple[str, ...]:
    """As in COLUMNS."""
    verdict = f"{check.state}: {check.reason}" if check.reason else check.state
    ends = check.ends
    if ends is None:
        return (check.task, *["–"] * 6, verdict)
    unit = f" {ends.unit}".rstrip()
    if ends.gap_in_errors is not None:
        noise = f"{ends.gap_in_errors:.1f} se, {ends.pairs} pairs"
    else:
        noise = f"none in {ends.pairs} pairs"
    return (
        check.task,
        f"{ends.start:.4g}{unit} ({ends.start_sd:.2g})",
        f"{ends.target:.4g}{unit} ({ends.target_sd:.2g})",
        f"{abs(ends.start - ends.target):.3g}{unit}",
        noise,
        told(check.oracle),
        told(check.nop),
        verdict,
    )


def told(landing: Landing | None) -> str:
    if landing is None:
        return "–"
    if landing.low is None or landing.high is None:
        return f"{landing.fsr:z.2f} [unbounded]"
    missed = "" if landing.holds else MISSES
    return f"{landing.fsr:z.2f} [{landing.low:z.2f}, {landing.high:z.2f}]{missed}"


def closing_lines(report: BenchmarkReport) -> list[str]:
    states = [each.state for each in report.checks]
    counts = [f"{states.count(each)} {each}" for each in STYLES if each in states]
    lines = [f"{len(states)} tasks: {', '.join(counts)}."]
    landings = [each for check in report.checks for each in (check.oracle, check.nop) if each is not None]
    if landings:
        missed = sum(not each.holds for each in landings)
        lines += [
            "noise: the gap in its own standard errors; it is measurable from 3.",
            f"[low, high]: 95 %. Of {len(landings)}, {missed} miss 1 or 0 ({MISSES}); by chance alone "
            f"{0.05 * len(landings):.1f} would. A task fails where one of {100 * report.level:.2f} % misses.",
        ]
    if "not measurable" in states:
        lines.append(
            "not measurable: on this machine the gap is within its noise; no score of it means much."
        )
    lines.append(f"Failed: {', '.join(report.failed)}." if report.failed else "No task failed.")
    return lines
