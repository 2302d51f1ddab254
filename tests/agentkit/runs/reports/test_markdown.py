from __future__ import annotations

import re
from dataclasses import replace

from agentkit.runs.reports.markdown import markdown
from agentkit.runs.reports.section import Section, Table
from tests.agentkit.runs.reports.test_page import REPORT


def test_all_that_is_on_the_page_is_here() -> None:
    text = markdown(REPORT, {"k": "report_figures/k.svg"})
    assert text.startswith("# ablation\n\n> **SIMULATION: nobody was asked.**")
    assert (
        "## Scores\n\nIt is so.\n\n![Scores](report_figures/k.svg)\n\n| name | score | interval |\n" in text
    )
    assert "| aide | −0.12 | −0.20 to 0.10 |" in text
    assert text.endswith("| state | why |\n|---|---|\n| failed | It broke. |\n")


def test_without_a_figure_there_is_no_dead_address() -> None:
    assert "![" not in markdown(REPORT, {})


def test_a_cell_cannot_end_its_table() -> None:
    section = Section("k", "a\n# b", "c", Table(("x|y",), (("1\n2|3",),)))
    text = markdown(replace(REPORT, sections=(section,), silent_runs=0, silent=Table((), ())), {})
    assert "## a # b\n" in text
    assert "| x\\|y |\n|---|\n| 1 2\\|3 |" in text
    assert text.endswith("## Runs without a score\n\nNone.\n")


def test_what_others_wrote_is_no_markup() -> None:
    section = Section("k", "<b>t", "<img src=x> is ahead", Table((), ()), ("[a](b) and `c`",))
    text = markdown(replace(REPORT, title="<i>", warnings=("<u>w",), sections=(section,)), {"k": "k.svg"})
    assert not re.search(r"(?<!\\)[<`]", text)
    assert "![\\<b\\>t](k.svg)" in text and "\\[a\\](b)" in text


def test_what_is_left_out_is_counted() -> None:
    assert markdown(replace(REPORT, silent_runs=1200), {}).endswith("And 1,199 more.\n")
