"""A text that a regular expression matches: proof that a pattern which finds nothing could find something."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

from agentkit.source.line_search import TOKEN

TYPES = {r"\d": "0", r"\w": "a", r"\s": " ", r"\b": "", r"\D": "x", r"\W": " ", r"\S": "x"}
FLAGS = re.compile(r"\(\?[aimsu]+\)")
NEGATED = re.compile(r"\\[DWS]")


def witness(pattern: str) -> str | None:
    """None: the pattern matches nothing, or holds what is not read here: look-around, references."""
    for fill in ("x", " ", "0"):
        tokens = _tokens(pattern)
        if tokens is None:
            return None
        text = _either(iter(tokens), fill)
        try:
            if text and re.search(pattern, text, re.MULTILINE):
                return text
        except re.error:
            return None
    return None


def _tokens(pattern: str) -> list[re.Match[str]] | None:
    found = []
    flags = FLAGS.match(pattern)
    position = flags.end() if flags else 0
    while position < len(pattern):
        match = TOKEN.match(pattern, position) or NEGATED.match(pattern, position)
        if match is None:
            return None
        found.append(match)
        position = match.end()
    return found


def _either(tokens: Iterator[re.Match[str]], fill: str) -> str:
    """The first alternative, up to the bracket that closes it; the others are passed over."""
    parts: list[str] = []
    is_first = True
    for match in tokens:
        token = match[0]
        if token == ")":
            break
        if token in ("(", "(?:"):
            inner = _either(tokens, fill)
            token = inner
        elif token == "|":
            is_first = False
            continue
        elif token not in TYPES and match["repeat"]:
            count = re.match(r"\{(\d+)", token)
            token = parts.pop() * (max(1, int(count[1])) if count else 1) if parts and is_first else ""
        else:
            token = _one(match, fill)
        if is_first:
            parts.append(token)
    return "".join(parts)


def _one(match: re.Match[str], fill: str) -> str:
    token = match[0]
    if token in TYPES:
        return TYPES[token]
    if match["set"]:
        return next((each for each in string.printable if re.fullmatch(token, each)), "")
    if match["escape"]:
        return token[1:]
    return {"^": "", "$": "", ".": fill}.get(token, token)
