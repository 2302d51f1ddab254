"""A judge's report as one HTML page that needs nothing else: no script, no font, no picture of others."""

from __future__ import annotations

from collections import Counter

from agentkit.contracts.rubric import Citation, JudgeReport
from agentkit.judge.reports.outline import Branch, facts, headline, mark, occasion, outline, percent, place_of
from agentkit.judge.reports.pages import open_templates


def page(report: JudgeReport) -> str:
    """Whatever a candidate or a judge wrote is escaped by the template engine."""
    environment = open_templates(__package__)
    environment.filters.update(
        percent=percent, mark=mark, place=place_of, numbered=numbered, occasion=occasion
    )
    environment.tests["branch"] = lambda part: isinstance(part, Branch)
    counts = sorted(Counter(verdict.status for verdict in report.verdicts).items())
    template = environment.get_template("page.html")
    return template.render(
        report=report,
        root=outline(report),
        headline=headline(report),
        facts=facts(report),
        counts=counts,
    )


def numbered(citation: Citation) -> list[tuple[int | str, str]]:
    """The quote's lines; with their numbers, where there are as many as the citation says."""
    lines = citation.quote.splitlines()
    if len(lines) != citation.last_line - citation.first_line + 1:
        return [("", line) for line in lines]
    return list(enumerate(lines, citation.first_line))
