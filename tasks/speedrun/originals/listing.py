"""Tasks with real scripts for a list: which profiles each has, and what this machine lacks for them.

Nothing heavy is imported, and no script is read: a list shows what is known at once, a task's page the rest.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.task import ProfileEntry, TaskEntry
from agentkit.errors import MissingRequirement
from agentkit.settings import default_cache

from .data_folder import VALIDATION_SHARD, data_folder, train_shard
from .gpu_table import Requirements, lacks, lacks_of
from .horizon import MARK
from .ladder import Original, ladder
from .machine import this_machine
from .profiles import RANKS_OF, possible
from .source import Checkout, find_checkout

FETCH = "agentkit speedrun fetch"


class SpeedrunEntry(TaskEntry):
    """A task whose profiles have horizons: what is refused in one is refused at each of them.

    Why a script is none for `gpu1` is said by loading it there; what the other profiles lack is no reason.
    """

    def refused_in(self, profile: str) -> str:
        base = profile.partition(MARK)[0]
        return "" if base in RANKS_OF else super().refused_in(base)


@dataclass(frozen=True)
class Surroundings:
    """What the user has."""

    checkout: Checkout | None
    shards: frozenset[str]
    """Names in the folder for them."""

    @classmethod
    def find(cls, cache: Path) -> Surroundings:
        try:
            checkout = find_checkout(None, os.environ, cache)
        except MissingRequirement:
            return cls(None, frozenset())
        try:
            return cls(checkout, frozenset(path.name for path in data_folder(checkout, cache).iterdir()))
        except OSError:
            return cls(checkout, frozenset())


def real_profiles(name: str, around: Surroundings | None = None) -> tuple[ProfileEntry, ...]:
    """Empty for a name without real scripts."""
    original = ladder().get(name)
    if original is None:
        return ()
    around = around or Surroundings.find(default_cache())
    templates = around.checkout is not None and around.checkout.is_templates
    return tuple(
        ProfileEntry(name=profile, lacks=tuple(known_lacks(original, profile, around)))
        for profile in possible(original, templates)
    )


def known_lacks(original: Original, profile: str, around: Surroundings) -> Iterator[str]:
    if around.checkout is None:
        yield f"a checkout of modded-nanogpt ({FETCH})"
    yield from dict.fromkeys(machine_phrases(original, RANKS_OF[profile]))
    if around.checkout is not None:
        wanted = [*(train_shard(number) for number in range(1, original.shards + 1)), VALIDATION_SHARD]
        missing = sum(name not in around.shards for name in wanted)
        if missing:
            yield f"{missing} shards of FineWeb"


def machine_phrases(original: Original, ranks: int) -> Iterator[str]:
    """Of both ends; what other tracks import is known once their scripts are read."""
    machine = this_machine()
    if original.track != "main":
        yield from lacks_of(Requirements(one_gpu="exact"), machine, ranks)
        return
    for record in (original.start_record, original.target_record):
        yield from lacks(record, machine, ranks)


def cannot_run(profiles: tuple[ProfileEntry, ...]) -> str:
    """Why none of them can run here; empty: one can."""
    if any(each.usable for each in profiles):
        return ""
    return "; ".join(
        f"{each.name}: {each.refused}" if each.refused else f"{each.name} lacks {', '.join(each.lacks)}"
        for each in profiles
    )


def later_names(first: Mapping[str, object]) -> list[str]:
    """Tasks that are none of the `first` ones: starts from record 21 on, and the two other tracks."""
    return [name for name in ladder() if name not in first]
