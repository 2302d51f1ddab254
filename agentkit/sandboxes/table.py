"""The table of `docs/sandboxes.md`: which sandbox keeps a command from what, and by what at best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from agentkit.contracts.sandbox import Wall
from agentkit.sandboxes.walls import MEANINGS

BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def table(found: Mapping[str, Mapping[Wall, str]]) -> str:
    """`found`: what each sandbox says on a machine where everything is permitted, by its name."""
    names = list(found)
    lines = [f"| wall | what it means | {' | '.join(names)} |", "|---|---|" + "---|" * len(names)]
    for wall in get_args(Wall):
        cells = [found[name].get(wall, "–") for name in names]
        lines.append(f"| `{wall}` | {MEANINGS[wall]} | {' | '.join(cells)} |")
    return "\n".join(lines)


def with_table(text: str, found: Mapping[str, Mapping[Wall, str]]) -> str:
    """A page with its table renewed. ValueError where it has no place for one."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n{table(found)}\n{END}{after}"
