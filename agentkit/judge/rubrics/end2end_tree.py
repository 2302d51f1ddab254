"""What an End2End-Bench `rubric.md` is made of: sections, groups and leaves, each with its line.

Points are counted at the leaves; what headings and the line of the total declare is compared with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from agentkit.contracts.rubric import Criterion, Diagnostic, Rubric
from agentkit.errors import BadFile
from agentkit.judge.rubrics.digest import normalised
from agentkit.judge.rubrics.end2end_lines import Line, cut_lines
from agentkit.judge.tree import DEEPEST

TITLE = re.compile(r'Evaluation Rubric for "(.+)" Task')


@dataclass(frozen=True)
class Entry:
    """A section, a group or a leaf, with the place of its line among the form's."""

    id: str
    """`s1.2.3`: the third entry of the second of the first section."""
    place: int
    line: Line
    entries: tuple[Entry, ...] = ()

    def leaves(self) -> Iterator[Entry]:
        if self.line.kind == "leaf":
            yield self
        for each in self.entries:
            yield from each.leaves()

    @property
    def points(self) -> Fraction:
        return sum((Fraction(each.line.part("points")) for each in self.leaves()), Fraction(0))

    @property
    def declared(self) -> Fraction | None:
        return _points(self.line)


@dataclass(frozen=True)
class Form:
    path: str
    """What an error calls it."""
    lines: tuple[Line, ...]
    sections: tuple[Entry, ...]

    def leaves(self) -> Iterator[Entry]:
        for section in self.sections:
            yield from section.leaves()

    def first(self, kind: str) -> Line | None:
        return next((line for line in self.lines if line.kind == kind), None)

    def span(self, section: Entry) -> range:
        """The places of the lines from a section's heading to before the next one's, or the total."""
        ends = ("section", "rule", "total", "overall")
        end = section.place + 1
        while end < len(self.lines) and self.lines[end].kind not in ends:
            end += 1
        return range(section.place, end)


def parse_form(text: str, path: object = "rubric.md") -> Form:
    """Raises BadFile where there is no title, no leaf, or a leaf of no points."""
    lines = tuple(cut_lines(text))
    form = Form(str(path), lines, _sections(lines, path))
    if form.first("title") is None:
        raise BadFile(
            path, "line 1", 'a heading: # **Evaluation Rubric for "…" Task (N points)**', "no heading"
        )
    if next(form.leaves(), None) is None:
        raise BadFile(path, "", "at least one leaf: * text: _/4 [Confidence: L/M/H]", "no leaf")
    for leaf in form.leaves():
        points = leaf.line.part("points")
        if not 0 < float(points) < 1e9:
            raise BadFile(path, f"line {leaf.line.number}", "a leaf of more than 0 points", points)
    return form


def render(form: Form) -> str:
    """`render(parse_form(text)) == text`, to the byte."""
    return "\n".join(line.text for line in form.lines)


def _sections(lines: Sequence[Line], path: object) -> tuple[Entry, ...]:
    starts = [place for place, line in enumerate(lines) if line.kind == "section"]
    levels = {_indent(line) for line in lines if line.kind == "group"}
    if len(levels) > DEEPEST:
        raise BadFile(path, "", f"at most {DEEPEST} levels of groups", f"{len(levels)}")
    found = []
    for number, start in enumerate(starts, start=1):
        end = starts[number] if number < len(starts) else len(lines)
        rows = [place for place in range(start + 1, end) if lines[place].kind in ("group", "leaf")]
        id = f"s{number}"
        found.append(Entry(id, start, lines[start], _entries(lines, rows, id)))
    return tuple(found)


def _entries(lines: Sequence[Line], rows: Sequence[int], prefix: str) -> tuple[Entry, ...]:
    """What is indented further than a group's line belongs to the group."""
    found: list[Entry] = []
    taken = 0
    while taken < len(rows):
        place = rows[taken]
        taken += 1
        below = taken
        if lines[place].kind == "group":
            while below < len(rows) and _indent(lines[rows[below]]) > _indent(lines[place]):
                below += 1
        id = f"{prefix}.{len(found) + 1}"
        found.append(Entry(id, place, lines[place], _entries(lines, rows[taken:below], id)))
        taken = below
    return tuple(found)


def _indent(line: Line) -> int:
    return len(line.part("indent").expandtabs(4))


def _points(line: Line | None) -> Fraction | None:
    written = "" if line is None else line.part("points")
    return Fraction(written) if written else None


def form_rubric(form: Form) -> Rubric:
    """Leaves weigh their points, groups and sections what their leaves come to. A group without leaves is
    left out and reported."""
    total = _points(form.first("total"))
    return Rubric(
        title=_title(form),
        format="end2end",
        declared_points=None if total is None else float(total),
        criteria=tuple(_criterion(form, section) for section in form.sections if section.points),
        diagnostics=tuple(_diagnostics(form)),
    )


def _title(form: Form) -> str:
    line = form.first("title")
    text = line.part("text") if line else ""
    quoted = TITLE.fullmatch(text)
    return quoted[1] if quoted else text


def _criterion(form: Form, entry: Entry) -> Criterion:
    points = float(entry.points)
    if entry.line.kind == "leaf":
        return Criterion(id=entry.id, text=entry.line.part("text"), weight=points, points=points)
    declared = entry.declared
    return Criterion(
        id=entry.id,
        text=entry.line.part("text"),
        weight=points,
        declared_points=None if declared is None else float(declared),
        source=_complete_when(form, entry) if entry.line.kind == "section" else {},
        children=tuple(_criterion(form, each) for each in entry.entries if each.points),
    )


def _complete_when(form: Form, section: Entry) -> Mapping[str, str]:
    """When the section's milestone is complete, in the words of the form."""
    lines = (form.lines[place] for place in form.span(section))
    said = " ".join(line.text.strip().lstrip("*+- ") for line in lines if line.kind == "complete_when")
    return {"complete_when": said} if said else {}


def _diagnostics(form: Form) -> Iterator[Diagnostic]:
    for line in form.lines:
        if line.kind == "unparsed":
            yield Diagnostic(
                code="unparsed-line",
                place=f"line {line.number}",
                text=f"not understood: {line.text.strip()!r}",
            )
    for section in form.sections:
        yield from _sum_diagnostics(section, "section-sum")
    yield from _repeated(form)
    title, total = _points(form.first("title")), _points(form.first("total"))
    leaves = sum((section.points for section in form.sections), Fraction(0))
    if title is not None and title != leaves:
        yield Diagnostic(
            code="title-sum",
            place="title",
            text=f"the title says {_number(title)} points; the leaves come to {_number(leaves)}",
        )
    said = leaves if title is None else title
    if total is not None and total != said:
        where = "the leaves come to" if title is None else "the title says"
        yield Diagnostic(
            code="total-line",
            place="total",
            text=f"the line of the total says {_number(total)} points; {where} {_number(said)}",
        )


def _sum_diagnostics(entry: Entry, code: str) -> Iterator[Diagnostic]:
    if not entry.points:
        yield Diagnostic(code="empty-group", place=entry.id, text="has no leaves, so it counts nothing")
    elif entry.declared is not None and entry.declared != entry.points:
        yield Diagnostic(
            code=code,
            place=entry.id,
            text=f"its heading says {_number(entry.declared)} points; "
            f"its leaves come to {_number(entry.points)}",
        )
    for each in entry.entries:
        if each.line.kind == "group":
            yield from _sum_diagnostics(each, "group-sum")


def _repeated(form: Form) -> Iterator[Diagnostic]:
    seen: dict[str, str] = {}
    for leaf in form.leaves():
        text = normalised(leaf.line.part("text"))
        if text in seen:
            yield Diagnostic(code="duplicate-leaf", place=leaf.id, text=f"says the same as {seen[text]}")
        seen.setdefault(text, leaf.id)


def _number(value: Fraction) -> str:
    return f"{float(value):g}"
