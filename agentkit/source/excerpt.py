"""Excerpt: the head of a text, the lines in its middle that look like errors, and its tail."""

from __future__ import annotations

import re

LIMIT = 8000
"""Characters that a model is shown of one result."""
LINE_CHARS = 240
ERROR = re.compile(r"error|warning|traceback|assert|failed|spill|\bnan\b|^\[… ", re.IGNORECASE)
"""The last: the mark of an earlier cut must survive this one."""


def excerpt(text: str, limit: int = LIMIT) -> str:
    """The text itself if it fits in `limit` characters (at least 400)."""
    if len(text) <= limit:
        return text
    room = limit - 160  # for the marks
    head = text[: room * 3 // 10]
    head = head[: head.rfind("\n") + 1] or head
    tail = text[len(text) - room * 4 // 10 :]
    tail = tail[tail.find("\n") + 1 :] or tail
    middle = text[len(head) : len(text) - len(tail)]
    errors = error_lines(middle, room - len(head) - len(tail))
    shown = "; lines of it that look like errors follow" if errors else ""
    note = f"[… {middle.count(chr(10)):,} lines, {len(middle):,} characters left out{shown} …]"
    parts = [head.rstrip("\n"), note, *errors]
    if errors:
        parts.append("[… the end …]")
    return "\n".join([*parts, tail])


def error_lines(text: str, room: int) -> list[str]:
    """The first ones, each cut, in at most `room` characters."""
    found: list[str] = []
    for line in text.split("\n"):
        if match := ERROR.search(line[:20_000]):
            start = max(0, min(match.start() - LINE_CHARS // 2, len(line) - LINE_CHARS))
            piece = line[start : start + LINE_CHARS]
            room -= len(piece) + 1
            if room < 0:
                break
            found.append(piece)
    return found


def cut_line(line: str, limit: int = LINE_CHARS) -> str:
    return line if len(line) <= limit else f"{line[:limit]} […]"


def printable(text: str) -> str:
    """Text that any reader takes: control codes and bytes that are no UTF-8 become visible escapes."""
    return UNPRINTABLE.sub(lambda match: f"\\x{ord(match[0]) & 0xFF:02x}", text)


UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
