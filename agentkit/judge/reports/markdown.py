"""A judge's report in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from agentkit.contracts.rubric import JudgeReport, Verdict
from agentkit.judge.reports.outline import Branch, facts, headline, mark, outline, percent, place_of

DEEPEST_HEADING = 6


def markdown(report: JudgeReport) -> str:
    lines = [f"# {one_line(report.rubric)}: {headline(report)}", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {cell(text)} |" for name, text in facts(report)]
    if report.notes:
        lines += ["", *(f"- {one_line(note)}" for note in report.notes)]
    if report.suspects:
        lines += ["", "## Text that speaks to the judge", "", "| where | rule | text |", "|---|---|---|"]
        lines += [
            f"| {cell(each.path)}:{each.line} | {cell(each.rule)} | {cell(each.quote)} |"
            for each in report.suspects
        ]
    lines += branch_lines(outline(report), 2)
    return "\n".join(lines) + "\n"


def branch_lines(branch: Branch, depth: int) -> Iterator[str]:
    leaves = [each for each in branch.parts if isinstance(each, Verdict)]
    if leaves:
        yield from ("", "| id | weight | mark | criterion | evidence |", "|---|---|---|---|---|")
        yield from (leaf_row(leaf) for leaf in leaves)
    for each in branch.parts:
        if isinstance(each, Branch):
            score = f"{percent(each.score.score)} of {percent(each.score.weight)}"
            heading = "#" * min(depth, DEEPEST_HEADING)
            yield from ("", f"{heading} {one_line(each.score.id)} {one_line(each.score.text)} ({score})")
            yield from branch_lines(each, depth + 1)


def leaf_row(leaf: Verdict) -> str:
    where = "; ".join(f"{place_of(each)} ({each.status})" for each in leaf.citations)
    flags = f" [{', '.join(leaf.flags)}]" if leaf.flags else ""
    evidence = " ".join(part for part in (leaf.evidence, where) if part) + flags
    cells = (leaf.id, percent(leaf.weight), mark(leaf), leaf.text, evidence)
    return "| " + " | ".join(map(cell, cells)) + " |"


def one_line(text: str) -> str:
    return " ".join(text.split())


def cell(text: str) -> str:
    """A table's cell: what a candidate wrote can neither end it nor become markup."""
    escaped = one_line(text).replace("\\", "\\\\")
    for character in "|`*_[]<>":
        escaped = escaped.replace(character, f"\\{character}")
    return escaped
