"""Turns of phrase: written as plain words, found in a text whatever stands between them.

A blank is whatever stands between two words of a sentence, a line's end too; `~` is up to sixty characters of
the same sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

BETWEEN = r"[^\w.;!?]{1,12}"
SAME_SENTENCE = r"[^.;!?]{0,60}?"


def phrase(*parts: str) -> re.Pattern[str]:
    """Upper and lower case are the same; a line's beginning is `^`."""
    text = "".join(parts).replace("~", SAME_SENTENCE).replace(" ", BETWEEN)
    return re.compile(text, re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Rule:
    """`words`: one of them is in every match; only near them a text is searched."""

    name: str
    words: tuple[str, ...]
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    """Not where this ends just before the match: `if all criteria are met`."""
    company: re.Pattern[str] | None = None
    """Only where this stands within COMPANY_CHARS of the match."""


COMPANY_CHARS = 300
LONGEST_MATCH = 300
"""Characters, about: what is longer is met only by chance."""


def spoken(text: str, rules: Sequence[Rule]) -> Iterator[tuple[str, int, int]]:
    """Rule, start and end of each turn of phrase in a text without hidden characters."""
    lower = text.lower()
    for rule in rules:
        for begin, finish in _near(rule.words, lower, len(text)):
            for match in rule.pattern.finditer(text, begin, finish):
                start, end = match.span()
                if rule.unless and rule.unless.search(text, max(0, start - 40), start):
                    continue
                near = (max(0, start - COMPANY_CHARS), end + COMPANY_CHARS)
                if rule.company is None or rule.company.search(text, *near):
                    yield rule.name, start, end


def _near(words: tuple[str, ...], lower: str, length: int) -> list[tuple[int, int]]:
    """The stretches of a text that hold a word, with room for a match on both sides."""
    if len(lower) != length:  # a few letters have no small one of the same length
        return [(0, length)] if any(word in lower for word in words) else []
    places = []
    for word in words:
        position = lower.find(word)
        while position >= 0:
            places.append(position)
            position = lower.find(word, position + LONGEST_MATCH)
    found: list[tuple[int, int]] = []
    for place in sorted(places):
        begin, finish = max(0, place - LONGEST_MATCH), place + 2 * LONGEST_MATCH
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], finish)
        else:
            found.append((begin, finish))
    return found
