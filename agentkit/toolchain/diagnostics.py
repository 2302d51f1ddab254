"""Diagnostics: what nvcc, its host compiler, ptxas and the linker complain about, one record a fault.

A fault in a template is told where the user's code asks for it: of the back-trace that nvcc prints, only
the first place in a file of the user's is kept, and how long the rest was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from agentkit.source.excerpt import cut_line

Severity = Literal["error", "warning"]

NVCC = re.compile(
    r"^(?P<file>[^\s(][^(]*)\((?P<line>\d+)\): (?:catastrophic )?(?P<kind>error|warning)\b(?P<rest>.*)"
)
HOST = re.compile(
    r"^(?P<file>[^\s:][^:]*):(?P<line>\d+):(?:\d+:)? (?:fatal )?(?P<kind>error|warning): (?P<rest>.*)"
)
NOTE = re.compile(r"^(?P<file>[^\s(:][^(:]*)[(:](?P<line>\d+)\)?:(?:\d+:)? note(?P<rest>.*)")
PLAIN = re.compile(
    r"^(?:(?P<file>ptxas) (?P<where>[^,]+), line (?P<line>\d+); )?"
    r"(?:ptxas|nvcc|nvlink|ld|cc1plus|\S*collect2|\S*/ld|fatbinary)?\s*:?\s*"
    r"(?P<kind>[Ff]atal|[Ee]rror|[Ww]arning)(?: error)?\s*:\s*(?P<rest>.*)"
)
UNDEFINED = re.compile(r"undefined reference to .*")
CODE = re.compile(r"^(?: #\d+(?:-D)?)?:? ?")
"""The number that comes before a message."""
FRAME = re.compile(
    r"^\s+(?:instantiation|processing|implicit generation|required|generating)\b.*"
    r'\bat line (\d+)(?: of "?([^"]*?)"?)?$'
)
INSTANCE = re.compile(r"\[with [^\]]*\]")
NOISE = ("detected during:", "Remark: ", "compilation terminated", "cc1plus: all warnings")


@dataclass(frozen=True)
class Diagnostic:
    severity: Severity
    message: str
    file: str = ""
    """Empty where the complaint is about no file."""
    line: int = 0
    instantiated_at: str = ""
    """`file:line` in the user's code that asked for the template in which the fault is."""
    instantiated_with: str = ""
    """The template arguments there: `[with T=Mine]`."""
    frames: int = 0
    """Length of the back-trace that was folded."""
    note: str = ""
    """The first explanation in a file of the user's."""

    @property
    def text(self) -> str:
        where = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        parts = [f"{where}{self.severity}: {self.message}"]
        if self.instantiated_at:
            more = f"; {self.frames} template frames folded" if self.frames > 1 else ""
            with_what = f" {cut_line(self.instantiated_with, 100)}" if self.instantiated_with else ""
            parts.append(f"[asked for at {self.instantiated_at}{with_what}{more}]")
        if self.note:
            parts.append(f"[{self.note}]")
        return " ".join(parts)


def diagnostics(output: str, is_users: Callable[[str], bool]) -> list[Diagnostic]:
    """In their order. `is_users` tells files of the user's from those of a library.

    The same complaint about the same place of the user's is there once, wherever in a library it arose.
    """
    found: list[Diagnostic] = []
    frames: list[tuple[str, int, str]] = []
    for line in output.splitlines():
        if frame := FRAME.match(line):
            # A frame without a file is in that of the frame before it.
            file = frame[2] or (frames[-1][0] if frames else found[-1].file if found else "")
            frames.append((file, int(frame[1]), line))
        elif fault := fault_of(line):
            close(found, frames, is_users)
            found.append(fault)
        elif found and not found[-1].note and (note := NOTE.match(line)) and is_users(note["file"]):
            text = f"{note['file']}:{note['line']}: {CODE.sub('', note['rest'], count=1).strip()}"
            found[-1] = replace(found[-1], note=cut_line(text, 200))
    close(found, frames, is_users)
    kept: dict[tuple[str, ...], Diagnostic] = {}
    for each in found:
        place = each.instantiated_at or f"{each.file}:{each.line}"
        kept.setdefault((each.severity, each.message, place), each)
    return list(kept.values())


def fault_of(line: str) -> Diagnostic | None:
    if any(each in line for each in NOISE):
        return None
    if match := NVCC.match(line) or HOST.match(line):
        message = CODE.sub("", match["rest"], count=1).strip()
        return Diagnostic(severity_of(match["kind"]), message, match["file"], int(match["line"]))
    if match := PLAIN.match(line):
        file = match["where"] or ""
        return Diagnostic(severity_of(match["kind"]), match["rest"].strip(), file, int(match["line"] or 0))
    if match := UNDEFINED.search(line):
        return Diagnostic("error", match[0])
    return None


def severity_of(word: str) -> Severity:
    return "warning" if word.lower() == "warning" else "error"


def close(
    found: list[Diagnostic], frames: list[tuple[str, int, str]], is_users: Callable[[str], bool]
) -> None:
    """Give the last fault the first frame that is the user's, innermost first; else the outermost."""
    if found and frames:
        file, line, text = next((each for each in frames if is_users(each[0])), frames[-1])
        if is_users(found[-1].file):
            # The fault itself is in the user's file: what matters then is who asked first.
            file, line, text = next((each for each in reversed(frames) if is_users(each[0])), frames[-1])
        instance = INSTANCE.search(text)
        found[-1] = replace(
            found[-1],
            instantiated_at=f"{file}:{line}",
            instantiated_with=instance[0] if instance else "",
            frames=len(frames),
        )
    frames.clear()


def counted(found: Iterable[Diagnostic], severity: Severity) -> int:
    return sum(each.severity == severity for each in found)
