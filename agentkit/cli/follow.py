"""Watching a run to its end: the live view, then the report; the same for solve and resume."""

from __future__ import annotations

import sys
from collections.abc import Callable

from agentkit.cli.views import choose_view
from agentkit.contracts.events import Observer
from agentkit.errors import AgentkitError
from agentkit.runs.folder import RunFolder
from agentkit.runs.run import Run


def follow(work: Callable[[Observer], Run], folder: RunFolder, *, json: bool, quiet: bool) -> Run:
    """Run `work` under a view; everything but the JSON object goes to stderr.

    Whatever ends it, the user is told where the run is and how to go on with it.
    """
    view = choose_view(json=json, stderr_is_terminal=sys.stderr.isatty(), quiet=quiet)
    earlier = list(folder.events())
    try:
        with view:
            view.recall(earlier)
            run = work(view)
    except (KeyboardInterrupt, AgentkitError):
        # AgentkitError is printed by the one place that does; this only adds where to go on.
        print(f"The run is kept in {folder.path}.", file=sys.stderr)
        print(f"To go on with it: agentkit resume {folder.path}", file=sys.stderr)
        raise
    report(run, json=json)
    return run


def report(run: Run, *, json: bool) -> None:
    if json:
        print(run.summary.model_dump_json())
        return
    from rich.console import Console

    from agentkit.cli.report import print_report

    print_report(run.summary, run.diff(), Console(stderr=True))
