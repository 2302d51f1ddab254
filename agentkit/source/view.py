"""View: numbered lines of a text, cut to a bounded size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agentkit.source.excerpt import cut_line, printable
from agentkit.source.languages import language_of
from agentkit.source.outline import outline_of, shown_outline
from agentkit.source.paths import Refused

VIEW_CHARS = 12_000
"""More than other results: a script of 300 lines is read in one call."""
OUTLINE_CHARS = 2400
LINE_CHARS = 600
AROUND = 4
"""Lines shown before and after a change."""
SNIPPET_LINES = 60


@dataclass(frozen=True)
class View:
    """Lines `first` to `last` are shown, of `total`; `last` < `first`: none fitted or there is none."""

    text: str
    first: int
    last: int
    total: int
    cut: bool
    """Whether lines that were asked for are missing."""


def lines_of(text: str) -> list[str]:
    """Without the empty one that a final newline would make; an empty text has none."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines


def numbered(lines: Sequence[str], first: int = 1) -> str:
    return "\n".join(
        f"{number:6}\t{cut_line(printable(line), LINE_CHARS)}" for number, line in enumerate(lines, first)
    )


def view(text: str, name: str, span: Sequence[int] | None = None) -> View:
    """The lines [first, last] (last -1: to the end), or all; of what does not fit, the outline."""
    lines = lines_of(text)
    first, last = checked_span(span, len(lines), name)
    asked = lines[first - 1 : last]
    head = f"{name}, lines {first}-{last} of {len(lines)}\n" if asked else f"{name} is empty."
    body = numbered(asked, first)
    if len(head) + len(body) <= VIEW_CHARS:
        return View(head + body, first, last, len(lines), cut=False)
    outline = rest_outline(text, name, first, span is None)
    kept = fitting(body, VIEW_CHARS - len(head) - len(outline) - 200)
    end = first + kept.count("\n") if kept else first - 1
    note = f"[… lines {end + 1}-{last} are not shown; view them with lines=[{end + 1}, {last}] …]"
    shown = f"{name}, lines {first}-{end} of {len(lines)}\n{kept}\n{note}{outline}"
    return View(shown, first, end, len(lines), cut=True)


def checked_span(span: Sequence[int] | None, total: int, name: str) -> tuple[int, int]:
    if span is None:
        return 1, total
    if len(span) != 2:
        raise Refused(f"lines takes two numbers, [first, last]; it got {list(span)}.")
    first, last = span
    last = total if last == -1 else min(last, total)
    if first < 1 or last < first:
        raise Refused(f"lines={list(span)} does not fit {name}, which has {total} lines, counted from 1.")
    return first, last


def rest_outline(text: str, name: str, first: int, whole: bool) -> str:
    """Of a file that is looked at whole and does not fit."""
    language = language_of(name)
    if not whole or language is None:
        return ""
    definitions = [each for each in outline_of(text, language) if each.end_line > first]
    if not definitions:
        return ""
    return f"\nOutline of the whole file:\n{shown_outline(definitions, OUTLINE_CHARS)}"


def fitting(body: str, room: int) -> str:
    """Its first whole lines, at least one."""
    if len(body) <= room:
        return body
    return body[: max(body.rfind("\n", 0, room), body.find("\n"), 0)] or body


def snippet(text: str, first: int, last: int) -> str:
    """Lines `first` to `last` and a few around them; the middle of a long change is left out."""
    lines = lines_of(text)
    start = max(1, first - AROUND)
    end = min(len(lines), last + AROUND)
    if end - start < SNIPPET_LINES:
        return whole_or_ends(numbered(lines[start - 1 : end], start))
    half = SNIPPET_LINES // 2
    before = numbered(lines[start - 1 : start - 1 + half], start)
    after = numbered(lines[end - half : end], end - half + 1)
    return whole_or_ends(f"{before}\n[… {end - start + 1 - 2 * half} lines …]\n{after}")


def lines_changed(before: str, after: str) -> tuple[int, int]:
    """First and last line of the new text that are not in the old one, as far as both ends are alike."""
    old, new = lines_of(before), lines_of(after)
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return head + 1, max(len(new) - tail, head + 1)


def whole_or_ends(text: str, limit: int = 3000) -> str:
    """A bound for snippets of very long lines."""
    return text if len(text) <= limit else f"{text[: limit // 2]}\n[…]\n{text[-limit // 2 :]}"
