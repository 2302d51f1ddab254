"""What a prompt shows: files, hints, the plan. A simulated model knows what it is shown, as any model."""

from __future__ import annotations

import re
from collections.abc import Collection

_FILE = re.compile(
    r"^## (?P<path>\S[^\n]*)\n\n(?P<fence>`{3,})[^\n`]*\n(?P<text>.*?)\n(?P=fence)$", re.MULTILINE | re.DOTALL
)
_HINT = re.compile(r"^## Hint: (\S+)$", re.MULTILINE)
_PLANNED = re.compile(r"^(?P<what>Edits|Repair): (?P<names>[a-z0-9-]+(?:, [a-z0-9-]+)*)$", re.MULTILINE)


def shown_files(prompt: str, known: Collection[str]) -> dict[str, str]:
    """Workspace path to text, of those `known` paths that stand in the prompt as `## PATH` and a fence."""
    found: dict[str, str] = {}
    for match in _FILE.finditer(prompt):
        if match["path"] in known:
            found.setdefault(match["path"], match["text"] + "\n")
    return found


def shown_hints(prompt: str) -> tuple[str, ...]:
    """Levels in the order in which they are shown."""
    return tuple(dict.fromkeys(_HINT.findall(prompt)))


def planned(prompt: str) -> tuple[bool, tuple[str, ...]] | None:
    """What the plan in a prompt names: whether it is a repair, and the edits. None: it names none."""
    found = list(_PLANNED.finditer(prompt))
    return (found[-1]["what"] == "Repair", tuple(found[-1]["names"].split(", "))) if found else None


def plan_line(names: Collection[str], repair: bool = False) -> str:
    """The line that `planned` reads."""
    return f"{'Repair' if repair else 'Edits'}: {', '.join(names)}"
