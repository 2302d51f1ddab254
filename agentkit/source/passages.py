"""Passages: a Markdown text in pieces of a few paragraphs, none cut through the middle of its code."""

from __future__ import annotations

import re

PASSAGE_CHARS = 1600
"""Up to which paragraphs under one heading stay together."""

_HEADING = re.compile(r"#{1,6} ")


def passages(text: str) -> list[str]:
    """Paragraphs, together up to PASSAGE_CHARS, each passage under its heading; a fence is never cut."""
    found: list[str] = []
    heading, passage = "", ""
    for block in _blocks(text):
        if _HEADING.match(block):
            found.append(passage)
            heading, passage = block.split("\n", 1)[0], block
        elif passage and len(passage) + len(block) > PASSAGE_CHARS:
            found.append(passage)
            passage = f"{heading}\n\n{block}".lstrip("\n")
        else:
            passage = f"{passage}\n\n{block}".lstrip("\n")
    found.append(passage)
    return [each for each in found if each and not _bare(each)]


def _bare(passage: str) -> bool:
    """A heading without anything under it."""
    return bool(_HEADING.match(passage)) and "\n" not in passage


def _blocks(text: str) -> list[str]:
    """Paragraphs: parted by blank lines outside of fences."""
    found: list[list[str]] = [[]]
    fence = ""
    for line in text.splitlines():
        mark = re.match(r"(`{3,}|~{3,})", line)
        if mark and not fence:
            fence = mark[1]
        elif mark and line.startswith(fence) and not line.strip("`~ "):
            fence = ""
        if line.strip() or fence:
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return ["\n".join(lines) for lines in found if lines]
