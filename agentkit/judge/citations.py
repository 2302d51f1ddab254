"""Citations: the program looks for itself at the place that a judge names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from agentkit.contracts.rubric import Citation, Criterion, Suspect
from agentkit.judge.admissible import may_hold, refusal
from agentkit.judge.checks.pattern_search import find_in_texts
from agentkit.judge.checks.witness import witness
from agentkit.judge.defences.fence import NUMBERED
from agentkit.judge.defences.mask import affected_lines
from agentkit.judge.defences.visible import visible
from agentkit.judge.evidence import JudgeFault, one_line
from agentkit.judge.snapshot import Snapshot, SnapshotFile
from agentkit.source.paths import matches

NEAR = 20
"""Lines by which a judge may be off, if what it quotes stands only once in the file."""
LONGEST = 60
"""Lines of one citation: a whole file is no place."""
MOST_CHARS = 4000
"""Of a quote."""
LEAST_CHARS = 8
"""Letters and digits of a quote, unless it has two words: `}` stands everywhere."""
SECONDS = 5.0
"""For the search of one absence."""


def verify(
    citation: Citation, leaf: Criterion, snapshot: Snapshot, suspects: Collection[Suspect] = ()
) -> Citation:
    """The citation with its status and the reason for it. Only `verified` and `moved` prove anything.

    A quote is compared without regard to white space. A search for an absence may take SECONDS; call it in
    a thread where others wait.
    """
    if citation.pattern or (citation.globs and not citation.path):
        return _verify_absence(citation, leaf, snapshot)
    path = citation.path.removeprefix("./")
    file = snapshot.files.get(path)
    if file is None:
        return _as(citation, "missing", f"the snapshot has no file {one_line(citation.path)!r}")
    if file.text is None:
        # Nobody has seen these lines, so they speak neither for the work nor against it.
        return _as(citation, "inadmissible", f"{path} {file.reason}", first_line=0, last_line=0)
    fault = _place_fault(citation, file)
    if fault:
        return _as(citation, "mismatch", fault)
    found = _find(citation, file)
    if found is None:
        where = f"lines {citation.first_line} to {citation.last_line} of {path}"
        return _as(citation, "mismatch", f"the quote does not stand in {where}, and not once near them")
    status = (
        "verified" if found.first >= citation.first_line and found.last <= citation.last_line else "moved"
    )
    place = {"path": path, "first_line": found.first, "last_line": found.last}
    if why := refusal(leaf, file, found.start, found.end):
        return _as(citation, "inadmissible", why, **place)
    spoiled = affected_lines(file, suspects)
    if spoiled.intersection(range(found.first, found.last + 1)):
        return _as(citation, "inadmissible", "this text speaks to the judge", **place)
    if status == "moved":
        return _as(
            citation, "moved", f"cited as lines {citation.first_line} to {citation.last_line}", **place
        )
    return _as(citation, "verified", "", **place)


def _as(citation: Citation, status: str, reason: str, **place: object) -> Citation:
    return citation.model_copy(update={"status": status, "reason": reason, **place})


@dataclass(frozen=True)
class _Found:
    """Characters of the file's text, and the lines that hold them."""

    start: int
    end: int
    first: int
    last: int


def _place_fault(citation: Citation, file: SnapshotFile) -> str:
    first, last, count = citation.first_line, citation.last_line, len(file.lines)
    if not 1 <= first <= last <= count:
        return f"{file.path} has lines 1 to {count}; cited are {first} to {last}"
    if last - first >= LONGEST:
        return f"{last - first + 1} lines are cited; a place has at most {LONGEST}"
    quote = _quoted(citation.quote)
    if len(quote) > MOST_CHARS:
        return f"the quote has {len(quote)} characters; at most {MOST_CHARS} are looked for"
    words = re.findall(r"\w+", quote)
    if len(words) < 2 and sum(map(len, words)) < LEAST_CHARS:
        return f"the quote {one_line(quote)!r} is too short to prove anything"
    return ""


def _quoted(quote: str) -> str:
    """As the file has it: without the numbers that stand before a block's lines."""
    lines = quote.strip("\n").split("\n")
    if all(NUMBERED.match(line) for line in lines):
        lines = [NUMBERED.sub("", line, count=1) for line in lines]
    return " ".join(visible("\n".join(lines)).split())


def _find(citation: Citation, file: SnapshotFile) -> _Found | None:
    """In the lines that are cited; else, if it stands once in the whole file, in lines near them."""
    wanted = _quoted(citation.quote)
    within = next(_places(file, wanted, citation.first_line, citation.last_line), None)
    if within is not None:
        return within
    everywhere = _places(file, wanted, 1, len(file.lines))
    only, second = next(everywhere, None), next(everywhere, None)
    if only is None or second is not None:
        return None
    near = citation.first_line - NEAR <= only.first and only.last <= citation.last_line + NEAR
    return only if near else None


def _places(file: SnapshotFile, wanted: str, first: int, last: int) -> Iterator[_Found]:
    """Where the quote stands between two lines, whatever white space is between its words."""
    text = file.text or ""
    begin = sum(len(line) + 1 for line in file.lines[: first - 1])
    end = begin + sum(len(line) + 1 for line in file.lines[first - 1 : last])
    words = r"\s+".join(_ESCAPED.sub(_either_way, re.escape(word)) for word in wanted.split())
    for match in re.compile(words).finditer(text, begin, min(end, len(text))):
        line = first + text.count("\n", begin, match.start())
        yield _Found(match.start(), match.end(), line, line + match[0].count("\n"))


_ESCAPED = re.compile(r"\\\\u\\\{([0-9a-f]{1,6})\\\}")


def _either_way(match: re.Match[str]) -> str:
    """`\\u{202e}` in a quote is that character, or these eight."""
    code = int(match[1], 16)
    return f"(?:{match[0]}|{re.escape(chr(code))})" if code <= 0x10FFFF else match[0]


def _verify_absence(citation: Citation, leaf: Criterion, snapshot: Snapshot) -> Citation:
    """Holds if files that could have proved the leaf were searched and the pattern is not in them.

    For code the comments are not searched: a word in a comment is no sign of the thing.
    """
    if witness(citation.pattern) is None:
        return _as(citation, "inadmissible", "the pattern could find nothing anywhere, or is not understood")
    searched = [each for each in _matching(citation.globs, snapshot) if may_hold(leaf, each)]
    if not searched:
        return _as(citation, "inadmissible", "no file that could have proved it matches the globs")
    texts = [each.code.searchable if leaf.kind == "code" else each.text or "" for each in searched]
    try:
        found = find_in_texts(citation.pattern, texts, SECONDS)
    except JudgeFault as fault:
        return _as(citation, "inadmissible", str(fault))
    if found is None:
        return _as(citation, "verified", f"files searched: {len(searched)}")
    line = texts[found.index].count("\n", 0, found.start) + 1
    return _as(citation, "mismatch", f"it does stand in {searched[found.index].path}, line {line}")


def _matching(globs: Collection[str], snapshot: Snapshot) -> list[SnapshotFile]:
    """`*.py` is meant for every folder."""

    def fits(file: SnapshotFile) -> bool:
        name = file.path.rpartition("/")[2]
        return any(matches(file.path if "/" in each else name, [each]) for each in globs)

    return [each for each in snapshot.files.values() if fits(each)]
