"""`agentkit judge explain REPORT [LEAF]`: what a verdict rests on."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from agentkit.errors import UnknownName

if TYPE_CHECKING:
    from agentkit.contracts.rubric import Citation, JudgeReport, Verdict, Vote


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("report", metavar="REPORT", help="a judging's folder, a report.json, or a run")
    parser.add_argument(
        "leaves", nargs="*", metavar="LEAF", help="ids, or the start of ids; without any: what was not passed"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--runs-folder", metavar="DIR", help="where runs are kept; else as the settings say")


def run(arguments: argparse.Namespace) -> int:
    import json

    from agentkit.cli.judge.reading import find_report

    report, _ = find_report(arguments.report, arguments.runs_folder)
    chosen = choose(report, arguments.leaves)
    if arguments.json:
        told = [verdict.model_dump(mode="json") for verdict in chosen]
        print(json.dumps({"version": 1, "verdicts": told}, indent=2, ensure_ascii=False))
        return 0
    print("\n\n".join("\n".join(explain(verdict)) for verdict in chosen) or "Every leaf was passed.")
    return 0


def choose(report: JudgeReport, names: list[str]) -> list[Verdict]:
    if not names:
        return [verdict for verdict in report.verdicts if verdict.status != "passed"]
    chosen: dict[str, Verdict] = {}
    for name in names:
        found = [each for each in report.verdicts if each.id == name] or [
            each for each in report.verdicts if each.id.startswith(name)
        ]
        if not found:
            known = [verdict.id for verdict in report.verdicts]
            raise UnknownName("leaf", name, known, [f"the rubric '{report.rubric}'"])
        chosen.update((each.id, each) for each in found)
    return list(chosen.values())


def explain(verdict: Verdict) -> Iterator[str]:
    from agentkit.judge.reports.outline import mark, percent

    share = percent(verdict.weight)
    yield f"{verdict.id}: {mark(verdict)}, {share} of the whole, decided by {verdict.method}"
    yield f"  {verdict.text}"
    if verdict.evidence:
        yield f"  evidence: {verdict.evidence}"
    yield from (f"  note: {flag}" for flag in verdict.flags)
    for citation in verdict.citations:
        yield from cited(citation, "  ")
    for vote in verdict.votes:
        yield from voted(vote)


def voted(vote: Vote) -> Iterator[str]:
    from agentkit.judge.reports.outline import occasion, percent

    said = "abstained" if vote.score is None else percent(vote.score)
    said = f"failed: {vote.error}" if vote.error else said
    sure = f", {vote.confidence} confidence" if vote.confidence else ""
    yield f"  {vote.judge} ({vote.model}), {occasion(vote)}: {said}{sure}"
    if vote.expectations:
        yield f"    expected: {vote.expectations}"
    if vote.reality:
        yield f"    found: {vote.reality}"
    for citation in vote.citations:
        yield from cited(citation, "    ")


def cited(citation: Citation, indent: str) -> Iterator[str]:
    from agentkit.judge.reports.outline import place_of

    reason = f" ({citation.reason})" if citation.reason else ""
    yield f"{indent}{citation.status}: {place_of(citation)}{reason}"
    yield from (f"{indent}  | {line}" for line in citation.quote.splitlines())
