"""Splitting: a hunk of a difference, cut between the statements that it adds, takes away or replaces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

from agentkit.source.languages import Language, parse

if TYPE_CHECKING:
    import tree_sitter

HOLDERS = (
    "module", "block", "translation_unit", "compound_statement", "declaration_list",
    "field_declaration_list", "preproc_if", "preproc_ifdef",
)  # fmt: skip
"""Nodes whose children are statements."""
CLAUSES = ("elif_clause", "else_clause", "except_clause", "finally_clause", "case_clause")
COMMENTS = (b"#", b"//", b"/*", b"*")
ALIKE = 0.5
"""difflib's ratio from which one statement counts as another, changed."""
MOST_PAIRS = 2_500
"""Statements of one side times the other's; a larger hunk is left whole."""
COMPARED = 400
"""Bytes of a statement."""
TELLING = 5
"""Bytes of a line, without blanks: a shorter one, such as `else:` or `}`, says nothing of where it was."""

Span = tuple[int, int]
"""First line, and the first after it."""


class Hunk(NamedTuple):
    """Lines of the first version, and those in their place. Either may be none."""

    first: int
    last: int
    new_first: int
    new_last: int


def split(
    hunks: Sequence[Hunk], before: Sequence[bytes], after: Sequence[bytes], language: Language
) -> Iterator[Hunk]:
    """Into parts that follow each other, in order; none of them is empty on both sides."""
    ours, theirs = (statements(b"".join(lines), language) for lines in (before, after))
    for hunk in hunks:
        at_end = hunk.last == len(before) or hunk.new_last == len(after)
        if at_end and not (ends_well(before) and ends_well(after)):
            # Whatever came after a line without an end would be on that line.
            yield hunk
            continue
        old = segments(before, (hunk.first, hunk.last), ours)
        new = segments(after, (hunk.new_first, hunk.new_last), theirs)
        yield from parts(hunk, texts(before, old), texts(after, new), old, new)


def ends_well(lines: Sequence[bytes]) -> bool:
    return not lines or lines[-1].endswith(b"\n")


def statements(source: bytes, language: Language) -> dict[int, list[int]]:
    """By its first line where each statement, or clause of one, ends."""
    found: dict[int, list[int]] = {}
    waiting = [(parse(source, language).root_node, False)]
    while waiting:
        node, stated = waiting.pop()
        if (stated or node.type in CLAUSES) and node.type != "comment":
            found.setdefault(node.start_point[0], []).append(end_of(node))
        waiting += [(child, node.type in HOLDERS) for child in node.children]
    return found


def end_of(node: tree_sitter.Node) -> int:
    """The first line after it; a preprocessor line's node ends at the start of the next."""
    row, column = node.end_point
    return row if column == 0 and row > node.start_point[0] else row + 1


def segments(lines: Sequence[bytes], span: Span, ends: dict[int, list[int]]) -> list[Span]:
    """Cut into whole statements, as large as fit; what belongs to a larger one, line by line.

    Blank lines and comments go with what follows them.
    """
    first, last = span
    found: list[Span] = []
    begun = line = first
    while line < last:
        whole = [each for each in ends.get(line, ()) if each <= last]
        if not whole and is_between(lines[line]):
            line += 1
            continue
        line = max(whole, default=line + 1)
        found.append((begun, line))
        begun = line
    if begun < last:
        found = [*found[:-1], (found[-1][0], last)] if found else [(begun, last)]
    return found


def is_between(line: bytes) -> bool:
    return not line.strip() or line.strip().startswith(COMMENTS)


def texts(lines: Sequence[bytes], spans: Sequence[Span]) -> list[bytes]:
    return [b"".join(lines[first:last]) for first, last in spans]


def parts(
    hunk: Hunk, old: Sequence[bytes], new: Sequence[bytes], ours: Sequence[Span], theirs: Sequence[Span]
) -> Iterator[Hunk]:
    """A part for each statement that was changed, and for each that is only there or only here.

    Where some went and others came between two that were changed, they are one part: they replace each other.
    """
    if len(old) * len(new) > MOST_PAIRS:
        yield hunk
        return
    blocks = unbroken(staircase(old, new), old, new)
    for (a, b), (c, d) in blocks:
        begin = ours[a][0] if a < len(ours) else hunk.last
        new_begin = theirs[c][0] if c < len(theirs) else hunk.new_last
        end = ours[b - 1][1] if b > a else begin
        new_end = theirs[d - 1][1] if d > c else new_begin
        yield Hunk(begin, end, new_begin, new_end)


def staircase(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[Span, Span]]:
    """Ranges of statements that belong together, in order: pairs that are alike, and what is between them."""
    found: list[tuple[Span, Span]] = []
    a = c = 0
    for b, d in [*pairs(old, new), (len(old), len(new))]:
        if b > a and d > c:
            found.append(((a, b), (c, d)))
        else:
            found += [((each, each + 1), (c, c)) for each in range(a, b)]
            found += [((b, b), (each, each + 1)) for each in range(c, d)]
        if b < len(old) and d < len(new):
            found.append(((b, b + 1), (d, d + 1)))
        a, c = b + 1, d + 1
    return found


def pairs(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[int, int]]:
    """Places of statements that are alike, rising on both sides, so that they are most alike in all."""
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    likeness = [[alike(first, second) for second in new] for first in old]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            paired = likeness[i][j] + best[i + 1][j + 1] if likeness[i][j] else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    found = []
    i = j = 0
    while i < len(old) and j < len(new):
        if likeness[i][j] and best[i][j] == likeness[i][j] + best[i + 1][j + 1]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found


def alike(first: bytes, second: bytes) -> float:
    """0 below `ALIKE`."""
    left, right = (each.strip()[:COMPARED].decode("utf-8", "replace") for each in (first, second))
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return 0.0
    ratio = matcher.ratio()
    return ratio if ratio >= ALIKE else 0.0


def unbroken(
    blocks: Sequence[tuple[Span, Span]], old: Sequence[bytes], new: Sequence[bytes]
) -> list[tuple[Span, Span]]:
    """With those joined that a line wandered between: a block that was put under an `if` is no new one."""
    before, after = [telling(each) for each in old], [telling(each) for each in new]
    found: list[tuple[Span, Span]] = []
    for block in blocks:
        found.append(block)
        while len(found) > 1:
            joined = next((place for place in range(len(found) - 1)
                           if wander(found[place], found[-1], before, after)), None)  # fmt: skip
            if joined is None:
                break
            run = found[joined:]
            found[joined:] = [((run[0][0][0], run[-1][0][1]), (run[0][1][0], run[-1][1][1]))]
    return found


def wander(
    first: tuple[Span, Span],
    second: tuple[Span, Span],
    before: Sequence[frozenset[bytes]],
    after: Sequence[frozenset[bytes]],
) -> bool:
    def lines(sets: Sequence[frozenset[bytes]], span: Span) -> frozenset[bytes]:
        return frozenset().union(*sets[span[0] : span[1]])

    return bool(
        lines(before, first[0]) & lines(after, second[1]) or lines(before, second[0]) & lines(after, first[1])
    )


def telling(text: bytes) -> frozenset[bytes]:
    stripped = (line.strip() for line in text.split(b"\n"))
    return frozenset(line for line in stripped if len(line) >= TELLING)
