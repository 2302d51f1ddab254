"""`agentkit calibrate TASK`: measure both ends of a task on this machine."""

from __future__ import annotations

import argparse
import json
import sys

from agentkit.cli.solve_flags import add_setting_flags, read_setting_flags
from agentkit.cli.views import choose_view
from agentkit.contracts.events import Event
from agentkit.contracts.summary import ReferenceEnds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", help="as for `agentkit solve`")
    parser.add_argument("--pairs", type=int, default=3, metavar="N", help="At least this many. Default: 3.")
    parser.add_argument("--fresh", action="store_true", help="Measure again, whatever is known already.")
    parser.add_argument("--json", action="store_true", help="One JSON object on stdout at the end.")
    parser.add_argument("--quiet", "-q", action="store_true", help="No live view.")
    add_setting_flags(parser, ("profile", "sandbox", "cache_folder"))


def run(arguments: argparse.Namespace) -> int:
    import time

    from agentkit.runs.boundary import guarded, guarded_observer, redactor_for
    from agentkit.runs.calibrate import calibrate
    from agentkit.runs.plan import make_plan
    from agentkit.runs.solve import run_to_end
    from agentkit.runs.summarise import reference_ends

    # The oracle needs no model: calibrating runs shipped code only.
    plan = make_plan(arguments.task, {**read_setting_flags(arguments), "scaffold": "oracle"})
    redactor = redactor_for(plan.settings)
    plan = guarded(plan, redactor)
    view = choose_view(json=arguments.json, stderr_is_terminal=sys.stderr.isatty(), quiet=arguments.quiet)

    show = guarded_observer(view, redactor)

    def tell(kind: str, attempt: str = "", **data: object) -> None:
        show(Event(number=-1, time=time.time(), kind=kind, attempt=attempt, data=data))

    with view:
        calibration = run_to_end(
            calibrate(
                plan.task,
                plan.sandbox,
                plan.settings.cache_folder,
                pairs=arguments.pairs,
                fresh=arguments.fresh,
                tell=tell,
            )
        )
    ends = reference_ends(calibration, plan.task.metric)
    assert ends is not None, "calibrate() measured both ends"
    if arguments.json:
        print(json.dumps(ends.model_dump(mode="json")))
    else:
        print(describe_ends(plan.task.reference, ends))
    return 0


def describe_ends(task: str, ends: ReferenceEnds) -> str:
    """What was measured and what it means, in plain words."""
    if ends.gap_in_errors is not None:
        spread = f"{ends.gap_in_errors:.1f} standard errors"
    else:
        spread = "the same in every pair" if ends.measurable else "its noise unknown"
    start, target, gap = (
        f"{value:.4g} {ends.unit}".rstrip()
        for value in (ends.start, ends.target, abs(ends.start - ends.target))
    )
    verdict = "so it can be measured here" if ends.measurable else "which is within its noise here"
    return "\n".join(
        [
            f"{task} on this machine, {ends.metric} over {ends.pairs} pairs of equal seeds:",
            f"  start      {start} (sd {ends.start_sd:.2g})",
            f"  reference  {target} (sd {ends.target_sd:.2g})",
            f"  The gap is {gap}, {spread}, {verdict}.",
        ]
    )
