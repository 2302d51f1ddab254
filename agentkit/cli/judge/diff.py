"""`agentkit judge diff BEFORE AFTER`: which leaves two reports judge differently."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from agentkit.cli.figures import say_count

if TYPE_CHECKING:
    from agentkit.contracts.rubric import JudgeReport, Verdict
    from agentkit.judge.reports.difference import Change

DIFFERENT = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    for name in ("before", "after"):
        parser.add_argument(name, metavar=name.upper(), help="a judging's folder, a report.json, or a run")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--runs-folder", metavar="DIR", help="where runs are kept; else as the settings say")
    parser.epilog = "Exit code 1: a leaf is judged differently."


def run(arguments: argparse.Namespace) -> int:
    import json

    from agentkit.cli.judge.reading import find_report
    from agentkit.judge.reports.difference import difference

    before, after = (
        find_report(each, arguments.runs_folder)[0] for each in (arguments.before, arguments.after)
    )
    changes = difference(before, after)
    if arguments.json:
        told = {
            "version": 1,
            "before": before.score,
            "after": after.score,
            "changes": list(map(plain, changes)),
        }
        print(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        print("\n".join(describe(before, after, changes)))
    return DIFFERENT if changes else 0


def plain(change: Change) -> dict[str, object]:
    def word(verdict: Verdict | None) -> dict[str, object] | None:
        return (
            None
            if verdict is None
            else verdict.model_dump(mode="json", include={"status", "score", "weight"})
        )

    return {
        "id": change.id,
        "before": word(change.before),
        "after": word(change.after),
        "effect": change.effect,
    }


def describe(before: JudgeReport, after: JudgeReport, changes: list[Change]) -> Iterator[str]:
    from agentkit.judge.reports.outline import headline, mark

    def word(verdict: Verdict | None) -> str:
        return "not there" if verdict is None else mark(verdict)

    if before.rubric_digest != after.rubric_digest:
        yield "The rubrics differ: leaves are matched by id, and the scores do not compare."
    if before.snapshot_digest != after.snapshot_digest:
        yield "The works differ."
    for change in changes:
        effect = "" if change.effect is None else f"  {100 * change.effect:+.1f} points of 100"
        text = (change.after or change.before or after.verdicts[0]).text
        yield f"  {change.id}: {word(change.before)} -> {word(change.after)}{effect}  {text}"
    same = len(after.verdicts) - sum(change.after is not None for change in changes)
    differ = say_count(len(changes), "leaf", "leaves")
    yield f"{headline(before)} -> {headline(after)}; {differ} judged differently, {same} alike."
