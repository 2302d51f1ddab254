"""Joining: pieces that need each other become one.

A group of pieces is held against two mixtures: the first version with the group alone, and the second one
without it. Where one of them does not parse though both versions do, or uses a name that neither misses, the
group is joined with the one that mends it. Whether other groups are joined has no part in that, so each is
looked at until it stands, and then never again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agentkit.source.atomic.names import Missing, missing, plain
from agentkit.source.atomic.pieces import Files, Piece, applied
from agentkit.source.atomic.splitting import telling
from agentkit.source.syntax import first_syntax_error

MOVED = "lines were moved from one part to another"
UNPARSED = "one part alone does not parse"
NUMBERS = re.compile(rb"\b\d[\w.]*")
MOST_NAMES = 3
"""Said of one group."""


@dataclass(frozen=True)
class Group:
    """Pieces that are applied together, and why."""

    pieces: tuple[Piece, ...]
    reasons: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Defined in one piece and used in another."""

    def with_all(self, others: Iterable[Group], reason: str = "", name: str = "") -> Group:
        all_of = [self, *others]
        pieces = sorted((piece for each in all_of for piece in each.pieces), key=lambda each: each.number)
        reasons = [*(reason for each in all_of for reason in each.reasons), *filter(None, [reason])]
        names = [*(name for each in all_of for name in each.names), *filter(None, [name])]
        return Group(tuple(pieces), tuple(dict.fromkeys(reasons)), tuple(dict.fromkeys(names)))

    @property
    def why(self) -> tuple[str, ...]:
        """Sentences that begin with "joined, since"."""
        if not self.names:
            return self.reasons
        shown = ", ".join(f"`{name}`" for name in self.names[:MOST_NAMES])
        more = f" and {len(self.names) - MOST_NAMES} more" if len(self.names) > MOST_NAMES else ""
        verb = "are" if len(self.names) > 1 else "is"
        return (*self.reasons, f"{shown}{more} {verb} defined in one part and used in another")

    def distance(self, other: Group) -> int:
        """Pieces between the two, at the nearest place."""
        return min(abs(a.number - b.number) for a in self.pieces for b in other.pieces)

    def mentions(self, name: str) -> bool:
        word = re.compile(rb"(?<!\w)%s(?!\w)" % re.escape(name.encode("utf-8", "replace")))
        stems = (re.escape(each.path) for each in self.pieces if each.kind in ("added", "removed"))
        named = any(re.search(rf"(?:^|/){re.escape(name)}(?:\.|\\\.|/|$)", path) for path in stems)
        return named or any(word.search(each.old) or word.search(each.new) for each in self.pieces)


@dataclass
class Difference:
    """Two versions and the pieces between them."""

    start: Files
    target: Files
    pieces: Sequence[Piece]
    missing_in_ends: frozenset[Missing] = field(init=False)
    sound: frozenset[str] = field(init=False)
    """Paths of which both versions parse, as far as they have them."""

    def __post_init__(self) -> None:
        self.missing_in_ends = missing(self.start) | missing(self.target)
        paths = {piece.path for piece in self.pieces}
        self.sound = frozenset(
            path for path in paths if parses(self.start, path) and parses(self.target, path)
        )

    def alone(self, group: Group) -> dict[str, bytes]:
        return applied(self.start, group.pieces)

    def without(self, group: Group) -> dict[str, bytes]:
        numbers = {piece.number for piece in group.pieces}
        return applied(self.start, [each for each in self.pieces if each.number not in numbers])

    def mixtures(self, group: Group) -> tuple[dict[str, bytes], dict[str, bytes]]:
        return self.alone(group), self.without(group)

    def broken(self, group: Group) -> list[str]:
        """Paths that do not parse in one of its mixtures."""
        paths = {piece.path for piece in group.pieces} & self.sound
        return sorted(path for path in paths if not all(parses(each, path) for each in self.mixtures(group)))

    def lost(self, group: Group) -> list[Missing]:
        if all(same_names(each) for each in group.pieces):
            return []
        found = [missing(each) for each in self.mixtures(group)]
        return sorted(frozenset().union(*found) - self.missing_in_ends)


def same_names(piece: Piece) -> bool:
    """Only numbers differ, as in most changes of a recipe; reading all names anew is what takes long."""
    return piece.kind == "lines" and NUMBERS.sub(b"0", piece.old) == NUMBERS.sub(b"0", piece.new)


def parses(files: Files, path: str) -> bool:
    content = files.get(path)
    return content is None or first_syntax_error(content.decode("utf-8", "replace"), path) is None


def join(difference: Difference) -> list[Group]:
    """In the order of their first pieces."""
    waiting = moved(difference.pieces)
    standing: list[Group] = []
    while waiting:
        group = waiting.pop(0)
        others = sorted((*waiting, *standing), key=group.distance)
        partners, reason, name = needed(difference, group, others)
        if not partners:
            standing.append(group)
            continue
        waiting = [each for each in waiting if each not in partners]
        standing = [each for each in standing if each not in partners]
        waiting.insert(0, group.with_all(partners, reason, name))
    return sorted(standing, key=lambda each: each.pieces[0].number)


def moved(pieces: Sequence[Piece]) -> list[Group]:
    """One group a piece, but for lines that went from one place of a file to another."""
    groups: list[Group] = []
    for piece in pieces:
        twin = next((each for each in groups if len(each.pieces) == 1 and went(each.pieces[0], piece)), None)
        if twin is None:
            groups.append(Group((piece,)))
        else:
            groups[groups.index(twin)] = twin.with_all([Group((piece,))], MOVED)
    return groups


def went(first: Piece, second: Piece) -> bool:
    if first.path != second.path or first.kind != "lines" or second.kind != "lines":
        return False
    gone, come = (first, second) if not first.new else (second, first)
    if gone.new or come.old:
        return False
    return telling(gone.old) == telling(come.new) != frozenset()


def needed(difference: Difference, group: Group, others: Sequence[Group]) -> tuple[Sequence[Group], str, str]:
    """Those without which the group does not stand, with the reason or the name; none: it stands."""
    for path in difference.broken(group):
        near = [each for each in others if any(piece.path == path for piece in each.pieces)]
        mending = (each for each in near if path not in difference.broken(group.with_all([each])))
        if near:
            return [next(mending, near[0])], UNPARSED, ""
    for name in difference.lost(group):
        able = [each for each in others if each.mentions(plain(name))]
        mending = (each for each in able if name not in difference.lost(group.with_all([each])))
        if able:
            mends = next(mending, None)
            return able if mends is None else [mends], "", plain(name)
    return [], "", ""
