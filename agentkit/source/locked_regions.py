"""Locked regions: which parts of a text that may not be changed an edit changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentkit.contracts.locked import LockedRegions
from agentkit.source.excerpt import cut_line
from agentkit.source.languages import Language, language_of
from agentkit.source.paths import Refused
from agentkit.source.regions import KINDS, compare_regions
from agentkit.source.symbols import uses_of

SHOWN_CHARS = 100


def require_unlocked(name: str, before: str | None, after: str, regions: Mapping[str, LockedRegions]) -> None:
    """Refused for a change of a part that the task locks in the file of that name. What something else had
    changed of it before is not held against the edit."""
    locked = regions.get(name)
    if locked is None:
        return
    likes = [each.read_text(encoding="utf-8", errors="replace") for each in locked.like]
    changed = newly_changed(before, after, likes, locked.parts, name)
    if changed:
        raise Refused(
            f"Refused, {name} is as it was: the edit changes what the task locks in it: "
            f"{'; '.join(changed)}. Locked are {', '.join(locked.parts)}; all else of it may be changed."
        )


def newly_changed(
    before: str | None, after: str, likes: Sequence[str], parts: Sequence[str], path: str
) -> list[str]:
    """What `after` has otherwise than every text of `likes`, where `before` had it as one of them: a sentence
    a part. `before` None: there was no file."""
    had = {} if before is None else changed_from_all(before, likes, parts, path)
    return [why for key, why in changed_from_all(after, likes, parts, path).items() if key not in had]


def changed_from_all(text: str, likes: Sequence[str], parts: Sequence[str], path: str) -> Mapping[str, str]:
    """Those that none of `likes` has so, told by the first of them."""
    tables = [changed_parts(text, like, parts, path) for like in likes] or [{}]
    return {key: why for key, why in tables[0].items() if all(key in each for each in tables)}


def changed_parts(text: str, like: str, parts: Sequence[str], path: str) -> dict[str, str]:
    """By region or definition, how it differs from what it is in `like`."""
    language = language_of(path)
    if language is None:
        return {}
    found = {}
    if language == "python" and any(kind in parts for kind in KINDS):
        for each in compare_regions(like, text):
            if each.differs and each.kind in parts:
                found[f"{each.kind} {each.definition}"] = f"{each.kind} ({str(each).lstrip(':')})"
    for name in (each for each in parts if each not in KINDS):
        ours, theirs = definition_text(like, language, name), definition_text(text, language, name)
        if ours != theirs:
            found[name] = f"{name} ({difference(ours, theirs)})"
    return found


def definition_text(text: str, language: Language, name: str) -> tuple[str, ...] | None:
    """Its lines, decorators included, without blanks at their ends; None: it is not there."""
    inside, _, last = name.rpartition(".")
    rows = text.split("\n")
    found: list[str] = []
    for use in uses_of(text, language, last):
        if use.kind == "definition" and use.inside == inside:
            found += (row.rstrip() for row in rows[use.line - 1 : use.end_line])
    return tuple(found) or None


def difference(ours: Sequence[str] | None, theirs: Sequence[str] | None) -> str:
    """In a few words, by the first line that is another."""
    if theirs is None:
        return "removed"
    pairs = zip(ours or (), theirs, strict=False)
    line = next((new for old, new in pairs if old != new), theirs[-1])
    return cut_line(f"changed: {line.strip()}", SHOWN_CHARS)
