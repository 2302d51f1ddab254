"""A task with real scripts at both ends, put together from what is on this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.bar import Bar
from agentkit.contracts.published import PublishedEnds
from agentkit.contracts.task import HINT_LEVELS, HintSource, Lack, Metric, Task
from agentkit.errors import AgentkitError, MissingRequirement, UnknownName, UsageError
from agentkit.evaluation import audit_flags, locked
from agentkit.evaluation.locked import LockedFiles, digest_all
from agentkit.settings import default_cache

from .. import masks, training
from . import averaging, console, evaluator, harness_clock, launch, printed, shard_state, smoke, smoke_check
from .data_folder import DATA_VARIABLE, data_folder, loader_command
from .describing import facts_of, fill, purpose_of, title_of
from .ends import (
    End,
    full_size_hint,
    needs_of,
    read_ends,
    write_files,
)
from .evaluator import OriginalEvaluator
from .ladder import RECORDS, Original, ladder
from .machine import Downloads, as_lack, machine_lacks, python_lacks, this_machine
from .profiles import GPU1, GPU8, RANKS_OF, refusal
from .rules import SCRIPT, OriginalRules
from .shard_state import ShardState
from .shards import TRAIN, VALIDATION, find_shards
from .source import FETCHED, VARIABLES, Checkout, Sources, find_checkout

BENCHMARK = "speedrun"
INSTRUCTIONS = Path(__file__).with_name("instructions.md")
DECIDES = (
    audit_flags, averaging, console, evaluator, harness_clock, launch, locked, printed, shard_state, smoke,
    smoke_check, training,
)  # fmt: skip
"""Modules whose code decides a score: a change of one makes old calibrations void."""


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


@dataclass(frozen=True)
class Texts:
    """What a task of the first 20 records has from its pocket form; the later ones have nothing."""

    folder: Path
    facts: Mapping[str, str]
    hint_sources: Mapping[str, HintSource]


def load_original(
    name: str, profile: str, texts: Texts, cache: Path | None = None, sources: Sources | None = None
) -> Task:
    """Raises MissingRequirement with the command that mends it, UsageError for a step that is no task.

    `sources`: of a checkout that is not modded-nanogpt's.
    """
    original = find_original(name)
    where = Places.find(os.environ, cache or default_cache())
    ends = read_ends(original, where.checkout, profile, sources)
    start, target = (write_files(where.kept, end.files) for end in ends)
    rules = rules_of(original, profile)
    locked_files = deciding_files(start, target)
    hints = full_size_hints(texts.folder, where.kept)
    rubric = texts.folder / "rubric.toml"
    return Task(
        reference=f"{BENCHMARK}/{name}",
        title=title_of(original, rules.ranks),
        purpose=purpose_of(original),
        instructions=fill(INSTRUCTIONS.read_text(encoding="utf-8"), original, rules, bool(ends[0].arguments)),
        files=start,
        metric=Metric(name=rules.metric, unit=UNITS[rules.metric], lower_is_better=True),
        evaluator=evaluator_of(original, rules, where, ends, locked_files),
        folder=texts.folder if texts.folder.is_dir() else texts.folder.parent,
        profile=profile,
        hints=hints,
        hint_sources=texts.hint_sources,
        solution=target,
        published=published_ends(original, profile),
        rubric=rubric if rubric.is_file() else None,
        bars=(Bar(name="loss", limit=rules.target_loss),),
        facts={**texts.facts, **facts_of(original, ends[0].origin, where.data)},
        digest=digest_all(
            {"rules": rules.model_dump_json(), "shards": sizes_of(where.data, rules.shards), **locked_files}
        ),
    )


def evaluator_of(
    original: Original,
    rules: OriginalRules,
    where: Places,
    ends: tuple[End, End],
    locked_files: Mapping[str, Path],
) -> OriginalEvaluator:
    downloads = Downloads.of([text for end in ends for text in end.files.values()], where.cache)
    needs = needs_of(original, ends)
    otherwise = otherwise_for(original.name, rules.ranks)
    return OriginalEvaluator(
        rules,
        lambda: shard_state_of(where, rules.shards),
        lambda: [
            *machine_lacks(needs, this_machine(), rules.ranks, otherwise),
            *python_lacks(end.files for end in ends),
            *downloads.lacks(),
            *data_lacks(where, rules.shards),
        ],
        locked=LockedFiles.of(locked_files),
        mounts=downloads.mounts(),
        masks=(*masks.harness_folders(), *where.hidden()),
        variables=downloads.variables(),
    )


UNITS = {"train_ms": "ms", "steps": "steps"}


def find_original(name: str) -> Original:
    known = ladder()
    if name not in known:
        raise UnknownName("task", f"{BENCHMARK}/{name}", known, next_step="agentkit list tasks")
    if known[name].excluded:
        raise UsageError(
            f"{BENCHMARK}/{name} is no task: {known[name].excluded}.", "Next: agentkit list tasks"
        )
    return known[name]


def choose_profile(name: str) -> str:
    """The largest that this machine can run; where it can run none, the one that its scripts are for."""
    original = find_original(name)
    gpus = this_machine().gpus
    for profile in (GPU8, GPU1):
        if gpus >= RANKS_OF[profile] and not refusal(original, profile):
            return profile
    return GPU8


def published_ends(original: Original, profile: str) -> PublishedEnds | None:
    """Times are of eight GPUs; how many steps a run takes does not depend on them."""
    if profile != GPU8 and original.metric != "steps":
        return None
    start, target = original.published
    return PublishedEnds(start=start, target=target, source=original.source, hardware="8 H100")


def rules_of(original: Original, profile: str) -> OriginalRules:
    ranks = RANKS_OF[profile]
    return OriginalRules(
        metric=original.metric,
        target_loss=original.target_loss,
        ranks=ranks,
        timing=original.timing,
        shards=original.shards,
        seconds=original.limit_seconds(ranks),
    )


def otherwise_for(name: str, ranks: int) -> str:
    machine = f"a machine with {ranks} GPUs" if ranks > 1 else "a machine with a GPU"
    if (RECORDS.parent / name / "pocket.toml").is_file():
        return f"{machine}; or agentkit solve {BENCHMARK}/{name} --profile pocket"
    return machine


def shard_state_of(where: Places, shards: int) -> ShardState:
    """Raises MissingRequirement, BadFile."""
    return ShardState(where.data, find_shards(where.data, shards))


def data_lacks(where: Places, shards: int) -> Sequence[Lack]:
    try:
        state = shard_state_of(where, shards)
    except MissingRequirement as error:
        what = " ".join([error.message, *(line for line in error.lines if not line.startswith("Next: "))])
        return [Lack(what=what, fix=loader_command(where.checkout, where.cache, shards))]
    except AgentkitError as error:
        return [as_lack(error)]
    if not any(path.is_symlink() for path in (*state.shards.train, *state.shards.validation)):
        return []
    files = f"{where.data}-files"
    what = f"the shards in {where.data} are links, which lead nowhere inside a sandbox"
    return [Lack(what=what, fix=f"cp -rL {where.data} {files} && export {DATA_VARIABLE}={files}")]


def sizes_of(folder: Path, shards: int) -> str:
    """Names and bytes of the shards; `-` for one that is not there. Each run compares what is in them."""
    names = [TRAIN.replace("*", f"{number:06d}") for number in range(1, shards + 1)]
    paths = [*(folder / name for name in names), *sorted(folder.glob(VALIDATION))]
    sizes = [f"{path.name} {path.stat().st_size if path.is_file() else '-'}" for path in paths]
    return "\n".join(sizes)


def deciding_files(start: Mapping[str, Path], target: Mapping[str, Path]) -> dict[str, Path]:
    code = {f"code/{module.__name__.rpartition('.')[2]}": Path(module.__file__ or "") for module in DECIDES}
    ends = (("start", start), ("target", target))
    return {**{f"{end}/{name}": path for end, files in ends for name, path in files.items()}, **code}


def full_size_hints(folder: Path, kept: Path) -> dict[str, Path]:
    paths = {level: folder / "hints" / f"{level}.md" for level in HINT_LEVELS}
    texts = {
        f"{level}.md": full_size_hint(path.read_text(encoding="utf-8"))
        for level, path in paths.items()
        if path.is_file()
    }
    written = write_files(kept, texts) if texts else {}
    return {Path(name).stem: path for name, path in written.items()}


__all__ = ["SCRIPT", "Texts", "choose_profile", "load_original", "refusal"]
