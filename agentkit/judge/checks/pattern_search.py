"""A regular expression over the work's text, in a process that can be ended.

Python's matcher cannot be interrupted, and some patterns take years on a line made for them.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from agentkit.judge.evidence import JudgeFault, one_line

SECONDS = 10.0
PLAIN = re.compile(r"(?:[^\\*+?{}()|\[\]]|\\[^\W\dN_]|\\[^\w])*")
"""Without repetition, choice or group: no text can hold it up, and no process is needed."""

CHILD = """
import itertools, json, re, resource, sys
pattern, texts, most, seconds = json.load(sys.stdin)
resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))  # should this process outlive its parent
matcher = re.compile(pattern, re.MULTILINE)
found = ((index, match.start(), match[match.lastindex or 0])
         for index, text in enumerate(texts) for match in matcher.finditer(text))
print(json.dumps(list(itertools.islice(found, most))))
"""
ARGV = (sys.executable, "-I", "-S", "-c", CHILD)


@dataclass(frozen=True)
class Place:
    """Which of the texts, the character at which a match begins, and its last group or the whole of it."""

    index: int
    start: int
    text: str


async def find_pattern(pattern: str, text: str, seconds: float = SECONDS) -> int | None:
    """Where the first match begins. A search that does not end is no verdict on the work: JudgeFault."""
    return next((each.start for each in await find_places(pattern, text, 1, seconds)), None)


async def find_places(pattern: str, text: str, most: int, seconds: float = SECONDS) -> list[Place]:
    """The first matches, in order."""
    child = await asyncio.create_subprocess_exec(
        *ARGV,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    question = _question(pattern, [text], most, seconds)
    try:
        answer, _ = await asyncio.wait_for(child.communicate(question), seconds)
    except TimeoutError as problem:
        raise _endless(pattern, seconds) from problem
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return _read_answer(answer, pattern, child.returncode)


def find_in_texts(pattern: str, texts: Sequence[str], seconds: float = SECONDS) -> Place | None:
    """The first match in the first text that holds one. Waits; otherwise like `find_pattern`."""
    if PLAIN.fullmatch(pattern):
        return _find_plain(pattern, texts)
    try:
        child = subprocess.run(
            ARGV,
            input=_question(pattern, texts, 1, seconds),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as problem:
        raise _endless(pattern, seconds) from problem
    return next(iter(_read_answer(child.stdout, pattern, child.returncode)), None)


def _find_plain(pattern: str, texts: Sequence[str]) -> Place | None:
    try:
        matcher = re.compile(pattern, re.MULTILINE)
    except re.error as problem:
        raise JudgeFault(f"{one_line(pattern)} is no pattern: {problem}") from problem
    found = ((index, matcher.search(text)) for index, text in enumerate(texts))
    return next((Place(index, match.start(), match[0]) for index, match in found if match), None)


def _question(pattern: str, texts: Sequence[str], most: int, seconds: float) -> bytes:
    return json.dumps([pattern, texts, most, math.ceil(seconds) + 1]).encode()


def _endless(pattern: str, seconds: float) -> JudgeFault:
    return JudgeFault(f"searching for {one_line(pattern)} did not end within {seconds:g} s")


def _read_answer(answer: bytes, pattern: str, code: int | None) -> list[Place]:
    try:
        return [Place(*each) for each in json.loads(answer)]
    except ValueError as problem:
        raise JudgeFault(f"searching for {one_line(pattern)} ended with {code}") from problem
