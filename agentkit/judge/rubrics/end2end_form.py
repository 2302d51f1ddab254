"""The form of End2End-Bench's `rubric.md`: blank, or filled in by a person or by a judge, in one form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from agentkit.contracts.record import Record
from agentkit.contracts.rubric import JudgeReport, Verdict, Vote
from agentkit.errors import BadFile
from agentkit.judge.evidence import Finding, one_line, ungraded
from agentkit.judge.rubrics.digest import normalised
from agentkit.judge.rubrics.end2end_lines import Line, plain
from agentkit.judge.rubrics.end2end_tree import Entry, Form, form_rubric, parse_form, render
from agentkit.judge.rubrics.files import quoted, read_text
from agentkit.judge.tally import tally

__all__ = ["Form", "fill", "form_rubric", "parse_form", "person_report", "read_form", "render"]

Confidence = Literal["low", "medium", "high"]
CONFIDENCES: Mapping[str, Confidence] = {"l": "low", "m": "medium", "h": "high"}
NO_CONFIDENCE = "L/M/H"
STATES = ("Not Started", "Partial", "Complete")
NO_STATE = " / ".join(STATES)
OPEN = re.compile(r"[_?–-]*")
"""A mark that nobody has given."""
MARK = re.compile(r"[+-]?\d+(?:\.\d+)?")
PERSON = "person"


def read_form(path: Path) -> Form:
    """Raises BadFile, also where there is no such file."""
    return parse_form(read_text(path), path)


class SectionNote(Record):
    """What a form says of a section besides marks. Milestones are reported beside the points, never turned
    into them."""

    id: str
    title: str
    milestone: str = ""
    """`Not Started`, `Partial`, `Complete`, or empty: not said."""
    evidence: str = ""
    comments: str = ""


def section_notes(form: Form) -> tuple[SectionNote, ...]:
    """Raises BadFile for a milestone that is none of the three states."""
    return tuple(
        SectionNote(
            id=section.id,
            title=section.line.part("text"),
            milestone=_milestone(form, section),
            evidence=_said(form, form.span(section), "evidence"),
            comments=_said(form, form.span(section), "comments"),
        )
        for section in form.sections
    )


def overall_comments(form: Form) -> str:
    return _said(form, range(len(form.lines)), "overall")


def person_report(form: Form) -> JudgeReport:
    """A leaf without a mark is ungraded. Raises BadFile for a mark below 0, above the leaf's points or that
    is no number, for a confidence that is not L, M or H, and for a line that was a leaf before somebody
    wrote in it."""
    rubric = form_rubric(form)
    for line in form.lines:
        if line.kind == "unparsed" and "[confidence" in line.text.casefold():
            expected = "a leaf: * text: 3/4 [Confidence: M]"
            raise BadFile(form.path, f"line {line.number}", expected, quoted(line.text.strip()))
    notes = section_notes(form)
    findings: dict[str, Finding] = {}
    for section, note in zip(form.sections, notes, strict=True):
        for leaf in section.leaves():
            findings[leaf.id] = _finding(form, leaf, note.evidence)
    report = tally(rubric, findings)
    said = [f"{note.id} milestone: {note.milestone}" for note in notes if note.milestone]
    return report.model_copy(update={"panel": (PERSON,), "notes": (*said, *_total_note(form, report))})


def marks_of(report: JudgeReport) -> tuple[float, float]:
    """Marks given, and the largest sum they could have come to, over the leaves that have marks."""
    marked = [each for each in report.verdicts if each.points is not None]
    given = sum((each.score or 0.0) * (each.points or 0.0) for each in marked)
    return given, sum(each.points or 0.0 for each in marked)


def fill(form: Form, report: JudgeReport) -> str:
    """The form with a report's marks, confidences and evidence; a leaf without a score keeps its blank.

    Milestones are left to a person. Where the report has evidence that no person wrote, it takes the
    place of what the section's slot held. Raises BadFile where the report is about other leaves.
    """
    verdicts = {each.id: each for each in report.verdicts}
    marked = {leaf.place: _marked(form, leaf, verdicts.get(leaf.id)) for leaf in form.leaves()}
    lines = [marked.get(place, line) for place, line in enumerate(form.lines)]
    slots: dict[int, list[str]] = {}
    for section in form.sections:
        found = [verdicts[leaf.id] for leaf in section.leaves() if leaf.id in verdicts]
        rows = [row for each in found if (row := _evidence_row(each))]
        if rows:
            slots[_place(form, form.span(section), "evidence")] = rows
    if any(each.method != PERSON for each in report.verdicts):
        slots[_place(form, range(len(form.lines)), "overall")] = list(_summary(form, report))
    slots.pop(-1, None)
    return "\n".join(line.text for line in _written(form, _with_total(lines, report), slots))


def _finding(form: Form, leaf: Entry, evidence: str) -> Finding:
    points, text = float(leaf.line.part("points")), leaf.line.part("mark").strip("*")
    spot = f"line {leaf.line.number}"
    confidence = _confidence(form, leaf.line)
    if OPEN.fullmatch(text):
        return ungraded("no mark was given")
    if not MARK.fullmatch(text) or not 0 <= float(text) <= points:
        raise BadFile(form.path, spot, f"a mark from 0 to {points:g}, or _ for none", repr(text))
    score = float(text) / points
    status: Literal["passed", "failed", "partial"] = "partial"
    if score in (0, 1):
        status = "passed" if score else "failed"
    vote = Vote(judge=PERSON, model="", score=score, confidence=confidence)
    remark = leaf.line.part("remark").strip()
    return Finding(status, remark or evidence, score, method="person", votes=(vote,))


def _confidence(form: Form, line: Line) -> Confidence | None:
    written = line.part("confidence").strip()
    if not written or "/" in written:
        return None
    word = written.casefold()
    for letter, confidence in CONFIDENCES.items():
        if word in (letter, confidence):
            return confidence
    raise BadFile(form.path, f"line {line.number}", "a confidence of L, M or H", repr(written))


def _milestone(form: Form, section: Entry) -> str:
    for place in form.span(section):
        line = form.lines[place]
        if line.kind != "milestone":
            continue
        written = line.part("state").strip().strip("*_ ")
        if not written or "/" in written:
            return ""
        for state in STATES:
            if written.casefold() == state.casefold():
                return state
        raise BadFile(form.path, f"line {line.number}", f"one of {', '.join(STATES)}", repr(written))
    return ""


def _slot(form: Form, span: range, kind: str) -> range:
    """The places of a slot's label and of the free text below it; empty where there is no such slot."""
    for place in span:
        if form.lines[place].kind == kind:
            end = place + 1
            while end < len(form.lines) and form.lines[end].kind in ("free", "blank", "comment"):
                end += 1
            return range(place, end)
    return range(0)


def _place(form: Form, span: range, kind: str) -> int:
    """Of the slot's label; -1 where there is none."""
    return next(iter(_slot(form, span, kind)), -1)


def _said(form: Form, span: range, kind: str) -> str:
    lines = [form.lines[place] for place in _slot(form, span, kind)]
    return "\n".join(
        (line.text if line.kind in ("free", "blank") else line.part("text")).rstrip()
        for line in lines
        if line.kind != "comment"
    ).strip()


def _total_note(form: Form, report: JudgeReport) -> Iterator[str]:
    line = form.first("total")
    written = line.part("mark").strip() if line else ""
    given, _ = marks_of(report)
    if MARK.fullmatch(written) and abs(float(written) - given) > 1e-9:
        yield f"The line of the total says {written} points; the marks come to {given:g}."


def _marked(form: Form, leaf: Entry, verdict: Verdict | None) -> Line:
    text = leaf.line.part("text")
    if verdict is None or normalised(verdict.text) != normalised(text):
        found = "no such leaf in the report" if verdict is None else f"{verdict.id}: {one_line(verdict.text)}"
        raise BadFile(
            form.path, f"line {leaf.line.number}", f"a report on {leaf.id}: {one_line(text)}", found
        )
    if verdict.score is None:
        return leaf.line
    mark = _decimal(verdict.score * float(leaf.line.part("points")))
    confidences = [vote.confidence for vote in verdict.votes if vote.confidence is not None]
    sure = min(confidences, key=list(CONFIDENCES.values()).index, default=None)
    if sure is None and verdict.method in ("check", "gate"):
        sure = "high"
    line = leaf.line.filled("mark", mark)
    return line.filled("confidence", sure[0].upper() if sure else NO_CONFIDENCE)


def _evidence_row(verdict: Verdict) -> str:
    """One line, so that nothing quoted from the work can pass for a line of the form."""
    if verdict.method in (PERSON, "nobody"):
        return ""
    places = [
        f"{each.path}:{each.first_line}" + (f"-{each.last_line}" if each.last_line > each.first_line else "")
        for each in verdict.citations
        if each.path
    ]
    said = [verdict.evidence, f"({', '.join(places)})" if places else "", *verdict.flags]
    return f"- {verdict.id} {verdict.status}: {one_line(' '.join(each for each in said if each))}"


def _with_total(lines: Sequence[Line], report: JudgeReport) -> list[Line]:
    """The sum of the marks, where every leaf has one."""
    complete = all(each.score is not None for each in report.verdicts)
    given, _ = marks_of(report)
    return [
        line.filled("mark", _decimal(given)) if line.kind == "total" and complete else line for line in lines
    ]


def _decimal(mark: float) -> str:
    return f"{mark:.4f}".rstrip("0").rstrip(".")


def _summary(form: Form, report: JudgeReport) -> Iterator[str]:
    given, most = marks_of(report)
    if report.score is None:
        yield "- Nothing could be graded."
    else:
        yield (
            f"- {given:g} of {most:g} points; {100 * report.score:.1f} % of what was graded"
            f" ({report.denominator.replace('_', ' ')}), {100 * report.coverage:.1f} % of the weight graded,"
            f" bounds {100 * report.low:.1f} % to {100 * report.high:.1f} %."
        )
    for each in form_rubric(form).diagnostics:
        yield f"- {each.place}: {one_line(each.text)}."
    for note in report.notes:
        yield f"- {one_line(note)}"


def _written(form: Form, lines: Sequence[Line], slots: Mapping[int, Sequence[str]]) -> Iterator[Line]:
    """The lines with the text of slots put in place of what they held; blank lines after it are kept."""
    ending = "\r" if lines[0].text.endswith("\r") else ""
    until = -1
    for place, line in enumerate(lines):
        if place not in slots:
            if place > until:
                yield line
            continue
        held = [
            each for each in _slot(form, range(place, place + 1), line.kind) if lines[each].kind == "free"
        ]
        until = max(held, default=place)
        yield line.filled("text", ending)
        for row in ("", *slots[place]):
            yield plain(line.number, "free", row + ending)
