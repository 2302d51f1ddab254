"""Look at machine code: how much of which kind, and the part that was asked for; never all of it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence

from agentkit import ToolContext, ToolResult, Truncated, reading_tool
from agentkit.source.excerpt import LIMIT, cut_line, excerpt, printable
from agentkit.source.paths import Refused, locate
from agentkit.toolbox.command import Ran, log_name, refused
from agentkit.toolchain.disassemble import disassemble
from agentkit.toolchain.disassembly import Function, chosen, windows, without_padding
from agentkit.toolchain.instructions import histogram
from agentkit.toolchain.kernel_names import written_names

MOST_LINES = 120
MOST_KERNELS = 12
MNEMONICS = 8
"""Shown of each kind of work."""


@reading_tool
async def sass(
    context: ToolContext,
    artefact: str,
    kernel: str = "",
    pattern: str = "",
    around_line: int = 0,
    lines: int = 60,
) -> ToolResult:
    """Count SASS or PTX instructions by kind; show those near a pattern or source line.

    artefact: .cubin .ptx .fatbin .o .so or program
    kernel: part of its name
    pattern: regular expression, as LDG|STL
    around_line: source line (needs -lineinfo)
    """
    began = time.monotonic()
    try:
        place = locate(context.workspace.folder, artefact)
        if not place.path.is_file():
            raise Refused(
                f"There is no file {artefact} in the workspace. The nvcc tool makes one (output=…)."
            )
        wanted = compiled_pattern(pattern)
        functions, ran = await disassemble(context, place.path, place.name)
        names = await written_names(context, [each.name for each in functions])
        found = named(functions, names, kernel, place.name)
        shown = min(max(lines, 1), MOST_LINES) if pattern or around_line else 0
        result = told(place.name, found, names, wanted, around_line, shown, ran)
    except Refused as refusal:
        result = refused(str(refusal))
    return result.model_copy(update={"seconds": round(time.monotonic() - began, 4)})


def compiled_pattern(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern) if pattern else None
    except re.error as error:
        raise Refused(f"The pattern is no regular expression: {error}.") from error


def named(
    functions: Sequence[Function], names: Mapping[str, str], kernel: str, artefact: str
) -> list[Function]:
    """Those with `kernel` in their name, the longest code first."""
    if not functions:
        raise Refused(f"{artefact} holds no function for a GPU.")
    found = [each for each in functions if kernel in each.name or kernel in names[each.name]]
    if not found:
        known = ", ".join(dict.fromkeys(names[each.name] for each in functions))
        raise Refused(f"{artefact} has no kernel with {kernel!r} in its name; it has {cut_line(known, 600)}.")
    return sorted(found, key=lambda each: -len(each.instructions))


def told(
    artefact: str,
    found: Sequence[Function],
    names: Mapping[str, str],
    pattern: re.Pattern[str] | None,
    around_line: int,
    most: int,
    ran: Ran | None,
) -> ToolResult:
    count = sum(len(without_padding(each)) for each in found)
    head = f"{artefact}: {len(found)} {'kernel' if len(found) == 1 else 'kernels'}, {count:,} instructions"
    lines, matches = [head], 0
    for each in found[:MOST_KERNELS]:
        lines += histogram_lines(each, names[each.name])
        if most:
            numbers = chosen(each, pattern, around_line)
            matches += len(numbers)
            room = most - sum(line.startswith((">", " ", "…")) for line in lines)
            shown, held = windows(each, numbers, max(room, 0))
            lines += shown
            if held < len(numbers):
                lines.append(f"[… {len(numbers) - held} more that fit are not shown …]")
    if len(found) > MOST_KERNELS:
        lines.append(f"[… {len(found) - MOST_KERNELS} shorter kernels; name one with kernel= …]")
    text = excerpt(printable("\n".join(lines)), LIMIT)
    return ToolResult(
        ok=True,
        summary=f"{head}, {matches} of them fit" if most else head,
        text=text,
        data={"kernels": [as_data(each, names[each.name]) for each in found[:50]], "matches": matches},
        truncated=whole(ran, text),
        next_hint=advice(found, around_line, matches, most),
    )


def whole(ran: Ran | None, text: str) -> Truncated | None:
    if ran is None:
        return None
    return Truncated(from_chars=ran.log.stat().st_size, kept=len(text), full_log=log_name(ran.log))


def histogram_lines(function: Function, name: str) -> list[str]:
    code = without_padding(function)
    guarded = sum(each.guarded for each in code)
    parts = []
    for work, counts in histogram(each.opcode for each in code).items():
        top = ", ".join(f"{name} {count:,}" for name, count in counts.most_common(MNEMONICS))
        more = ", …" if len(counts) > MNEMONICS else ""
        parts.append(f"- {work} {counts.total():,}: {top}{more}")
    return [f"{name} ({function.arch}): {len(code):,} instructions, {guarded:,} guarded", *parts]


def as_data(function: Function, name: str) -> dict[str, object]:
    code = without_padding(function)
    kinds = histogram(each.opcode for each in code)
    return {
        "kernel": name,
        "symbol": function.name,
        "arch": function.arch,
        "instructions": len(code),
        "kinds": {work: dict(counts.most_common(20)) for work, counts in kinds.items()},
    }


def advice(found: Sequence[Function], around_line: int, matches: int, most: int) -> str:
    if around_line and not any(each.line for function in found for each in function.instructions):
        return "No instruction has a source line: compile it with -lineinfo, as the nvcc tool does."
    if around_line and not matches:
        lines = sorted({each.line for function in found for each in function.instructions if each.line})
        return f"No instruction comes from line {around_line}; there are some from {lines[:20]}."
    if most and not matches:
        return "No instruction fits the pattern; mnemonics are in capitals in SASS and small in PTX."
    return ""
