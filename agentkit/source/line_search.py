"""Line search: lines that match a regular expression, by ripgrep or by Python, with one result.

The expression is Python's, and `\\w \\d \\s \\b` mean ASCII. ripgrep gets it only where both
dialects surely agree on it. Both run as processes of their own, because a bad pattern can keep
Python's `re` busy for ever: run as a script, this file is the Python one.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Engine = Literal["auto", "ripgrep", "python"]
Mode = Literal["lines", "counts"]

LINE_CHARS = 2000
"""How much of a line comes back."""
BATCH_FILES = 1000
BATCH_CHARS = 100_000
"""Of paths in one command line."""

RIPGREP = (
    "--no-config", "--no-messages", "--text", "--encoding", "none", "--color", "never",
    "--null", "--with-filename", "--no-heading",
    "--max-columns", str(4 * LINE_CHARS), "--max-columns-preview",
)  # fmt: skip


class SearchFailed(Exception):
    """The search took too long, or its process broke."""


@dataclass(frozen=True)
class Match:
    """`file` is the index among the files that were searched; `line` counts from 1."""

    file: int
    line: int
    text: str


@dataclass(frozen=True)
class Found:
    """At most `per_file` matches of each file, in order, and how many there are of each in truth."""

    matches: tuple[Match, ...]
    counts: dict[int, int]


async def find_lines(
    pattern: str, files: Sequence[Path], per_file: int, seconds: float = 30.0, engine: Engine = "auto"
) -> Found:
    """`re.error` for a bad pattern, SearchFailed after `seconds`. Files that cannot be read have no match."""
    re.compile(pattern, re.ASCII)
    index = {str(path).encode("utf-8", "surrogateescape"): number for number, path in enumerate(files)}
    matches: list[Match] = []
    counts: dict[int, int] = {}
    try:
        async with asyncio.timeout(seconds):
            for batch in batches(files):
                lines = await scan("lines", per_file, pattern, batch, engine)
                for name, line, text in read_lines(lines):
                    matches.append(Match(index[name], line, text))
                for name, count in read_counts(await scan("counts", per_file, pattern, batch, engine)):
                    counts[index[name]] = count
    except TimeoutError as error:
        raise SearchFailed(f"the search was stopped after {seconds:g} s") from error
    matches.sort(key=lambda match: (match.file, match.line))
    return Found(tuple(matches), counts)


def batches(files: Sequence[Path]) -> Iterator[list[Path]]:
    """As many files as one command line takes."""
    batch: list[Path] = []
    room = BATCH_CHARS
    for path in files:
        room -= len(str(path))
        if batch and (room < 0 or len(batch) == BATCH_FILES):
            yield batch
            batch, room = [], BATCH_CHARS - len(str(path))
        batch.append(path)
    if batch:
        yield batch


async def scan(mode: Mode, per_file: int, pattern: str, files: Sequence[Path], engine: Engine) -> bytes:
    """What one process prints. Where ripgrep could not do all of it (exit code 2), Python does."""
    program = None if engine == "python" else shutil.which("rg")
    translated = for_ripgrep(pattern)
    if program is not None and translated is not None:
        options = ("--count",) if mode == "counts" else ("--line-number", "--max-count", str(per_file))
        code, output = await run(program, *RIPGREP, *options, "-e", translated, "--", *map(str, files))
        if code in (0, 1):
            return output
    elif engine == "ripgrep":
        raise SearchFailed("ripgrep is not here, or reads this pattern otherwise than Python")
    code, output = await run(sys.executable, "-I", __file__, mode, str(per_file), pattern, *map(str, files))
    if code != 0:
        raise SearchFailed(f"the searching process ended with code {code}")
    return output


async def run(*argv: str) -> tuple[int, bytes]:
    """Exit code and stdout; a cancelled caller leaves no process behind."""
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"},
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    return process.returncode or 0, output


# Path, NUL, number, and for a line `:` and its text; then a newline. A path may hold newlines, a line NULs.
LINE = re.compile(rb"([^\0]*)\0(\d+):([^\n]*)\n")
COUNT = re.compile(rb"([^\0]*)\0(\d+)\n")


def read_lines(output: bytes) -> Iterator[tuple[bytes, int, str]]:
    for match in LINE.finditer(output):
        yield match[1], int(match[2]), match[3].decode("utf-8", "replace").removesuffix("\r")[:LINE_CHARS]


def read_counts(output: bytes) -> Iterator[tuple[bytes, int]]:
    for match in COUNT.finditer(output):
        yield match[1], int(match[2])


TOKEN = re.compile(
    r"""(?P<boundary>\\b)
    | (?P<type>\\[dws])
    | (?P<escape>\\[.()\[\]{}|?*+^$\\/-])
    | (?P<set>\[\^?(?:[A-Za-z0-9_ .,;:/=<>"'@#%!+*?()]|-(?!-)|\\[dws])+\])
    | (?P<group>\(\?:|\((?!\?)|\)|\||\^|\$|\.)
    | (?P<repeat>(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})\??(?![*+?{]))
    | (?P<plain>[^\\\[\](){}|?*+.^$\n])""",
    re.VERBOSE | re.ASCII,
)
TYPES = {r"\d": "0-9", r"\w": "0-9A-Za-z_", r"\s": r" \t\n\r\x0b\x0c"}


def for_ripgrep(pattern: str) -> str | None:
    """The pattern in ripgrep's dialect; None where the two might differ."""
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        match = TOKEN.match(pattern, position)
        if match is None:
            return None
        position = match.end()
        token = match[0]
        if match["boundary"]:
            token = r"(?-u:\b)"
        elif match["type"]:
            token = f"[{TYPES[token]}]"
        elif match["set"]:
            token = re.sub(r"\\[dws]", lambda each: TYPES[each[0]], token)
        parts.append(token)
    return "".join(parts)


def main(mode: str, per_file: str, pattern: str, *files: str) -> None:
    """Print what ripgrep would."""
    expression = re.compile(pattern, re.ASCII)
    write = sys.stdout.buffer.write
    for file in files:
        try:
            lines = Path(file).read_bytes().decode("utf-8", "replace").split("\n")
        except OSError:
            continue
        if lines[-1] == "":
            lines.pop()
        name = file.encode("utf-8", "surrogateescape")
        hits = [number for number, line in enumerate(lines, 1) if expression.search(line)]
        if mode == "counts":
            if hits:
                write(b"%s\0%d\n" % (name, len(hits)))
            continue
        for number in hits[: int(per_file)]:
            write(
                b"%s\0%d:%s\n"
                % (name, number, lines[number - 1][: 4 * LINE_CHARS].encode("utf-8", "replace"))
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
