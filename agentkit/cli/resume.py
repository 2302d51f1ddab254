"""`agentkit resume RUN`: go on with a run that was stopped, killed, or ended on its budget."""

from __future__ import annotations

import argparse
from pathlib import Path

from agentkit.cli.follow import follow
from agentkit.cli.solve import exit_code
from agentkit.cli.solve_flags import add_setting_flags, read_setting_flags
from agentkit.contracts.budget import Budget
from agentkit.contracts.events import Observer
from agentkit.runs.run import Run

MAY_CHANGE = (*Budget.model_fields, "target", "patience", "shared_budget", "width", "runs_folder")
"""Caps, reasons to stop and where to look; anything else would make it another run."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="the run's folder, its name, the start of its name, or `latest`")
    parser.add_argument("--json", action="store_true", help="One JSON object on stdout at the end.")
    parser.add_argument("--quiet", "-q", action="store_true", help="No live view.")
    add_setting_flags(parser, MAY_CHANGE)


def run(arguments: argparse.Namespace) -> int:
    from agentkit.runs.folder import open_run
    from agentkit.runs.solve import carry_out, plan_again, run_to_end

    changes = read_setting_flags(arguments)
    folder = open_run(arguments.run, Path(changes.get("runs_folder", "runs")))
    plan = plan_again(folder, changes)

    def work(observer: Observer) -> Run:
        return run_to_end(carry_out(plan, folder, [observer]))

    return exit_code(follow(work, folder, json=arguments.json, quiet=arguments.quiet))
