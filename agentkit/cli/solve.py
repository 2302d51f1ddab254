"""`agentkit solve TASK`: one task, one scaffold, one model."""

from __future__ import annotations

import argparse
import sys

from agentkit.cli.follow import follow
from agentkit.cli.solve_flags import add_setting_flags, read_setting_flags
from agentkit.contracts.events import Observer
from agentkit.errors import RunFailed
from agentkit.runs.run import Run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", help="speedrun/record12, tasks/speedrun/record12, or a path to a task folder")
    parser.add_argument("--dry-run", action="store_true", help="Show the plan and its cost; spend nothing.")
    parser.add_argument("--json", action="store_true", help="One JSON object on stdout at the end.")
    parser.add_argument("--quiet", "-q", action="store_true", help="No live view.")
    add_setting_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    from agentkit.runs.folder import create_run
    from agentkit.runs.manifest import manifest
    from agentkit.runs.solve import carry_out, plan_solve, run_to_end

    plan = plan_solve(arguments.task, read_setting_flags(arguments))
    if arguments.dry_run:
        from agentkit.cli.dry_run import describe_plan

        print(describe_plan(plan, as_json=arguments.json))
        return 0
    folder = create_run(plan.settings.runs_folder, plan.task.reference, manifest(plan))

    def work(observer: Observer) -> Run:
        return run_to_end(carry_out(plan, folder, [observer]))

    return exit_code(follow(work, folder, json=arguments.json, quiet=arguments.quiet))


def exit_code(run: Run) -> int:
    """0 with an answer; 5 when the search ended without one."""
    if run.best is None:
        print("agentkit: the run ended without an answer.", file=sys.stderr)
        return RunFailed.exit_code
    return 0
