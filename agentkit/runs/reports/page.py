"""A report as one HTML page that needs nothing else; its figures follow the reader's light or dark."""

from __future__ import annotations

import re

from markupsafe import Markup

from agentkit.judge.reports.pages import open_templates
from agentkit.runs.reports.report import MOST_LISTED, Report

JUDGE_PAGES = "agentkit.judge.reports"
"""Whose palette and style are also these pages'."""
OPEN_ROWS = 24
"""A table of no more lines is open from the start."""
NUMBER = re.compile(r"^[$−–\d][\d.,]*( to −?[\d.,]+)?$")


def page(report: Report) -> str:
    """Whatever a kit or a model wrote is escaped by the template engine; figures are drawn by us."""
    environment = open_templates(__package__, JUDGE_PAGES)
    environment.filters["drawn"] = Markup
    environment.tests["number"] = lambda text: bool(NUMBER.match(text))
    return environment.get_template("report.html").render(
        report=report, open_rows=OPEN_ROWS, most_listed=MOST_LISTED
    )


def picture(svg: str) -> str:
    """The figure as a file of its own, with the palette that a page would give it."""
    palette = open_templates(__package__, JUDGE_PAGES).get_template("figure.css").render()
    head, tail = svg.split(">", 1)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{head}>\n<style>\n{palette}\n</style>{tail}\n'
