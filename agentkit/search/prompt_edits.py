"""Edits of a prompt file by rule, so that a search can look for a better prompt among ours (G3P's idea).

An edit is one line: `drop HEADING`, `first HEADING`, `last HEADING` (before the request, which is the last
section) or `say WORDS` (at the end of the request). A heading that a prompt does not have changes nothing,
and places such as {{files}} are left as they are: what is bred stays a prompt that can be filled.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Literal

from agentkit.errors import UsageError
from agentkit.search.grammar import RESEARCH, Rules, check_rules, derive, render

Breeds = Literal["instruction", "prompt_edits"]
TRIED = 50
"""Programs of a user's grammar that are tried before a run begins."""

EDITS: Mapping[str, tuple[str, ...]] = {
    "start": ("<edit>", "<edit>\n<edit>", "<edit>\n<edit>\n<edit>"),
    "edit": ("drop <optional>", "first <section>", "last <section>", "say <words>"),
    "optional": ("Earlier attempts", "Where things stand"),
    "section": ("Hints", "Files at the start", "Where things stand", "Earlier attempts"),
    "words": (
        "Take the smallest step that can be measured.",
        "Be bold: a large change that may fail.",
        "Answer in at most 60 words.",
        "Name three changes, and choose the one with the best chance.",
        "Predict the figure before you change anything.",
        "Follow a published method, and name it.",
    ),
}
"""A grammar of programs that make a prompt out of `draft.md`."""

_SECTION = re.compile(r"(?=^# )", re.MULTILINE)
_HEADING = re.compile(r"# (.*)")
_OWN_SECTIONS = "{{sections}}"


def rules_for(breeds: Breeds, rules: Rules) -> Rules:
    """The user's, or where there are none agentkit's own. Raises UsageError for those that cannot be used."""
    if breeds == "instruction":
        return check_rules(rules or RESEARCH)
    checked = check_rules(rules or EDITS)
    for seed in range(TRIED if rules else 0):
        edited("# Now\n", render(checked, derive(checked, random.Random(seed))))
    return checked


def edited(text: str, program: str) -> str:
    """The prompt file's text after each line of the program. Raises UsageError for one that is no edit."""
    for line in filter(None, (each.strip() for each in program.splitlines())):
        verb, _, what = line.partition(" ")
        if verb not in ("drop", "first", "last", "say") or not what.strip():
            raise UsageError(
                f"'{line}' is no edit of a prompt.",
                "Known: drop HEADING, first HEADING, last HEADING, say WORDS; one a line",
            )
        text = _after(text, verb, what.strip())
    return text


def _after(text: str, verb: str, what: str) -> str:
    if verb == "say":
        return f"{text.rstrip()}\n\n{what.replace('{{', '{ {')}\n"
    # The operator's own sections stand before the request and stay there, whatever is moved.
    own = _OWN_SECTIONS in text
    parts = [each for each in _SECTION.split(text.replace(_OWN_SECTIONS, "")) if each.strip()]
    found = [each for each in parts[:-1] if (head := _HEADING.match(each)) and head[1].strip() == what]
    others = [each for each in parts[:-1] if each not in found]
    moved = {"drop": others, "first": [*found, *others], "last": [*others, *found]}[verb]
    whole = [f"{each.rstrip()}\n\n" for each in moved]
    return "".join([*whole, _OWN_SECTIONS if own else "", parts[-1]])
