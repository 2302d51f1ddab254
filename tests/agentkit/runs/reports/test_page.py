from __future__ import annotations

import re
from dataclasses import replace

from agentkit.runs.reports.page import page, picture
from agentkit.runs.reports.plots.drawing import draw
from agentkit.runs.reports.report import MOST_LISTED, Report
from agentkit.runs.reports.section import Section, Table
from tests.agentkit.judge.reports.test_page import HOSTILE, checked

SVG = draw("k", 2, 2, lambda figure: None)
NUMBERS = Table(("name", "score", "interval"), (("aide", "−0.12", "−0.20 to 0.10"),))
REPORT = Report(
    title="ablation",
    warnings=("SIMULATION: nobody was asked.",),
    facts=(("runs", "3"),),
    sections=(Section("k", "Scores", "It is so.", NUMBERS, ("How to read it.",), SVG),),
    silent=Table(("state", "why"), (("failed", "It broke."),)),
    silent_runs=1,
)


def test_the_page_is_whole_and_asks_nobody_for_anything() -> None:
    html = page(REPORT)
    found = checked(html)
    assert not {"script", "link", "img", "iframe", "object"} & set(found.seen)
    assert found.seen.count("svg") == 1
    assert [each for each in found.addresses if not each.startswith("#")] == []
    addresses = set(re.findall(r"https?://[^\s\"'<]+", html))
    assert all(each.startswith("http://www.w3.org/") for each in addresses), "names of formats, and no others"
    assert "@import" not in html and not re.search(r"url\((?!#)", html)
    for said in (
        "SIMULATION: nobody was asked.",
        "It is so.",
        "How to read it.",
        "It broke.",
        "−0.20 to 0.10",
    ):
        assert said in found.text


def test_what_others_wrote_is_only_text() -> None:
    hostile = replace(
        REPORT,
        title=HOSTILE,
        warnings=(HOSTILE,),
        facts=((HOSTILE, HOSTILE),),
        sections=(Section("k", HOSTILE, HOSTILE, Table((HOSTILE,), ((HOSTILE,),)), (HOSTILE,)),),
        silent=Table(("why",), ((HOSTILE,),)),
    )
    found = checked(page(hostile))
    assert not {"script", "img"} & set(found.seen)
    assert found.text.count("alert(1)") >= 8


def test_numbers_stand_right_and_words_left() -> None:
    html = page(REPORT)
    assert '<td>aide</td><td class="number">−0.12</td><td class="number">−0.20 to 0.10</td>' in html


def test_what_is_left_out_is_counted() -> None:
    assert "And 7 more" in page(replace(REPORT, silent_runs=MOST_LISTED + 7))
    assert "every planned run has one" in page(replace(REPORT, silent_runs=0))


def test_a_figures_file_brings_its_own_colours() -> None:
    alone = picture(SVG)
    assert alone.startswith("<?xml")
    assert "--series-0: " in alone and "--ink: " in alone and "prefers-color-scheme: dark" in alone
