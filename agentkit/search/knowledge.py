"""Knowledge: of long hints and notes, the passages that bear on the attempt at hand."""

from __future__ import annotations

from dataclasses import dataclass

from agentkit.contracts.scaffold import Situation
from agentkit.search.retrieval import describe_version
from agentkit.search.text import BYTES_OF_A_TOKEN, size
from agentkit.source.passages import passages
from agentkit.source.ranking import scores


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
