"""The lines of an End2End-Bench form: each is cut into parts, of which some are slots that a person fills in.

Nothing of a line is outside its parts, so a line whose slots are untouched is written as it was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

LineKind = Literal[
    "title", "section", "group", "leaf", "comment", "milestone", "complete_when", "evidence", "comments",
    "rule", "total", "overall", "free", "blank", "unparsed",
]  # fmt: skip
Region = Literal["head", "leaves", "milestone", "free"]
"""Where in the form we are: leaves stand between a section's heading and its first slot, and only there."""

BULLET = r"(?P<indent>[ \t]*)(?P<bullet>[*+-][ \t]+)(?P<text>\S.*?)"
NUMBER = r"-?\d+(?:\.\d+)?"
SUM = rf"(?P<open>[ \t]*\()(?P<points>{NUMBER})(?P<unit>[ \t]+points?\))"
HEADING = r"(?P<bold>\**)(?P<number>(?:\d+\.[ \t]+)?)(?P<text>\S.*?)"

LEAF = re.compile(
    BULLET + r"(?P<colon>[ \t]*:[ \t]*)(?P<mark>[^\s/:\[\]]*)(?P<slash>[ \t]*/[ \t]*)"
    rf"(?P<points>{NUMBER})(?P<gap>[ \t]*)"
    r"(?:(?P<before>\[Confidence:[ \t]*)(?P<confidence>[^\]]*)(?P<after>\])(?P<remark>.*?))?(?P<tail>\s*)"
)
GROUP = re.compile(BULLET + SUM + r"(?P<tail>[ \t]*:?\s*)")
TITLE = re.compile("(?P<marker>\ufeff?#[ \\t]+)" + HEADING + rf"(?:{SUM})?(?P<tail>\**\s*)")
SECTION = re.compile(r"(?P<marker>##[ \t]+)" + HEADING + SUM + r"(?P<tail>.*)")
BARE_SECTION = re.compile(r"(?P<marker>##[ \t]+)" + HEADING + r"(?P<tail>\**\s*)")
MILESTONE = re.compile(
    r"(?P<label>\*\*Milestone Completion:\*\*[ \t]*)(?P<state>.*?)(?P<tail>\s*)", re.IGNORECASE
)
EVIDENCE = re.compile(r"(?P<label>\*\*Evidence for your scores:\*\*)(?P<text>.*)", re.IGNORECASE)
COMMENTS = re.compile(r"(?P<label>\*\*Comments:\*\*)(?P<text>.*)", re.IGNORECASE)
OVERALL = re.compile(r"(?P<label>\*\*OVERALL COMMENTS:\*\*)(?P<text>.*)", re.IGNORECASE)
TOTAL = re.compile(
    r"(?P<label>\*\*TOTAL SCORE:\*\*[ \t]*)(?P<mark>[^/]*?)(?P<slash>[ \t]*/[ \t]*)"
    rf"(?P<points>{NUMBER})(?P<tail>.*)",
    re.IGNORECASE,
)
SLOTS: Sequence[tuple[LineKind, re.Pattern[str]]] = (
    ("milestone", MILESTONE), ("evidence", EVIDENCE), ("comments", COMMENTS), ("overall", OVERALL),
    ("total", TOTAL),
)  # fmt: skip


LONGEST = 10_000
"""Characters of a line that is looked into."""


@dataclass(frozen=True)
class Line:
    """One line without its end. `number` counts from 1."""

    number: int
    kind: LineKind
    parts: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        return "".join(value for _, value in self.parts)

    def part(self, name: str) -> str:
        """Empty where the line has no such part."""
        return next((value for key, value in self.parts if key == name), "")

    def filled(self, name: str, value: str) -> Line:
        return replace(self, parts=tuple((key, value if key == name else old) for key, old in self.parts))


def plain(number: int, kind: LineKind, text: str) -> Line:
    return Line(number, kind, (("text", text),))


def cut_lines(text: str) -> Iterator[Line]:
    """Every line of the text, the last too where no newline ends it."""
    rows = text.split("\n")
    region: Region = "head"
    commented = False
    for number, row in enumerate(rows, start=1):
        if commented or row.lstrip().startswith("<!--"):
            commented = "-->" not in row
            yield plain(number, "comment", row)
            continue
        line = _cut(row, number, region, rows[number:])
        region = _region_after(line.kind, region)
        yield line


def is_leaf(row: str) -> bool:
    return len(row) <= LONGEST and LEAF.fullmatch(row) is not None


def _cut(row: str, number: int, region: Region, following: Sequence[str]) -> Line:
    if not row.strip():
        return plain(number, "blank", row)
    if len(row) > LONGEST:
        return plain(number, "free" if region == "free" else "unparsed", row)
    for kind, pattern in SLOTS:
        if found := pattern.fullmatch(row):
            return _line(number, kind, found)
    if found := SECTION.fullmatch(row):
        return _line(number, "section", found)
    if row.strip() == "---" and _is_total(following):
        return plain(number, "rule", row)
    if region == "free":
        return plain(number, "free", row)
    if region == "milestone":
        return plain(number, "complete_when", row)
    if found := BARE_SECTION.fullmatch(row):
        return _line(number, "section", found)
    if region == "head" and (found := TITLE.fullmatch(row)):
        return _line(number, "title", found)
    if region == "leaves":
        if found := LEAF.fullmatch(row):
            return _line(number, "leaf", found)
        if found := GROUP.fullmatch(row):
            return _line(number, "group", found)
    return plain(number, "unparsed", row)


def _line(number: int, kind: LineKind, found: re.Match[str]) -> Line:
    parts = tuple((name, value) for name, value in found.groupdict().items() if value is not None)
    return Line(number, kind, parts)


def _is_total(rows: Sequence[str]) -> bool:
    first = next((row for row in rows if row.strip()), "")
    return TOTAL.fullmatch(first) is not None


def _region_after(kind: LineKind, region: Region) -> Region:
    match kind:
        case "section":
            return "leaves"
        case "milestone":
            return "milestone"
        case "evidence" | "comments" | "overall" | "total" | "rule":
            return "free"
        case _:
            return region
