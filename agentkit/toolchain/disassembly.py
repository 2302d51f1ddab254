"""Disassembly: the functions of SASS as nvdisasm prints it, or of PTX, and each instruction's source line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

SECTION = re.compile(r"^\.text\.(\S+):\s*$")
FUNCTION = re.compile(r"^\s*Function : (\S+)")
TARGET = re.compile(r"^\s*\.target\s+(\w+)")
SOURCE = re.compile(r'//## File "([^"]*)", line (\d+)')
LABEL = re.compile(r"^\s*([.$]?L_\w+|\$L__\w+):")
SASS = re.compile(r"^\s*/\*([0-9a-f]{4,})\*/\s+(\{?\s*(@!?U?P\w+\s+)?([A-Z][\w.]*)[^;]*);?")
PTX_ENTRY = re.compile(r"^\s*(?:\.\w+\s+)*\.(?:entry|func)\s+(?:\([^)]*\)\s*)?([\w$]+)")
PTX_FILE = re.compile(r'^\s*\.file\s+(\d+)\s+"([^"]*)"')
PTX_PLACE = re.compile(r"^\s*\.loc\s+(\d+)\s+(\d+)")
PTX_LINE = re.compile(r"^\s+(@!?%\w+\s+)?([a-z][\w.]*(?:::\w+[\w.]*)*)(\s[^;]*)?;")


@dataclass(frozen=True)
class Instruction:
    text: str
    """With its guard and operands: `@P0 LDG.E R2, [R4]`."""
    opcode: str
    guarded: bool
    file: str = ""
    line: int = 0
    """0: not known, for want of -lineinfo."""
    label: str = ""
    """Where something jumps to this instruction."""


@dataclass
class Function:
    """One function for one architecture."""

    name: str
    """As the linker knows it."""
    arch: str
    instructions: list[Instruction] = field(default_factory=list)


def sass_functions(text: str) -> list[Function]:
    """Of `nvdisasm -g -c` or `cuobjdump -sass`, in the order of the text."""
    found: list[Function] = []
    arch = file = label = ""
    line = 0
    for each in text.splitlines():
        if match := TARGET.match(each):
            arch = match[1]
        elif match := SECTION.match(each) or FUNCTION.match(each):
            found.append(Function(match[1], arch))
            file, line, label = "", 0, ""
        elif match := SOURCE.search(each):
            file, line = match[1], int(match[2])
        elif match := LABEL.match(each):
            label = match[1]
        elif found and (match := SASS.match(each)):
            words = " ".join(match[2].strip("{} ").split())
            found[-1].instructions.append(Instruction(words, match[4], bool(match[3]), file, line, label))
            label = ""
    return [each for each in found if each.instructions]


def ptx_functions(text: str) -> list[Function]:
    files = {match[1]: match[2] for each in text.splitlines() if (match := PTX_FILE.match(each))}
    found: list[Function] = []
    arch = file = label = ""
    line = 0
    inside = False
    for each in statements(text):
        if match := TARGET.match(each):
            arch = match[1]
        elif match := PTX_ENTRY.match(each):
            found.append(Function(match[1], arch))
            file, line, label, inside = "", 0, "", False
        elif each.startswith("{"):
            inside = True
        elif match := PTX_PLACE.match(each):
            file, line = files.get(match[1], ""), int(match[2])
        elif match := LABEL.match(each):
            label = match[1]
        elif inside and found and (match := PTX_LINE.match(each)):
            words = " ".join(each.strip().rstrip(";").split())
            found[-1].instructions.append(Instruction(words, match[2], bool(match[1]), file, line, label))
            label = ""
    return [each for each in found if each.instructions]


def statements(text: str) -> Iterator[str]:
    """Lines, and one for a call or a vector that goes over several."""
    pending = ""
    for line in text.splitlines():
        line = line.split("//")[0].rstrip() if "//" in line else line.rstrip()
        if pending:
            pending += " " + line.strip()
        elif re.match(r"^\s+(?:@!?%\w+\s+)?[a-z][\w.:]*\b", line) and not line.endswith((";", ":", "{", "}")):
            pending = line
        else:
            yield line
        if pending and pending.endswith(";"):
            yield pending
            pending = ""


def chosen(function: Function, pattern: re.Pattern[str] | None, around_line: int) -> list[int]:
    """Numbers of the instructions that fit the pattern (if there is one) and the source line (if not 0)."""
    return [
        number
        for number, each in enumerate(function.instructions)
        if (pattern is None or pattern.search(each.text)) and around_line in (0, each.line)
    ]


def windows(function: Function, numbers: list[int], most: int, context: int = 3) -> tuple[list[str], int]:
    """Lines to show around these instructions, at most `most`, and how many of the instructions they hold.

    A gap is a line `…`; a change of source line is told on the instruction where it happens.
    """
    shown: list[str] = []
    last, held = -1, 0
    marked = set(numbers)
    for number in numbers:
        if number <= last:
            held += 1
            continue
        first = max(number - context, last + 1)
        until = min(number + context, len(function.instructions) - 1)
        if len(shown) + until - first + 2 > most:
            break
        if first > last + 1:
            shown.append("…")
        for index in range(first, until + 1):
            shown.append(shown_line(function, index, index in marked))
        last = until
        held += 1
    return shown, held


def shown_line(function: Function, index: int, is_marked: bool) -> str:
    each = function.instructions[index]
    before = function.instructions[index - 1] if index else None
    place = ""
    if each.line and (before is None or (before.file, before.line) != (each.file, each.line)):
        place = f"   // {each.file.rsplit('/', 1)[-1]}:{each.line}"
    label = f"{each.label}: " if each.label else ""
    return f"{'>' if is_marked else ' '}{index:5} {label}{each.text}{place}"


def without_padding(function: Function) -> list[Instruction]:
    """Without what fills the last cache line: a branch to itself, and NOPs after it."""
    code = list(function.instructions)
    while code and code[-1].opcode == "NOP":
        code.pop()
    if len(code) < len(function.instructions) and code and code[-1].opcode == "BRA":
        code.pop()
    return code
