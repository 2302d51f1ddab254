"""The shards of a run as they are: compared before and after it; and those made up for the smoke stage."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agentkit.errors import BadFile
from agentkit.evaluation.locked import digest_of

from .rules import SmokeRules
from .shards import ShardSet, count_tokens, make_synthetic

SHOWN = 4
Signature = tuple[int, int, int, int]
"""Inode, bytes, and the times of the last change of content and of anything else, in ns.

The kernel sets the last one whenever a byte is written, and lets nobody set it back.
"""


@dataclass
class ShardState:
    """A file is read for its digest; while its signature stays, it is not read again."""

    folder: Path
    shards: ShardSet
    _known: dict[Path, tuple[Signature, str]] = field(default_factory=dict)

    def digests(self) -> dict[str, str]:
        """By name, as they are now; what cannot be read has an empty one. It may take a second a shard."""
        return {path.name: self._digest(path) for path in (*self.shards.train, *self.shards.validation)}

    def _digest(self, path: Path) -> str:
        try:
            signature = signature_of(path)
            if path not in self._known or self._known[path][0] != signature:
                self._known[path] = signature, digest_of(path)
        except OSError:
            return ""
        return self._known[path][1]


def differing(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Names, for people; empty: they are the same."""
    names = [name for name in before if before[name] != after.get(name)]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def signature_of(path: Path) -> Signature:
    information = path.stat()
    return (information.st_ino, information.st_size, information.st_mtime_ns, information.st_ctime_ns)


def smoke_shards(cache: Path, rules: SmokeRules) -> Path:
    """The folder with them, made once below the cache. It takes seconds."""
    size = f"{rules.shards}-{rules.tokens}-{rules.validation_tokens}"
    folder = cache / "speedrun" / f"smoke-{hashlib.sha256(size.encode()).hexdigest()[:12]}"
    names = [f"fineweb_train_{number:06d}.bin" for number in range(1, rules.shards + 1)]
    try:
        whole = [count_tokens(folder / name) == rules.tokens for name in names]
        whole.append(count_tokens(folder / "fineweb_val_000000.bin") == rules.validation_tokens)
    except BadFile:
        whole = [False]
    if not all(whole):
        make_synthetic(folder, rules.shards, rules.tokens, rules.validation_tokens)
    return folder
