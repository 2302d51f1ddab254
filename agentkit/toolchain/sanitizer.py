"""Sanitizer: what compute-sanitizer found, each fault once however many threads made it.

Written from the formats in NVIDIA's Compute Sanitizer manual; not yet seen against a GPU by this project.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

PREFIX = "========="
FAULT = re.compile(
    r"^(?:Invalid |Uninitialized |Misaligned |Barrier error|Error: |Warning: |Race reported|Leaked |"
    r"Program hit |Malloc/Free |Unused |Stack overflow|Device-side|Warp|Thread)"
)
PLACE = re.compile(r"\bat (?P<function>.+?)\+0x[0-9a-f]+(?: in (?P<file>[^:\s]\S*?):(?P<line>\d+))?")
OLD_PLACE = re.compile(r"\bat 0x[0-9a-f]+ in (?:(?P<file>\S+?):(?P<line>\d+):)?(?P<function>\S.*)")
THREAD = re.compile(r"by thread (\([\d,]+\)) in block (\([\d,]+\))")
ADDRESS = re.compile(r"(?:Address|and is) .*")
NUMBERS = re.compile(r"0x[0-9a-f]+|\[\d+ hazards?\]")
SUMMARY = re.compile(r"(?:ERROR|RACECHECK|LEAK) SUMMARY: (.*)")
STARTED = "COMPUTE-SANITIZER"


@dataclass(frozen=True)
class Finding:
    message: str
    places: tuple[str, ...]
    """`file:line in kernel`, of a race both ends; without -lineinfo only the kernel."""
    example: str
    """The first thread that did it, and what it touched."""
    count: int

    @property
    def text(self) -> str:
        where = " and ".join(self.places) or "place unknown"
        times = f" ({self.count} times)" if self.count > 1 else ""
        example = f"; {self.example}" if self.example else ""
        return f"{self.message}{times}: {where}{example}"


def findings(output: str) -> list[Finding]:
    """The most frequent first."""
    counts: Counter[tuple[str, tuple[str, ...]]] = Counter()
    examples: dict[tuple[str, tuple[str, ...]], str] = {}
    for message, details in blocks(output):
        lines = [message, *details]
        key = (plain(message), tuple(dict.fromkeys(place for line in lines if (place := place_of(line)))))
        counts[key] += 1
        examples.setdefault(key, example_of(details))
    return [Finding(*key, examples[key], count) for key, count in counts.most_common()]


def blocks(output: str) -> list[tuple[str, list[str]]]:
    """A fault's first line and those below it, up to the host's own stack."""
    found: list[tuple[str, list[str]]] = []
    reading = False
    for line in output.splitlines():
        if not line.startswith(PREFIX):
            continue
        text = line.removeprefix(PREFIX)
        words = text.strip()
        if text.startswith(" ") and not text.startswith("   ") and FAULT.match(words):
            found.append((words, []))
            reading = True
        elif not words or "host backtrace" in words.lower():
            reading = False
        elif reading and found:
            found[-1][1].append(words)
    return found


def plain(message: str) -> str:
    """Without what differs from thread to thread."""
    head = message.split(" at ")[0] if " access at " in message else message
    return NUMBERS.sub("", head).strip().rstrip(".")


def place_of(line: str) -> str:
    match = PLACE.search(line) or OLD_PLACE.search(line)
    if match is None:
        return ""
    where = f"{match['file']}:{match['line']} in " if match["file"] else ""
    return f"{where}{match['function'].strip().split('(')[0]}"


def example_of(details: list[str]) -> str:
    thread = next((match for line in details if (match := THREAD.search(line))), None)
    touched = [match[0] for line in details if (match := ADDRESS.match(line))]
    who = f"thread {thread[1]} of block {thread[2]}" if thread else ""
    return "; ".join(each for each in (who, " ".join(NUMBERS.sub("…", line) for line in touched[:2])) if each)


def verdict(output: str) -> str:
    """Its own last word. Empty: it did not come to one."""
    found = SUMMARY.findall(output)
    return found[-1].strip() if found else ""
