"""Where the user's own files are, and what is wrong with those that a run needs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.task import Lack
from agentkit.errors import BadFile, MissingRequirement

from .data_folder import DATA_VARIABLE, data_folder, loader_command
from .shard_state import ShardState
from .shards import TRAIN, VALIDATION, count_tokens, find_shards
from .source import FETCHED, VARIABLES, Checkout, find_checkout


@dataclass(frozen=True)
class Places:
    """Where the user's own files are."""

    checkout: Checkout
    data: Path
    cache: Path

    @classmethod
    def find(cls, environment: Mapping[str, str], cache: Path) -> Places:
        """Raises MissingRequirement where there is no checkout."""
        checkout = find_checkout(None, environment, cache)
        return cls(checkout, data_folder(checkout, cache), cache)

    @property
    def kept(self) -> Path:
        """For both ends of each task, by digest."""
        return self.cache / "speedrun" / "originals"

    def hidden(self) -> tuple[Path, ...]:
        """What holds the next record's script: every checkout that we know of, and what was made of one."""
        named = [environment for environment in map(os.environ.get, VARIABLES) if environment]
        folders = [self.checkout.folder, self.cache / FETCHED, *map(Path, named)]
        return (self.kept, *dict.fromkeys(each.resolve() for each in folders))


def shard_state_of(where: Places, shards: int) -> ShardState:
    """Raises MissingRequirement, BadFile."""
    return ShardState(where.data, find_shards(where.data, shards))


def data_lacks(where: Places, shards: int) -> Sequence[Lack]:
    try:
        state = shard_state_of(where, shards)
    except MissingRequirement as error:
        details = "; ".join(line for line in error.lines if not line.startswith("Next: "))
        what = f"{error.message.removesuffix(' are missing.')} ({details})"
        return [Lack(what=what, fix=loader_command(where.checkout, where.cache, shards))]
    except BadFile:
        return list(bad_shards(where, shards))
    if not any(path.is_symlink() for path in (*state.shards.train, *state.shards.validation)):
        return []
    files = f"{where.data}-files"
    what = f"the shards in {where.data} are links, which lead nowhere inside a sandbox"
    return [Lack(what=what, fix=f"cp -rL {where.data} {files} && export {DATA_VARIABLE}={files}")]


def bad_shards(where: Places, shards: int) -> Iterator[Lack]:
    """Each with what is wrong; upstream's downloader leaves a file alone that is there."""
    again = loader_command(where.checkout, where.cache, shards)
    for path in shard_paths(where.data, shards):
        try:
            count_tokens(path)
        except BadFile as error:
            said = "; ".join(line for line in error.lines if not line.startswith("Next: "))
            what = f"{path.name} as it should be ({said}; in {where.data})"
            yield Lack(what=what, fix=f"rm {path} && {again}")


def sizes_of(folder: Path, shards: int) -> str:
    """Names and bytes of the shards; `-` for one that is not there. Each run compares what is in them."""
    paths = shard_paths(folder, shards)
    return "\n".join(f"{path.name} {path.stat().st_size if path.is_file() else '-'}" for path in paths)


def shard_paths(folder: Path, shards: int) -> list[Path]:
    names = [TRAIN.replace("*", f"{number:06d}") for number in range(1, shards + 1)]
    return [*(folder / name for name in names), *sorted(folder.glob(VALIDATION))]
