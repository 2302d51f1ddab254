from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from agentkit.judge.rubrics.end2end_lines import LONGEST, cut_lines, is_leaf
from tests.agentkit.judge.rubrics.forms import FORM

PIECES = st.sampled_from(
    [
        "# ", "## ", "**", "1. ", "* ", "  * ", "- ", "Title", "(3 points)", "(x points)", ":", ": ", "_/4",
        "3/4", " [Confidence: ", "L/M/H", "]", "<!--", "-->", "---", "**TOTAL SCORE:** ", " / 9 points ",
        "\t", " ",
        "**Milestone Completion:** ", "**Evidence for your scores:**", "**Comments:**",
        "**OVERALL COMMENTS:**",
        "\n", "\n", "\n", "\r\n", "\ufeff", "é", "\x0b", "\u2028",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=60).map("".join))
def test_the_parts_of_the_lines_are_the_text_to_the_last_character(text: str) -> None:
    assert "\n".join(line.text for line in cut_lines(text)) == text


def test_each_line_is_what_it_looks_like() -> None:
    kinds = Counter(line.kind for line in cut_lines(FORM))
    assert kinds == {
        "title": 1, "section": 2, "leaf": 6, "group": 1, "comment": 5, "milestone": 1, "complete_when": 2,
        "evidence": 2, "comments": 2, "rule": 1, "total": 1, "overall": 1, "blank": 13,
    }  # fmt: skip


def test_a_leaf_is_cut_at_its_slots() -> None:
    (leaf,) = (
        line
        for line in cut_lines("## **1. A**\n  * x: y: 2.5 / 4  [Confidence: m] nearly ")
        if line.kind == "leaf"
    )
    assert dict(leaf.parts) == {
        "indent": "  ", "bullet": "* ", "text": "x: y", "colon": ": ", "mark": "2.5", "slash": " / ",
        "points": "4", "gap": "  ", "before": "[Confidence: ", "confidence": "m", "after": "]",
        "remark": " nearly", "tail": " ",
    }  # fmt: skip
    assert leaf.number == 2
    assert leaf.filled("mark", "3").text == "  * x: y: 3 / 4  [Confidence: m] nearly "


def test_what_looks_like_a_leaf_elsewhere_is_none() -> None:
    text = "## **1. A (2 points)**\n**Evidence for your scores:**\n* seen: 1/2 [Confidence: H]\n---\nmore\n"
    assert [line.kind for line in cut_lines(text)] == [
        "section", "evidence", "free", "free", "free", "blank",
    ]  # fmt: skip


def test_an_endless_line_is_not_looked_into() -> None:
    row = "* " + ":" * LONGEST + "x: _/4"
    assert not is_leaf(row)
    assert [line.kind for line in cut_lines(f"## **1. A**\n{row}")] == ["section", "unparsed"]
