"""Find text, files and definitions in the workspace."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Literal

from agentkit import ToolContext, ToolResult, reading_tool
from agentkit.source.excerpt import LIMIT, cut_line, printable
from agentkit.source.languages import SUFFIXES, language_of
from agentkit.source.line_search import SearchFailed, find_lines
from agentkit.source.outline import outline_of, shown_outline
from agentkit.source.paths import LOG_PREFIX, Place, Refused, list_files, locate_readable
from agentkit.source.symbols import Use, uses_of
from agentkit.source.textfile import read_text
from agentkit.source.view import lines_of, numbered

LARGEST = 256 * 1024 * 1024
"""Bytes; larger files are not searched."""
MOST_RESULTS = 500
LARGEST_PARSED = 2_000_000
"""Bytes; generated code of more is not parsed for names."""
BODY_LINES = 60


@reading_tool
async def search(
    context: ToolContext,
    command: Literal["text", "files", "outline", "symbol", "callers"],
    pattern: str = "",
    path: str = ".",
    glob: str = "",
    max_results: int = 50,
) -> ToolResult:
    """Find lines (text), files by name, a file's definitions (outline), a name's (symbol), its callers.

    pattern: text: a Python regular expression, matched line by line; symbol, callers: a name.
    path: where to look; for outline the file.
    glob: only files like `*.py` or `src/**/*.cu`.
    max_results: how many to show; the count is always exact.
    """
    began = time.monotonic()
    try:
        place = locate_readable(context.workspace.folder, context.logs, path)
        if not place.path.exists():
            raise Refused(f"There is no {path} in the workspace. `search files` lists what is there.")
        most = min(max(max_results, 1), MOST_RESULTS)
        if command == "text":
            result = await find_text(place, pattern, glob, most)
        elif command == "files":
            result = find_files(place, glob or pattern, most)
        elif command in ("symbol", "callers"):
            result = await find_symbol(place, pattern, glob, most, callers=command == "callers")
        else:
            result = show_outline(place)
    except Refused as refusal:
        said = printable(str(refusal))
        result = ToolResult(ok=False, summary=cut_line(f"search {command}: {said}", 200), text=said)
    return result.model_copy(update={"seconds": round(time.monotonic() - began, 4)})


async def find_text(place: Place, pattern: str, glob: str, most: int) -> ToolResult:
    if not pattern:
        raise Refused("search text needs a pattern.")
    files = [each for each in list_files(place, glob) if is_searched(each)]
    try:
        found = await find_lines(pattern, [each.path for each in files], most)
    except re.error as error:
        raise Refused(
            f"The pattern is no regular expression: {error}. A backslash before a sign takes it literally."
        ) from error
    except ValueError as error:
        raise Refused(f"The pattern cannot be used: {error}.") from error
    except SearchFailed as error:
        raise Refused(f"Nothing was found out: {error}. Narrow the path, the glob or the pattern.") from error
    total = sum(found.counts.values())
    lines = [
        f"{files[match.file].name}:{match.line}: {printable(cut_line(match.text))}"
        for match in found.matches[:most]
    ]
    where = f"{len(found.counts)} of {len(files)} {plural(len(files), 'file')}"
    head = f"{total} matching {plural(total, 'line')} in {where}"
    return listed(head, lines, total, {"matches": total, "files": len(found.counts)})


def is_searched(place: Place) -> bool:
    """Text of a size that can be searched."""
    try:
        with place.path.open("rb") as file:
            return b"\0" not in file.read(8192) and place.path.stat().st_size <= LARGEST
    except OSError:
        return False


def find_files(place: Place, glob: str, most: int) -> ToolResult:
    files = list(list_files(place, glob))
    lines = [f"{printable(each.name)}  ({size_of(each):,} bytes)" for each in files[:most]]
    where = "" if place.name == "." else f" in {place.name}"
    like = f" like {glob}" if glob else ""
    head = f"{len(files)} {plural(len(files), 'file')}{like}{where}"
    return listed(head, lines, len(files), {"files": len(files)})


def size_of(place: Place) -> int:
    try:
        return place.path.stat().st_size
    except OSError:  # gone meanwhile
        return 0


def listed(head: str, lines: list[str], total: int, data: dict[str, int]) -> ToolResult:
    """As many lines as a result may hold, and how many there are besides."""
    room = LIMIT - 300
    shown: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        shown.append(line)
    left_out = total - len(shown)
    note = f"; {left_out} of them not shown" if left_out else ""
    return ToolResult(
        ok=True,
        summary=head + note,
        text="\n".join([f"{head}{note}" + (":" if shown else "."), *shown]),
        data={**data, "left_out": left_out},
        next_hint="Narrow the path, the glob or the pattern to see the rest." if left_out else "",
    )


def show_outline(place: Place) -> ToolResult:
    language = language_of(place.name.removeprefix(LOG_PREFIX))
    text = read_text(place).text
    if language is None:
        raise Refused(
            f"{place.name} has no outline: only {', '.join(SUFFIXES)} files have one. Use editor view."
        )
    definitions = outline_of(text, language)
    head = f"{place.name}: {len(definitions)} {plural(len(definitions), 'definition')}"
    body = printable(shown_outline(definitions, LIMIT - 300))
    return ToolResult(
        ok=True,
        summary=head,
        text=f"{head}\n{body}".rstrip("\n"),
        data={"definitions": len(definitions), "language": language},
    )


async def find_symbol(place: Place, name: str, glob: str, most: int, *, callers: bool) -> ToolResult:
    """Its definitions with their text, or the places that call it, then those that use it otherwise."""
    name = re.split(r"\.|::", name.strip())[-1]
    if not name.isidentifier():
        raise Refused("symbol and callers need a name as `pattern`, such as `train` or `Model.forward`.")
    found = await asyncio.to_thread(uses_in, place, name, glob)
    defined = [each for each in found if each[1].kind == "definition"]
    used = [each for each in found if each[1].kind != "definition"]
    order = {"call": 0, "import": 1, "use": 2}
    used.sort(key=lambda each: order[each[1].kind])
    count = sum(each[1].kind == "call" for each in used)
    head = f"{name}: {len(defined)} {plural(len(defined), 'definition')}, {count} {plural(count, 'call')}"
    head += f", {len(used) - count} other {plural(len(used) - count, 'use')}"
    if callers:
        rows = [f"{where.name}:{use.line}: {use.kind} in {use.inside or 'the module'}: {cut_line(use.source)}"
                for where, use in used]  # fmt: skip
    else:
        rows = [f"{where.name}:{use.line}-{use.end_line}{' in ' * bool(use.inside)}{use.inside}\n"
                + body_of(where, use) for where, use in defined]  # fmt: skip
    data = {"definitions": len(defined), "calls": count, "other_uses": len(used) - count}
    return listed(head, [printable(row) for row in rows[:most]], len(rows), data)


def uses_in(place: Place, name: str, glob: str) -> list[tuple[Place, Use]]:
    found: list[tuple[Place, Use]] = []
    for each in list_files(place, glob):
        language = language_of(each.name.removeprefix(LOG_PREFIX))
        if language is None or not is_searched(each) or size_of(each) > LARGEST_PARSED:
            continue
        try:
            text = read_text(each).text
        except Refused:  # gone meanwhile, or no text
            continue
        found += [(each, use) for use in uses_of(text, language, name)]
    return found


def body_of(place: Place, use: Use) -> str:
    """Numbered, the middle of a long one left out."""
    rows = lines_of(read_text(place).text)[use.line - 1 : use.end_line]
    if len(rows) <= BODY_LINES:
        return numbered(rows, use.line)
    head, tail = BODY_LINES * 3 // 4, BODY_LINES // 4
    left_out = f"[… {len(rows) - head - tail} lines; editor view …]"
    return "\n".join(
        [numbered(rows[:head], use.line), left_out, numbered(rows[-tail:], use.end_line - tail + 1)]
    )


def plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
