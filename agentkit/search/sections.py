"""Sections of a first prompt that an operator may add: `replace(IMPROVE, sections=(complexity, remaining))`.

Their words are prompt files too. Two more are made with settings of their own: `retrieved` in
`search.retrieval` and `knowledge` in `search.knowledge`.
"""

from __future__ import annotations

from agentkit.contracts.scaffold import Situation

LEVELS = ("minimal", "moderate", "advanced")
OUTPUT_CHARS = 3000
NOTES_CHARS = 3000


def complexity(situation: Situation) -> str:
    """How ambitious to be, by how often this parent was built on already (AIRA, arXiv 2507.02554).

    Fewer than two children: minimal; two or three: moderate; more: advanced. Of a draft the other drafts
    count. A policy that knows better says `params["complexity"]`.
    """
    level = situation.expansion.params.get("complexity")
    if level not in LEVELS:
        parents = situation.expansion.parents
        children = len(situation.tree.children(parents[0] if parents else None))
        level = LEVELS[0 if children < 2 else 1 if children < 4 else 2]
    return situation.fill(f"complexity_{level}", {})


def remaining(situation: Situation) -> str:
    """What the caps leave: attempts, minutes, dollars, tokens, GPU-seconds. For prompts without it."""
    return situation.fill("remaining", {"left": "\n".join(situation.left)}) if situation.left else ""


def parent_output(situation: Situation) -> str:
    """The end of what the parent printed, which AIRA's improvement sees and AIDE's does not."""
    if not situation.expansion.parents:
        return ""
    log = situation.tree.attempts[situation.expansion.parents[0]].outcome.log.strip()
    if not log:
        return ""
    shown = log if len(log) <= OUTPUT_CHARS else f"… {log[-OUTPUT_CHARS:]}"
    return situation.fill("parent_output", {"output": shown})


def notes(situation: Situation) -> str:
    """What earlier attempts noted with the tool `notes`; of many the newest."""
    lines: list[str] = []
    room = NOTES_CHARS
    for each in reversed(situation.notes):
        line = f"- {each.attempt}: {' '.join(each.text.split())}"
        room -= len(line)
        if room < 0:
            break
        lines.append(line)
    return situation.fill("notes", {"notes": "\n".join(reversed(lines))}) if lines else ""


def instruction(situation: Situation) -> str:
    """What the policy itself asks of this attempt: `params["instruction"]`, as a grammar has rendered it."""
    text = str(situation.expansion.params.get("instruction", "")).strip()
    return situation.fill("instruction", {"instruction": text}) if text else ""
