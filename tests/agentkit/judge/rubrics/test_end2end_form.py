from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.contracts.rubric import Citation, JudgeReport, Vote
from agentkit.errors import BadFile
from agentkit.judge.evidence import Finding, failed, passed
from agentkit.judge.rubrics.end2end_form import (
    SectionNote,
    fill,
    form_rubric,
    marks_of,
    overall_comments,
    parse_form,
    person_report,
    read_form,
    render,
    section_notes,
)
from agentkit.judge.tally import tally
from tests.agentkit.judge.rubrics.forms import FORM, folder_of

BLANK = parse_form(FORM)
IDS = ["s1.1", "s1.2.1", "s1.2.2", "s1.3", "s2.1", "s2.2"]


def filled(*marks: str, confidence: str = "M") -> str:
    """The form with these marks, in order; the rest stays blank."""
    text = FORM
    for mark in marks:
        text = re.sub(
            r": _(/\d) \[Confidence: L/M/H\]", rf": {mark}\1 [Confidence: {confidence}]", text, count=1
        )
    return text


def judged(findings: Mapping[str, Finding]) -> JudgeReport:
    return tally(form_rubric(BLANK), findings)


def test_a_persons_marks_are_read() -> None:
    report = person_report(parse_form(filled("1.5", "4", "0")))
    assert [(each.id, each.status, each.score, each.method) for each in report.verdicts] == [
        ("s1.1", "partial", 0.75, "person"),
        ("s1.2.1", "passed", 1.0, "person"),
        ("s1.2.2", "failed", 0.0, "person"),
        ("s1.3", "ungraded", None, "nobody"),
        ("s2.1", "ungraded", None, "nobody"),
        ("s2.2", "ungraded", None, "nobody"),
    ]
    assert [vote.confidence for each in report.verdicts for vote in each.votes] == ["medium"] * 3
    assert (report.score, report.coverage, report.panel) == (5.5 / 8, 0.5, ("person",))
    assert marks_of(report) == (5.5, 16)


@pytest.mark.parametrize("mark", ["_", "__", "", "?", "-"])
def test_no_mark_is_no_zero(mark: str) -> None:
    (first, *_) = person_report(parse_form(filled(mark))).verdicts
    assert (first.status, first.score) == ("ungraded", None)


@pytest.mark.parametrize("written", ["2.5 / 4", "2.50/4", "**2.5**/4", "+2.5 /4"])
def test_a_mark_may_be_written_as_people_do(written: str) -> None:
    text = FORM.replace("view): _/4", f"view): {written}")
    assert {each.id: each.score for each in person_report(parse_form(text)).verdicts}["s1.2.1"] == 0.625
    assert render(parse_form(text)) == text


@pytest.mark.parametrize("mark", ["2.1", "3", "-1", "-0.5", "two", "1,5", "1e1", "nan", "inf"])
def test_a_mark_that_cannot_be_is_refused_with_its_line(mark: str) -> None:
    with pytest.raises(BadFile) as caught:
        person_report(parse_form(filled(mark), "graded.md"))
    assert str(caught.value).splitlines() == [
        "graded.md has a mistake at 'line 5'.",
        "  Expected: a mark from 0 to 2, or _ for none",
        f"  Found: '{mark}'",
    ]


@pytest.mark.parametrize("mark", ["3 of 4", "three and a half/4", "3|4", ": 4 : 4"])
def test_a_leaf_that_was_written_to_pieces_is_not_lost(mark: str) -> None:
    text = FORM.replace("view): _/4", f"view) {mark}")
    with pytest.raises(BadFile, match="a leaf: .* text: 3/4") as caught:
        person_report(parse_form(text, "graded.md"))
    assert caught.value.message == "graded.md has a mistake at 'line 7'."


@pytest.mark.parametrize(
    ("written", "read"),
    [("L", "low"), ("m", "medium"), ("High", "high"), (" low ", "low"), ("L/M/H", None), ("", None)],
)
def test_confidences(written: str, read: str | None) -> None:
    (first, *_) = person_report(parse_form(filled("1", confidence=written))).verdicts
    assert first.votes[0].confidence == read


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("L/M/H", "80 %", "L, M or H"),
        ("Not Started / Partial / Complete", "Mostly", "Not Started, Partial, Complete"),
    ],
)
def test_a_word_that_the_form_does_not_know_is_refused(old: str, new: str, expected: str) -> None:
    with pytest.raises(BadFile, match=expected):
        person_report(parse_form(FORM.replace(old, new, 1)))


def test_what_a_section_says_besides_marks() -> None:
    text = FORM.replace("Not Started / Partial / Complete", "partial")
    text = text.replace(
        "**Evidence for your scores:**\n",
        "**Evidence for your scores:** read.py:12\n\n"
        "* a list: 1/2 [Confidence: H]\n---\nand more\n<!-- no -->\n",
        1,
    )
    text = text.replace("**Comments:**\n", "**Comments:** good\n", 1) + " fine\non the whole"
    form = parse_form(text)
    assert render(form) == text
    assert section_notes(form) == (
        SectionNote(
            id="s1",
            title="Reading",
            milestone="Partial",
            evidence="read.py:12\n\n* a list: 1/2 [Confidence: H]\n---\nand more",
            comments="good",
        ),
        SectionNote(id="s2", title="Overall Results"),
    )
    assert overall_comments(form) == "fine\non the whole"
    report = person_report(form)
    assert report.notes == ("s1 milestone: Partial",)
    assert report.score is None  # a milestone is never turned into points


def test_a_total_that_is_not_the_sum_is_noted() -> None:
    text = filled("2", "4", "2", "1", "5", "2")
    assert person_report(parse_form(text)).notes == ()
    assert person_report(parse_form(text.replace("_ / 16", "16 / 16"))).notes == ()
    (note,) = person_report(parse_form(text.replace("_ / 16", "15 / 16"))).notes
    assert note == "The line of the total says 15 points; the marks come to 16."


def test_a_report_is_written_in_the_same_form() -> None:
    sure = Vote(judge="a", model="m", score=1.0, confidence="high")
    unsure = Vote(judge="b", model="m", score=0.5, confidence="low")
    cited = Citation(path="read.py", first_line=3, last_line=9)
    report = judged(
        {
            "s1.1": passed("read.py is there"),
            "s1.2.1": Finding(
                "partial", "half", 0.625, method="panel", votes=(sure, unsure), citations=(cited,)
            ),
            "s1.2.2": failed("no header\n## **9. Injected (1 points)**"),
            "s1.3": Finding("disputed", "one of two", method="panel", flags=("suspect text",)),
        }
    )
    text = fill(BLANK, report)
    assert "of any size: 2/2 [Confidence: H]" in text
    assert "view): 2.5/4 [Confidence: L]" in text
    assert "Keeps the header: 0/2 [Confidence: H]" in text
    assert "is logged: _/1 [Confidence: L/M/H]" in text
    assert (
        "**Evidence for your scores:**\n\n"
        "- s1.1 passed: read.py is there\n"
        "- s1.2.1 partial: half (read.py:3-9)\n"
        "- s1.2.2 failed: no header ## **9. Injected (1 points)**\n"
        "- s1.3 disputed: one of two suspect text\n\n"
        "**Comments:**\n"
    ) in text
    assert "**TOTAL SCORE:** _ / 16 points" in text
    assert text.endswith(
        "**OVERALL COMMENTS:**\n\n- 4.5 of 16 points; 56.2 % of what was graded (leaf sum), "
        "50.0 % of the weight graded, bounds 28.1 % to 78.1 %."
    )
    again = person_report(parse_form(text))
    assert {each.id: each.score for each in again.verdicts} == {
        each.id: each.score for each in report.verdicts
    }
    assert fill(parse_form(text), report) == text


def test_a_complete_report_fills_the_total() -> None:
    text = fill(BLANK, judged({id: passed("yes") for id in IDS}))
    assert "**TOTAL SCORE:** 16 / 16 points \n" in text


def test_what_a_person_wrote_stays() -> None:
    text = filled("2", "4", "2", "1", "5", "2").replace("your scores:**\n", "your scores:** mine\n")
    text = text.replace("_ / 16", "16 / 16") + " mine too"
    assert fill(parse_form(text), person_report(parse_form(text))) == text


def test_a_report_on_something_else_is_refused() -> None:
    report = judged({})
    with pytest.raises(BadFile, match="a report on s2.1: The output is sorted, twice"):
        fill(parse_form(FORM.replace("is sorted", "is sorted, twice")), report)
    with pytest.raises(BadFile, match="no such leaf"):
        fill(parse_form(FORM.replace("* It is fast: _/2", "* It is fast: _/2\n* Stable: _/1")), report)


MARKS = st.dictionaries(st.sampled_from(IDS), st.integers(0, 4))


@settings(max_examples=40)
@given(MARKS, st.sampled_from(["\n", "\r\n"]))
def test_marks_come_back_however_many_are_given(quarters: dict[str, int], ending: str) -> None:
    form = parse_form(FORM.replace("\n", ending))
    report = judged({id: Finding("partial", "seen", number / 4) for id, number in quarters.items()})
    text = fill(form, report)
    assert render(parse_form(text)) == text
    again = person_report(parse_form(text))
    assert (again.score, again.low, again.high) == (report.score, report.low, report.high)
    assert ending == "\n" or all(line.endswith("\r") for line in text.split("\n")[:-1])


def test_a_form_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "rubric.md").write_text(FORM)
    assert read_form(tmp_path / "rubric.md").lines == BLANK.lines
    with pytest.raises(BadFile, match="No such file"):
        read_form(tmp_path / "none.md")


@pytest.mark.parametrize("name", ["arc-test-time-training", "s1-simple-scaling-reasoning"])
def test_the_published_forms_can_be_filled_in(name: str) -> None:
    form = read_form(folder_of("AGENTKIT_JUDGE_DATA") / "end2end" / name / "rubric.md")
    blank = person_report(form)
    assert (blank.score, blank.coverage) == (None, 0)
    half = {leaf.id: Finding("partial", "half", 0.5) for leaf in form.leaves()}
    text = fill(form, tally(form_rubric(form), half))
    again = person_report(parse_form(text))
    assert (again.score, again.coverage) == (0.5, 1)
    assert render(parse_form(text)) == text
