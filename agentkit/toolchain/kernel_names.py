"""Kernel names: as a programmer wrote them, of those that the linker knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from agentkit.contracts.tool import ToolContext
from agentkit.source.excerpt import cut_line
from agentkit.toolbox.command import run_logged
from agentkit.toolchain.programs import find_programs

MOST = 300
SECONDS = 60.0
NAME_CHARS = 60
ANONYMOUS = "(anonymous namespace)"


async def written_names(context: ToolContext, names: Iterable[str]) -> dict[str, str]:
    """By the linker's name. Where no program translates them, or beyond the first 300, they stay the same."""
    wanted = list(dict.fromkeys(names))[:MOST]
    found = {name: name for name in names}
    program = (await find_programs(context)).first("cu++filt", "c++filt")
    if program is None or not any(name.startswith("_Z") for name in wanted):
        return found
    ran = await run_logged(context, "names", (program, *wanted), SECONDS)
    lines = ran.log.read_text(encoding="utf-8", errors="replace").splitlines()
    ran.log.unlink(missing_ok=True)
    if ran.result.status == "ok" and len(lines) == len(wanted):
        found |= short_names(dict(zip(wanted, lines, strict=True)))
    return found


def short_names(written: dict[str, str]) -> dict[str, str]:
    """Without parameters and return type where the rest tells them apart, and none longer than a column."""
    bare = {name: without_parameters(text) for name, text in written.items()}
    counts = Counter(bare.values())
    return {
        name: cut_line(bare[name] if counts[bare[name]] == 1 else text, NAME_CHARS)
        for name, text in written.items()
    }


def without_parameters(text: str) -> str:
    """`spilling<96>` of `void spilling<96>(float*)`; a template's arguments may hold brackets and blanks."""
    depth = start = 0
    text = text.replace(ANONYMOUS, "{anonymous}")
    for place, letter in enumerate(text):
        if letter == "<":
            depth += 1
        elif letter == ">":
            depth -= 1
        elif letter == " " and not depth:
            start = place + 1
        elif letter == "(" and not depth:
            return text[start:place].replace("{anonymous}", ANONYMOUS)
    return text.replace("{anonymous}", ANONYMOUS)
