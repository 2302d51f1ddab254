"""`agentkit explain RUN ATTEMPT`: why it was made, what the model was shown, what it cost and changed."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.cli.attempt_page import Page, print_diff
from agentkit.cli.console import open_console
from agentkit.cli.figures import say_count, say_dollars, say_seconds
from agentkit.cli.runs import find_runs_folder
from agentkit.cli.sentences import STAGES, say_outcome
from agentkit.errors import UsageError
from agentkit.runs.folder import open_run

if TYPE_CHECKING:
    from agentkit.contracts.attempt import Cost
    from agentkit.runs.explain import Explanation, Shown


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="+",
        metavar="[RUN] ATTEMPT",
        help="an attempt, as `a3`, of the latest run; or RUN a3; or RUN/a3",
    )
    parser.add_argument(
        "--full", action="store_true", help="cut nothing: the whole prompts and the whole diff"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, with nothing cut")
    parser.add_argument("--runs-folder", metavar="DIR", help="where runs are kept; else as the settings say")


def run(arguments: argparse.Namespace) -> int:
    from agentkit.runs.explain import explain

    reference, attempt = read_words(arguments.words)
    folder = open_run(reference, find_runs_folder(arguments.runs_folder, os.environ, Path.cwd()))
    explanation = explain(folder, attempt)
    if arguments.json:
        plain = asdict(explanation)
        costs = {"cost": explanation.cost.model_dump(mode="json")}
        told = [
            {
                **asdict(each),
                "cost": each.cost.model_dump(mode="json"),
                "prompt_files": dict(each.prompt_files),
            }
            for each in explanation.shown
        ]
        print(json.dumps({"version": 1, **plain, **costs, "shown": told}, ensure_ascii=False, default=dict))
    else:
        print_explanation(explanation, Page(open_console(), arguments.full))
    return 0


def read_words(words: list[str]) -> tuple[str, str]:
    """Run and attempt, from `a3`, `RUN a3` or `RUN/a3`."""
    if len(words) > 2:
        raise UsageError(
            f"Expected a run and an attempt; found {len(words)} words: {' '.join(words)}.",
            "Next: agentkit explain RUN a3",
        )
    if len(words) == 2:
        return words[0], words[1]
    run, slash, attempt = words[0].rpartition("/")
    if slash and not run or not attempt:
        raise UsageError(f"'{words[0]}' names no attempt.", "Next: agentkit explain RUN a3, or RUN/a3")
    return (run, attempt) if slash else ("latest", attempt)


def print_explanation(told: Explanation, page: Page) -> None:
    origin = " and ".join(told.parents) or "the start files"
    page.line(f"{told.attempt} of {told.run}: {told.operator} of {origin}", "bold")
    page.heading("Why")
    for sentence in told.why:
        page.line(f"  {sentence}")
    for each in told.shown:
        print_shown(page, each)
    if not told.shown:
        page.heading("What the model was shown")
        nothing = "It was not kept." if told.cost.calls else "Nothing: no model was asked."
        page.line(f"  {nothing}")
    page.heading("What it cost")
    page.line(f"  {say_cost(told.cost)}")
    page.heading("What it changed")
    if told.changed_lines is None:
        page.line("  It has not come so far.")
    else:
        page.line(f"  {say_count(told.changed_lines, 'line')}")
    if told.diff.strip():
        print_diff(page, told.diff)
    page.heading("What came of it")
    page.line(f"  {say_outcome(told.outcome)}" if told.outcome else "  It has not been measured yet.")
    if told.lesson:
        page.block(told.lesson)
    if not told.finished:
        page.line("  The attempt is not finished.")


def print_shown(page: Page, each: Shown) -> None:
    page.heading(f"What the model was shown: {STAGES.get(each.stage, each.stage)} ({each.key})")
    files = ", ".join(f"{name}.md {digest}".rstrip() for name, digest in each.prompt_files.items())
    if files:
        page.line(f"  Prompt files: {files}", "dim")
    page.line(f"  {len(each.text):,} characters, blob {each.blob[:16]}; {say_cost(each.cost)}", "dim")
    system, user, request = each.text.partition("[user]\n")
    if page.full or not user:
        page.block(each.text)
    else:
        page.line(f"  [system] {say_count(len(system.split()), 'word')}, --full shows them; [user]", "dim")
        page.block(request)


def say_cost(cost: Cost) -> str:
    parts = [
        say_count(cost.calls, "call"),
        f"{cost.input_tokens:,} tokens in, {cost.output_tokens:,} out",
        say_dollars(cost.dollars),
        f"{say_seconds(cost.seconds)} of waiting for models",
    ]
    if cost.gpu_seconds:
        parts.append(f"{cost.gpu_seconds:.1f} GPU-seconds")
    if cost.lost_calls:
        parts.append(f"{say_count(cost.lost_calls, 'call')} cut off, counted at the most they may have cost")
    return ", ".join(parts)
