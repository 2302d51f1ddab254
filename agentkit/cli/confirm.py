"""`agentkit confirm RUN`, or `agentkit confirm TASK --candidate FOLDER`: is it a record?"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.cli.figures import say_count, say_number
from agentkit.cli.runs import find_runs_folder
from agentkit.cli.solve_flags import add_setting_flags, read_setting_flags
from agentkit.cli.views import View, choose_view
from agentkit.contracts.confirmation import ClaimTest, Confirmation, Design, Verdict
from agentkit.contracts.events import Event
from agentkit.errors import UsageError

if TYPE_CHECKING:
    from agentkit.runs.folder import RunFolder
    from agentkit.search.progress import Tell
    from agentkit.settings import Settings

NO_RECORD = 1
ALPHA = 0.01
MOST_BEFORE_FIRST_LOOK = 50
DISTURBED_SHOWN = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "subject", metavar="RUN|TASK", help="a run, as for `agentkit show`; with --candidate, a task"
    )
    parser.add_argument(
        "--candidate",
        metavar="FOLDER",
        help="Confirm these files, which need no run: a folder, laid over the task's start files; "
        "or `start`, or `solution`.",
    )
    parser.add_argument(
        "--against",
        metavar="FOLDER",
        help="With --candidate: what they must be better than; as there. Default: start.",
    )
    parser.add_argument(
        "--alpha", type=float, metavar="P", help="Chance of a false record, at most. Default: 0.01."
    )
    parser.add_argument(
        "--pairs",
        type=int,
        metavar="N",
        help="Pairs before the first look; the next come after 2 N and 3 N, which is the end. "
        "Default: the fewest that can pass, 8 at alpha 0.01.",
    )
    parser.add_argument("--json", action="store_true", help="One JSON object on stdout at the end.")
    parser.add_argument("--quiet", "-q", action="store_true", help="No live view.")
    parser.add_argument("--runs-folder", metavar="DIR", help="where runs are kept; else as the settings say")
    add_setting_flags(parser, ("profile", "sandbox", "cache_folder"))


def run(arguments: argparse.Namespace) -> int:
    design = read_design(arguments.alpha, arguments.pairs)
    if arguments.against is not None and arguments.candidate is None:
        raise UsageError(
            "--against goes with --candidate; a run's answer is compared with the task's start files.",
            "Next: agentkit confirm TASK --candidate FOLDER --against FOLDER",
        )
    view = choose_view(json=arguments.json, stderr_is_terminal=sys.stderr.isatty(), quiet=arguments.quiet)
    with view:
        confirm = confirm_answer if arguments.candidate is None else confirm_files
        confirmation = confirm(arguments, design, view)
    assert confirmation.verdict is not None, "confirm() decides"
    if arguments.json:
        print(confirmation.model_dump_json())
    else:
        print("\n".join(describe(confirmation, confirmation.verdict)))
    return 0 if confirmation.verdict.record else NO_RECORD


def read_design(alpha: float | None, pairs: int | None) -> Design | None:
    """None: neither was given."""
    from agentkit.statistics.staged import plan_looks

    if alpha is None and pairs is None:
        return None
    if pairs is not None and pairs > MOST_BEFORE_FIRST_LOOK:
        raise UsageError(f"--pairs is at most {MOST_BEFORE_FIRST_LOOK}, found {pairs}.")
    try:
        return plan_looks(ALPHA if alpha is None else alpha, pairs)
    except ValueError as error:
        text = str(error)
        raise UsageError(f"{text[0].upper()}{text[1:]}.", "Next: agentkit confirm --help") from error


def confirm_answer(arguments: argparse.Namespace, design: Design | None, view: View) -> Confirmation:
    from agentkit.runs.confirm import confirm_run
    from agentkit.runs.confirming.opponents import plan_for_run
    from agentkit.runs.folder import open_run
    from agentkit.runs.solve import run_to_end

    if "/" in arguments.subject and not Path(arguments.subject, "run.json").is_file():
        raise UsageError(
            f"'{arguments.subject}' is no run's folder.",
            "Next: agentkit runs; or, for a task, say which files: --candidate FOLDER",
        )
    folder = open_run(arguments.subject, find_runs_folder(arguments.runs_folder, os.environ, Path.cwd()))
    plan = plan_for_run(folder, read_setting_flags(arguments))
    return run_to_end(confirm_run(plan, folder, design, tell=teller(view, plan.settings)))


def confirm_files(arguments: argparse.Namespace, design: Design | None, view: View) -> Confirmation:
    from agentkit.journal.blobs import Blobs
    from agentkit.runs.confirm import Place, confirm, task_path
    from agentkit.runs.confirming.opponents import START, opponents_of_task, plan_measuring
    from agentkit.runs.interleaved import make_cache
    from agentkit.runs.solve import run_to_end

    plan = plan_measuring(arguments.subject, read_setting_flags(arguments))
    cache = plan.settings.cache_folder
    make_cache(cache / "confirmations")
    blobs = Blobs(cache / "confirmations" / "blobs")
    opponents = opponents_of_task(plan.task, arguments.candidate, arguments.against or START, blobs)
    path = task_path(plan.task, plan.sandbox, opponents, cache)
    place = Place(plan.task, plan.sandbox, cache, path)
    return run_to_end(confirm(place, opponents, design, tell=teller(view, plan.settings)))


def teller(view: View, settings: Settings) -> Tell:
    """What is told on the way loses its secrets, as in a run."""
    from agentkit.runs.boundary import guarded_observer, redactor_for

    show = guarded_observer(view, redactor_for(settings))

    def tell(kind: str, attempt: str = "", **data: object) -> None:
        show(Event(number=-1, time=time.time(), kind=kind, attempt=attempt, data=data))

    return tell


def describe(confirmation: Confirmation, verdict: Verdict) -> Iterator[str]:
    """The verdict, what carries it, and what would be needed if it is not enough."""
    yield f"{headline(verdict)} ({confirmation.task}, {confirmation.candidate})"
    yield (
        f"  Compared with {confirmation.against} on {say_count(verdict.pairs, 'fresh seed')}, in turn, "
        f"on this machine in {verdict.isolation or confirmation.sandbox}."
    )
    for test in verdict.tests:
        yield f"  {say_test(confirmation, test)}"
    if verdict.tests:
        looks = ", ".join(f"{look.level:g} after {look.pairs}" for look in verdict.design.looks)
        yield (
            f"  Each p must be at most {verdict.level:g} at this look: "
            f"alpha {verdict.design.alpha:g} is divided, {looks} pairs."
        )
    yield from say_doubts(verdict)
    if verdict.needed is not None:
        more = say_count(verdict.needed - verdict.pairs, "more pair")
        yield f"  At this noise about {more} would be needed, {verdict.needed} in all, to pass 4 times of 5."


def say_confirmed(folder: RunFolder, attempt: str) -> str:
    """One line on the confirmation of a run's answer, and where the rest is."""
    from agentkit.contracts.confirmation import Confirmation
    from agentkit.runs.confirm import FILE
    from agentkit.runs.kept import read_kept

    found = read_kept(Confirmation, folder.path / FILE)
    if found is None or not found.candidate.startswith(f"attempt {attempt} of "):
        return "The answer was not confirmed; an earlier one was."
    if found.verdict is None:
        done = say_count(len(found.contests), "pair")
        return f"Its confirmation has {done} so far. Next: agentkit confirm {folder.name}"
    return f"{headline(found.verdict)}. More: agentkit confirm {folder.name}"


def headline(verdict: Verdict) -> str:
    return f"{'A record' if verdict.record else 'No record'}: {verdict.reason}"


def say_test(confirmation: Confirmation, test: ClaimTest) -> str:
    """The means, the estimate with its interval, and both p values."""
    level = f"{100 * (1 - 2 * level_of(confirmation)):.3g} % interval"
    figures = [test.estimate.value, test.estimate.low, test.estimate.high]
    words = ("better", "worse") if test.claim == "better" else ("on the good side", "on the wrong side")
    if test.ratio:
        words = ("less", "more") if confirmation.metric.lower_is_better else ("more", "less")
    if figures[0] < 0:
        figures, words = [-figures[0], -figures[2], -figures[1]], words[::-1]
    percent = " %" if test.ratio else ""
    found, low, high = (f"{100 * each:.2f}" if test.ratio else say_number(each) for each in figures)
    estimate = f"{found}{percent} {words[0]} ({level} {low} … {high}{percent})"
    unit = f" {confirmation.metric.unit}".rstrip() if test.claim == "better" else ""
    limit = "against" if test.claim == "better" else "with the limit"
    return (
        f"{test.name}: mean {test.candidate:.5g}{unit} {limit} {test.other:.5g}{unit}: {estimate}; "
        f"p = {test.t:.2g} (t test), {test.ranks:.2g} (signed ranks)"
    )


def level_of(confirmation: Confirmation) -> float:
    assert confirmation.verdict is not None
    return confirmation.verdict.level


def say_doubts(verdict: Verdict) -> Iterator[str]:
    for fault in verdict.faults[1:]:
        yield f"  Also, the candidate {fault}."
    if verdict.missed and not verdict.faults:
        runs = say_count(verdict.missed, "run")
        yield f"  {runs} of the candidate missed the limit; all of them are in the mean."
    for line in verdict.disturbed[:DISTURBED_SHOWN]:
        yield f"  Disturbed, and counted: {line}."
    if len(verdict.disturbed) > DISTURBED_SHOWN:
        yield f"  … and {len(verdict.disturbed) - DISTURBED_SHOWN} more disturbed measurements."
    if verdict.trust != "verified":
        yield "  The candidate could have forged these figures: the task's evaluator does not verify them."
    if verdict.isolation == "local":
        yield "  It ran without a sandbox, so files that a task hides could be read."
