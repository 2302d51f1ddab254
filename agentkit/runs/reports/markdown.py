"""A report in Markdown; its figures are files beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agentkit.judge.reports.markdown import cell
from agentkit.runs.reports.report import Report
from agentkit.runs.reports.section import Section, Table


def markdown(report: Report, figures: Mapping[str, str]) -> str:
    """`figures`: key of a section to the address of its figure."""
    lines = [f"# {cell(report.title)}", ""]
    lines += [f"> **{cell(warning)}**\n>" for warning in report.warnings]
    lines += ["", "| | |", "|---|---|", *(f"| {name} | {cell(text)} |" for name, text in report.facts)]
    for section in report.sections:
        lines += section_lines(section, figures)
    lines += ["", "## Runs without a score", ""]
    lines += list(table_lines(report.silent)) if report.silent.rows else ["None."]
    if (more := report.silent_runs - len(report.silent.rows)) > 0:
        lines += ["", f"And {more:,} more."]
    return "\n".join(lines) + "\n"


def section_lines(section: Section, figures: Mapping[str, str]) -> Iterator[str]:
    yield from ("", f"## {cell(section.title)}", "", cell(section.finding), "")
    if section.key in figures:
        yield from (f"![{cell(section.title)}]({figures[section.key]})", "")
    yield from table_lines(section.table)
    for note in section.notes:
        yield from ("", cell(note))


def table_lines(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(map(cell, table.columns))} |"
    yield "|" + "---|" * len(table.columns)
    for row in table.rows:
        yield f"| {' | '.join(map(cell, row))} |"
