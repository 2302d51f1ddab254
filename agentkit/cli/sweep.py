"""`agentkit sweep FILE`: a grid of runs, planned, carried out, and resumed by the same command."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.errors import BudgetSpent, RunFailed, UsageError

if TYPE_CHECKING:
    from agentkit.cli.sweep_plan import SweepPlan
    from agentkit.contracts.sweep import CellRow, Engine
    from agentkit.runs.sweeps.begin import Sweep
    from agentkit.runs.sweeps.drive import Drive
    from agentkit.runs.sweeps.place import SweepFolder

LOCAL = "local"
REASONS_SHOWN = 8

EPILOG = """\
The same command goes on with a sweep that was stopped or killed: a finished run is known by what it was told.
docs/sweeps.md has the file's form, and what becomes of runs that fail."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("file", metavar="FILE", help="a sweep file, as in docs/sweeps.md")
    parser.add_argument("--out", metavar="DIR", help="The sweep's folder. Default: sweeps/NAME OF THE FILE.")
    parser.add_argument("--dry-run", action="store_true", help="Show the plan and its cost; spend nothing.")
    parser.add_argument(
        "--only", metavar="AXIS=VALUE", action="append", default=[],
        help="Only runs with this value. Repeatable: of one axis any of them, of several axes all.",
    )  # fmt: skip
    parser.add_argument("--limit", metavar="N", type=int, help="Begin at most N runs that are not over.")
    parser.add_argument("--workers", metavar="N", type=int, help="Runs at once; else as the engine sees fit.")
    parser.add_argument("--engine", metavar="NAME", default=LOCAL, help="What runs them. Default: local.")
    parser.add_argument(
        "--again", action="store_true", help="Give runs that failed or were refused new tries; old ones stay."
    )
    parser.add_argument("--most-runs", metavar="N", type=int, help="Runs a file may ask for. Default: 10000.")
    parser.add_argument(
        "--yes", "-y", action="store_true", help="Begin without asking, whatever it may cost."
    )
    parser.add_argument("--json", action="store_true", help="One JSON object on stdout at the end.")
    parser.add_argument("--quiet", "-q", action="store_true", help="No live view.")


def run(arguments: argparse.Namespace) -> int:
    from agentkit.cli.sweep_plan import ask_first, describe, make_sweep_plan
    from agentkit.runs.sweeps.place import held

    check_numbers(arguments)
    sweep = open_file(arguments)
    if arguments.dry_run:
        plan = make_sweep_plan(sweep, arguments)
        print(json.dumps(plan.told()) if arguments.json else "\n".join([*describe(plan), "Nothing was run."]))
        return 0
    with held(sweep.path):
        plan = make_sweep_plan(open_file(arguments), arguments)  # as it is now that nobody else changes it
        if not arguments.quiet:
            print("\n".join(describe(plan)), file=sys.stderr)
        if plan.todo and not arguments.yes:
            ask_first(plan)
        return carry_out(plan, arguments)


def check_numbers(arguments: argparse.Namespace) -> None:
    for name in ("limit", "workers", "most_runs"):
        value = getattr(arguments, name)
        if value is not None and value < 1:
            raise UsageError(f"--{name.replace('_', '-')} is at least 1, found {value}.")


def open_file(arguments: argparse.Namespace) -> Sweep:
    from agentkit.runs.sweeps.begin import open_or_plan
    from agentkit.runs.sweeps.file import read_sweep_file
    from agentkit.runs.sweeps.grid import MOST_CELLS, read_grid

    file = Path(arguments.file)
    source = read_sweep_file(file)
    grid = read_grid(source, arguments.most_runs or MOST_CELLS)
    return open_or_plan(source, grid, Path(arguments.out or Path("sweeps", file.stem)))


def carry_out(plan: SweepPlan, arguments: argparse.Namespace) -> int:
    """Until every run of the plan is over, or cannot go on now."""
    from agentkit.cli.sweep_view import choose_sweep_view
    from agentkit.runs.sweeps.begin import give_new_tries
    from agentkit.runs.sweeps.drive import Drive
    from agentkit.runs.sweeps.stopping import stopped_by_signals

    folder = plan.sweep.lay_out()
    engine = open_engine(folder, plan, arguments)
    rows = give_new_tries(folder, [folder.row(row.spec) for row in plan.todo], failed=arguments.again)
    view = choose_sweep_view(plan, json=arguments.json, quiet=arguments.quiet)
    drive = Drive(folder, engine, plan.sweep.source.file.retry, view)
    try:
        with stopped_by_signals(), view:
            drive.run([row.spec for row in rows])
    finally:
        print(f"The sweep is kept in {folder.path}; the same command goes on with it.", file=sys.stderr)
    return report(plan, folder, drive, as_json=arguments.json)


def open_engine(folder: SweepFolder, plan: SweepPlan, arguments: argparse.Namespace) -> Engine:
    told = dict(plan.sweep.source.file.engine.get(arguments.engine, {}))
    if arguments.workers is not None:
        told["workers"] = arguments.workers
    if arguments.engine != LOCAL:
        from agentkit.catalog import open_catalog
        from agentkit.runs.engines.open import open_engine as open_plugin

        return open_plugin(open_catalog(), arguments.engine, folder.path, told, plan.sweep.source.path)
    from agentkit.runs.sweeps.pool import open_pool

    return open_pool(told, plan.sweep.source)


def report(plan: SweepPlan, folder: SweepFolder, drive: Drive, *, as_json: bool) -> int:
    """Every cell of the file, also those that were not worked on now. 0: all are finished."""
    rows = folder.rows()
    if as_json:
        told = {
            "version": 1,
            "folder": str(folder.path),
            "states": Counter(row.state for row in rows),
            "runs": [{"digest": row.spec.digest, **row.model_dump(mode="json")} for row in rows],
            "stopped": drive.spent,
        }
        print(json.dumps(told))
    else:
        print("\n".join(conclude(rows, folder)), file=sys.stderr)
    if drive.spent:
        raise BudgetSpent(
            f"The sweep's budget leaves no room: {drive.spent}",
            f"Next: raise [budget] in {plan.sweep.source.path}, then the same command",
        )
    worked = {row.spec.digest for row in plan.todo}
    bad = [row for row in rows if row.spec.digest in worked and row.state != "finished"]
    return RunFailed.exit_code if bad else 0


def conclude(rows: Sequence[CellRow], folder: SweepFolder) -> Iterator[str]:
    """Counts, and why those that are not finished are not."""
    from agentkit.cli.figures import say_count, shorten

    states = Counter(row.state for row in rows)
    counts = ", ".join(f"{count:,} {state}" for state, count in states.most_common())
    yield f"{say_count(len(rows), 'run')}: {counts}."
    reasons = Counter((row.state, row.reason) for row in rows if row.state in ("failed", "refused"))
    for (state, reason), count in reasons.most_common(REASONS_SHOWN):
        yield f"  {count:,} {state}: {shorten(reason, 200)}"
    if len(reasons) > REASONS_SHOWN:
        yield f"  … and {len(reasons) - REASONS_SHOWN} other reasons"
    if reasons:
        yield "  Why is in cells/*/tries.jsonl and cells/*/worker.log; --again gives them new tries."
    if states["finished"]:
        yield f"Next: agentkit table {folder.path}"
