"""Knowledge: of long hints and notes, the passages that bear on the attempt at hand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agentkit.contracts.scaffold import Situation
from agentkit.search.ranking import scores
from agentkit.search.retrieval import describe_version
from agentkit.search.text import BYTES_OF_A_TOKEN, size

PASSAGE_CHARS = 1600
"""Up to which paragraphs under one heading stay together."""

_HEADING = re.compile(r"#{1,6} ")


@dataclass(frozen=True)
class Knowledge:
    """A section with the nearest passages, whole, in their own order. An operator that has it is not shown
    the hints whole besides."""

    tokens: int = 2000

    def __call__(self, situation: Situation) -> str:
        tree, parents = situation.tree, situation.expansion.parents
        doing = describe_version(tree, tree.attempts[parents[0]]) if parents else ""
        text = choose(situation.knowledge, f"{situation.instructions}\n{doing}", self.tokens)
        return situation.fill("knowledge", {"passages": text}) if text else ""


def choose(text: str, query: str, tokens: int) -> str:
    """Of the passages of `text`, the nearest to `query` that fit into `tokens`; all of them, if all fit."""
    found = passages(text)
    near = scores(query, found)
    room = BYTES_OF_A_TOKEN * tokens
    chosen: set[int] = set()
    for index in sorted(range(len(found)), key=lambda each: (-near[each], each)):
        needed = size(found[index]) + 2
        if needed <= room:
            room -= needed
            chosen.add(index)
    return "\n\n".join(found[index] for index in sorted(chosen))


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
