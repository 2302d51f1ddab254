"""Texts cut to the room a prompt has for them, and tables of them. Always the same cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

BYTES_OF_A_TOKEN = 4
"""For bounds of what is shown; a model's own count differs a little."""


def cut(text: str, length: int) -> str:
    """The beginning, and how much is left out."""
    return text if len(text) <= length else f"{text[:length]}\n… ({len(text) - length} characters left out)"


def tail(text: str, length: int) -> str:
    """The end, and how much is left out."""
    return text if len(text) <= length else f"({len(text) - length} characters left out) …\n{text[-length:]}"


def size(text: str) -> int:
    """In bytes, of which four are taken for a token."""
    return len(text.encode(errors="replace"))


def fenced(text: str, language: str = "") -> str:
    """In a fence that no line of the text can close."""
    fence = "`" * max(3, _longest_fence(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def cell(text: str, width: int) -> str:
    """One line that stays within its cell."""
    flat = " ".join(text.split()).replace("|", "/")
    return flat if len(flat) <= width else flat[: width - 1] + "…"


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    room: int,
    keep: Literal["first", "last"] = "first",
    others: str = "further",
) -> str:
    """A Markdown table of at most `room` bytes. What does not fit is counted in a row of its own.

    The head and that row are always there, so a room for less than these is passed.
    """
    lines = [f"| {' | '.join(row)} |" for row in rows]
    top = f"| {' | '.join(head)} |\n|{'---|' * len(head)}"
    sizes = [size(line) + 1 for line in lines]
    if size(top) + sum(sizes) <= room:
        return "\n".join([top, *lines])

    def note(count: int) -> str:
        return f"| … | | {count} {others} ones left out |{' |' * (len(head) - 3)}"

    left = room - size(top) - size(note(len(lines))) - 1
    kept = 0
    for each in sizes if keep == "first" else reversed(sizes):
        if each > left:
            break
        left -= each
        kept += 1
    missing = note(len(lines) - kept)
    body = [*lines[:kept], missing] if keep == "first" else [missing, *lines[len(lines) - kept :]]
    return "\n".join([top, *body])


def _longest_fence(text: str) -> int:
    runs = [len(line) - len(line.lstrip("`")) for line in text.splitlines()]
    return max(runs, default=0)
