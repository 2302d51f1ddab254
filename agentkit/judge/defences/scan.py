"""Scan: text of the work that speaks to a judge. A hit is reported and its lines prove nothing; no more."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import pairwise
from pathlib import PurePosixPath

from agentkit.contracts.rubric import Criterion, Rubric, Suspect
from agentkit.judge.defences.encodings import hidden_texts
from agentkit.judge.defences.phrases import spoken
from agentkit.judge.defences.rules import RULES
from agentkit.judge.defences.visible import SELECTORS, TAGS, plain, visible
from agentkit.judge.evidence import one_line
from agentkit.judge.snapshot import Snapshot, SnapshotFile
from agentkit.source.ranking import words

COPIED_WORDS = 10
"""So many words of a criterion, in its order; the whole of a shorter one."""
LEAST_COPIED_WORDS = 7
MOST_OF_A_RULE = 100
"""Suspects of one rule in one file."""

LEADING = re.compile(r"^[ \t]*(?:#+|//+|/?\*+/?|>+|--|%+|;+|\"\"\"|''')?[ \t]*", re.MULTILINE)
HIDDEN = re.compile(
    f"[{TAGS}\u202a-\u202e\u2066-\u2069]|[\u200b\u200c\u2060-\u2064\ufeff]{{4,}}|[{SELECTORS}]{{4,}}"
    f"|(?:[\u200b\u2060-\u2064][^\u200b\u2060-\u2064\\n]{{1,2}}){{6,}}"
)
"""Tags, marks that turn the direction of a text, and runs of what has no width."""
HIDDEN_IN_NAME = re.compile(r"\\u\{(?:e00[0-7]|202[a-e]|206[6-9]|200b)")
"""In a path the same are written out."""
UNSEEN_MARKUP = re.compile(
    r"style\s*=\s*\\?[\"'][^\"'\n]*(?:display\s*:\s*none|font-size\s*:\s*0|opacity\s*:\s*0(?![.\d])"
    r"|(?<!-)color\s*:\s*(?:white|#fff(?:fff)?\b|transparent))|\\(?:text)?color\{white\}",
    re.IGNORECASE,
)
MARKUP = {".md", ".rst", ".ipynb", ".tex"}


def scan(snapshot: Snapshot, rubric: Rubric) -> tuple[Suspect, ...]:
    """In the order of the paths and lines. A path that is itself suspect has line 0."""
    copied = _runs_of(rubric.criteria)
    found = []
    for file in snapshot.files.values():
        found += [
            Suspect(path=file.path, line=0, rule=rule, quote=one_line(file.path)) for rule in _of_name(file)
        ]
        if file.text:
            found += _of_text(file, copied)
    return tuple(found)


def _of_name(file: SnapshotFile) -> list[str]:
    said = plain(re.sub(r"[_\-./]+", " ", file.path))
    found = {rule for rule, _, _ in spoken(said, RULES)}
    if HIDDEN_IN_NAME.search(file.path):
        found.add("hidden-characters")
    return sorted(found)


def _of_text(file: SnapshotFile, copied: Mapping[int, Set[tuple[str, ...]]]) -> list[Suspect]:
    """One suspect for each line of a hit, the first MOST_OF_A_RULE of a rule."""
    text = file.text or ""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    found: dict[tuple[int, str], str] = {}
    count: Counter[str] = Counter()
    for rule, first, last, quote in _hits(file, text, starts, copied):
        if count[rule] < MOST_OF_A_RULE:
            count[rule] += 1
            for line in range(first, last + 1):
                found.setdefault((line, rule), quote)
    return [
        Suspect(path=file.path, line=line, rule=rule, quote=found[line, rule]) for line, rule in sorted(found)
    ]


def _hits(
    file: SnapshotFile, text: str, starts: list[int], copied: Mapping[int, Set[tuple[str, ...]]]
) -> Iterator[tuple[str, int, int, str]]:
    """Rule, first and last line, quote."""

    def lines(start: int, end: int) -> tuple[int, int]:
        return bisect_right(starts, start), bisect_right(starts, max(start, end - 1))

    for match in () if text.isascii() else HIDDEN.finditer(text):
        yield "hidden-characters", *lines(*match.span()), _quote(match[0])
    if PurePosixPath(file.path.lower()).suffix in MARKUP:
        for match in UNSEEN_MARKUP.finditer(text):
            yield "unseen-markup", *lines(*match.span()), _quote(match[0])
    for start, end, said in hidden_texts(text):
        for rule in sorted({rule for rule, _, _ in spoken(plain(said), RULES)}):
            yield f"encoded {rule}", *lines(start, end), _quote(said)
    # As a reader takes it: without comment marks, so that a sentence may go on in the next line.
    read = LEADING.sub("", plain(text))
    breaks = [0, *(match.end() for match in re.finditer("\n", read))]
    for rule, start, end in spoken(read, RULES):
        first, last = bisect_right(breaks, start), bisect_right(breaks, max(start, end - 1))
        yield rule, first, last, _quote(read[start:end])
    yield from _copied(read, copied)


def _quote(text: str) -> str:
    return one_line(visible(text))


def _runs_of(criteria: Sequence[Criterion]) -> dict[int, Set[tuple[str, ...]]]:
    """The runs of words that nobody writes by chance, by how many words they are."""
    found: dict[int, set[tuple[str, ...]]] = {}
    waiting = list(criteria)
    while waiting:
        criterion = waiting.pop()
        waiting += criterion.children
        said = words(criterion.text)
        size = min(len(said), COPIED_WORDS)
        if size >= LEAST_COPIED_WORDS:
            runs = (tuple(said[start : start + size]) for start in range(len(said) - size + 1))
            found.setdefault(size, set()).update(runs)
    return {size: found[size] for size in sorted(found)}


def _copied(text: str, runs: Mapping[int, Set[tuple[str, ...]]]) -> Iterator[tuple[str, int, int, str]]:
    row = words(text) if runs else []
    places: list[tuple[int, int]] = []
    for size, wanted in runs.items():
        begins = {run[:2] for run in wanted}
        places += [
            (start, start + size - 1)
            for start, pair in enumerate(pairwise(row))
            if pair in begins and tuple(row[start : start + size]) in wanted
        ]
    if places:
        lines = [number for number, line in enumerate(text.split("\n"), 1) for _ in words(line)]
        for start, end in places:
            yield "copied-rubric", lines[start], lines[end], one_line(" ".join(row[start : end + 1]))
