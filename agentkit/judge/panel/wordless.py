"""The work without its words: what may prove something about code, and nothing that could only talk about it.

A pass that does not survive this rested on what the work says of itself, in whatever language or disguise.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath

from agentkit.contracts.rubric import LeafKind
from agentkit.judge.code_text import PROSE_WORDS, is_code, is_settings
from agentkit.judge.snapshot import Snapshot, SnapshotFile, snapshot_of

WORDLESS_KINDS: tuple[LeafKind, ...] = ("code", "execution", "result", "process")
"""What may be cited for such leaves is code, settings and what the harness wrote: no prose of the work."""
NAME_WORDS = 6
"""A part of a path with so many words, or with a blank in it, is a sentence."""


def without_words(snapshot: Snapshot) -> tuple[Snapshot, dict[str, str]]:
    """Code and settings without comments, docstrings and long strings, line for line; the harness's too.

    Names that are sentences become numbers: the second value has the new path of every file that is left.
    """
    names: dict[str, str] = {}
    kept = []
    for file in snapshot.files.values():
        if file.provenance == "harness":
            names[file.path] = file.path
            kept.append(file)
        elif is_code(file.path) or is_settings(file.path):
            is_sentence = any(map(_is_sentence, PurePosixPath(file.path).parts))
            suffix = PurePosixPath(file.path).suffix
            names[file.path] = f"renamed-{len(names)}{suffix}" if is_sentence else file.path
            kept.append(replace(file, path=names[file.path], text=_wordless(file)))
    return snapshot_of(kept, snapshot.notes), names


def _wordless(file: SnapshotFile) -> str | None:
    if file.text is None:
        return None
    code = file.code

    def short(match: re.Match[str]) -> str:
        """What stands between two pieces of code: a string, several, or nothing."""
        said = code.searchable[match.start() : match.end()]
        return re.sub(r"[^\n]", " ", said) if len(said.split()) > PROSE_WORDS else said

    return re.sub(r"\s+", short, code.tokens)


def _is_sentence(name: str) -> bool:
    return bool(re.search(r"\s", name)) or len(re.findall(r"[^\W\d_]{2,}", name)) >= NAME_WORDS
