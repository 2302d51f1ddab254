"""Refusals: why an edit was not made, with the lines that show it."""

from __future__ import annotations

from agentkit.source.occurrences import has_line_numbers, nearest_lines, same_but_for_blanks
from agentkit.source.syntax import SyntaxFault
from agentkit.source.view import numbered, snippet


def broken(name: str, before: str | None, new: str, fault: SyntaxFault, first: int) -> str:
    """Why an edit is refused: the mistake, and the lines about it as they would be and as they are."""
    parts = [
        f"Refused, {name} is as it was: the edit breaks its syntax at {fault}.",
        "With the edit it would read:",
        snippet(new, fault.line, fault.line),
    ]
    if before is not None:
        parts += ["It reads:", snippet(before, first, max(first, min(fault.line, first + 20)))]
    return "\n".join(parts)


def not_found(text: str, old: str, name: str) -> str:
    parts = [f"`old_str` does not occur in {name}; nothing was changed."]
    rows = text.split("\n")
    if has_line_numbers(old):
        parts.append("Its lines begin with line numbers; leave out the numbers and the tab after them.")
    alike = same_but_for_blanks(text, old)
    if alike is not None:
        parts.append(f"{span(*alike).capitalize()} of the file: the same but for blanks:")
        parts.append(numbered(rows[alike[0] - 1 : min(alike[1], alike[0] + 30)], alike[0]))
    elif near := nearest_lines(text, old):
        parts.append("The lines most like it:")
        parts += [numbered([rows[line - 1]], line) for line in near]
    return "\n".join(parts)


def span(first: int, last: int) -> str:
    return f"line {first}" if last <= first else f"lines {first}-{last}"
