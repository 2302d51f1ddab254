"""Ranking texts by how near they are to a query: Okapi BM25, the same order on every machine.

Own code: it is twenty lines, and a prompt must not depend on how a library orders equal scores.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

SATURATION = 1.5
"""k1: how soon a word that is repeated stops counting."""
LENGTH = 0.75
"""b: how much a long text is held against it."""

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Lower case; an underscore parts two words, so that `learning_rate` matches "learning rate"."""
    return _WORD.findall(text.lower())


@lru_cache(maxsize=4096)
def _count(text: str) -> Counter[str]:
    """Of a journal the same texts are ranked at every attempt."""
    return Counter(words(text))


def scores(query: str, texts: Sequence[str]) -> list[float]:
    """One score for each text, 0 where no word of the query is in it (Robertson and Zaragoza 2009)."""
    counts = [_count(text) for text in texts]
    lengths = [sum(count.values()) for count in counts]
    average = sum(lengths) / len(lengths) if any(lengths) else 1.0
    found = [0.0] * len(counts)
    for word in sorted(set(words(query))):
        holders = sum(word in count for count in counts)
        weight = math.log(1 + (len(counts) - holders + 0.5) / (holders + 0.5))
        for index, count in enumerate(counts):
            if word in count:
                norm = SATURATION * (1 - LENGTH + LENGTH * lengths[index] / average)
                found[index] += weight * count[word] * (SATURATION + 1) / (count[word] + norm)
    return found
