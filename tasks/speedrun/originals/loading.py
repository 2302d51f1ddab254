"""A task with real scripts at both ends, put together from what is on this machine."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.bar import Bar
from agentkit.contracts.published import PublishedEnds
from agentkit.contracts.task import HINT_LEVELS, HintSource, Metric, Task
from agentkit.errors import UnknownName, UsageError
from agentkit.evaluation import answerer, answers, asked_child, audit_flags, language_model, locked
from agentkit.evaluation.locked import LockedFiles, digest_all
from agentkit.settings import default_cache

from .. import masks, training
from . import (
    averaging,
    console,
    cross_checks,
    evaluator,
    fewest_steps,
    fixed_parts,
    harness_clock,
    launch,
    printed,
    shard_state,
    shards,
    smoke,
    smoke_check,
    tokens_read,
    verifying,
    weighing,
)
from .describing import facts_of, fill, purpose_of, title_of
from .downloads import Downloads
from .ends import (
    End,
    full_size_hint,
    needs_of,
    read_ends,
    write_files,
)
from .evaluator import OriginalEvaluator
from .horizon import named, shards_for, split_profile
from .horizon_target import UNMEASURED, lack_of_target, read_target, target_path
from .ladder import RECORDS, Original, ladder
from .machine import machine_lacks, python_lacks, this_machine
from .places import Places, data_lacks, shard_state_of, sizes_of
from .profiles import GPU1, GPU8, RANKS_OF, refusal
from .rules import SCRIPT, OriginalRules
from .source import Sources

BENCHMARK = "speedrun"
INSTRUCTIONS = Path(__file__).with_name("instructions.md")
DECIDES = (
    answerer, answers, asked_child, audit_flags, averaging, console, cross_checks, evaluator, fewest_steps,
    fixed_parts, harness_clock, language_model, launch, locked, printed, shard_state, shards, smoke,
    smoke_check, tokens_read, training, verifying, weighing,
)  # fmt: skip
"""Modules whose code decides a score: a change of one makes old calibrations void."""


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
    base, horizon = split_profile(profile)
    profile = named(base, horizon)
    where = Places.find(os.environ, cache or default_cache())
    ends = read_ends(original, where.checkout, base, sources, horizon)
    start, target = (write_files(where.kept, end.files) for end in ends)
    rules = rules_of(original, base, horizon)
    locked_files = deciding_files(start, target)
    aim = None
    if horizon < 1:
        digest = digest_of_task(rules, where, locked_files)
        aim = read_target(target_path(where.cache, f"{BENCHMARK}/{name}", profile, digest), digest)
        rules = rules.model_copy(update={"target_loss": aim.loss}) if aim else rules
    hints = full_size_hints(texts.folder, where.kept)
    rubric = texts.folder / "rubric.toml"
    files = [text for end in ends for text in end.files.values()]
    downloads = Downloads.of(files, where.cache, os.environ)
    return Task(
        reference=f"{BENCHMARK}/{name}",
        title=title_of(original, rules.ranks, horizon),
        purpose=purpose_of(original, horizon),
        instructions=fill(
            INSTRUCTIONS.read_text(encoding="utf-8"), original, rules, bool(ends[0].arguments), horizon
        ),
        files=start,
        metric=Metric(name=rules.metric, unit=UNITS[rules.metric], lower_is_better=True),
        evaluator=evaluator_of(original, rules, where, ends, locked_files, downloads, profile),
        folder=texts.folder if texts.folder.is_dir() else texts.folder.parent,
        profile=profile,
        hints=hints,
        hint_sources=texts.hint_sources,
        solution=target,
        published=published_ends(original, profile),
        rubric=rubric if rubric.is_file() else None,
        bars=(Bar(name="loss", limit=rules.target_loss),) if math.isfinite(rules.target_loss) else (),
        facts={
            **texts.facts,
            **facts_of(original, ends[0].origin, where.data, rules.shards),
            **horizon_facts(ends, horizon, aim.told if aim else ""),
            **downloads.facts(),
        },
        digest=digest_of_task(rules, where, locked_files),
    )


def digest_of_task(rules: OriginalRules, where: Places, locked_files: Mapping[str, Path]) -> str:
    shown = {"rules": rules.model_dump_json(), "shards": sizes_of(where.data, rules.shards)}
    return digest_all({**shown, **locked_files})


def horizon_facts(ends: tuple[End, End], horizon: float, told: str) -> dict[str, str]:
    """Empty at the full size."""
    counts = [f"{end.steps[0]} of {end.steps[1]}" for end in ends if end.steps]
    if len(counts) < 2:
        return {}
    steps = f"{horizon:g}: {counts[0]} steps at the start, {counts[1]} at the target"
    return {"horizon": steps, "target loss": told or "not measured yet"}


def evaluator_of(
    original: Original,
    rules: OriginalRules,
    where: Places,
    ends: tuple[End, End],
    locked_files: Mapping[str, Path],
    downloads: Downloads,
    profile: str,
) -> OriginalEvaluator:
    unmeasured = (
        [] if math.isfinite(rules.target_loss) else [lack_of_target(f"{BENCHMARK}/{original.name}", profile)]
    )
    table = needs_of(original, ends)
    needs = table.model_copy(
        update={"packages": tuple(name for name in table.packages if name not in downloads.packages)}
    )
    otherwise = otherwise_for(original.name, rules.ranks)
    return OriginalEvaluator(
        rules,
        lambda: shard_state_of(where, rules.shards),
        lambda: [
            *machine_lacks(needs, this_machine(), rules.ranks, otherwise),
            *python_lacks(end.files for end in ends),
            *downloads.lacks(),
            *data_lacks(where, rules.shards),
            *unmeasured,
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


def rules_of(original: Original, base: str, horizon: float = 1.0) -> OriginalRules:
    """At a horizon without a target, which comes from what both ends reach there."""
    ranks = RANKS_OF[base]
    return OriginalRules(
        metric=original.metric,
        target_loss=original.target_loss if horizon == 1 else UNMEASURED,
        ranks=ranks,
        timing=original.timing,
        shards=shards_for(original.shards, horizon),
        seconds=original.limit_seconds(ranks, horizon),
        runs=original.runs,
        tokens_a_step=original.tokens_a_step,
    )


def otherwise_for(name: str, ranks: int) -> str:
    machine = f"a machine with {ranks} GPUs" if ranks > 1 else "a machine with a GPU"
    if (RECORDS.parent / name / "pocket.toml").is_file():
        return f"{machine}; or agentkit solve {BENCHMARK}/{name} --profile pocket"
    return machine


def deciding_files(start: Mapping[str, Path], target: Mapping[str, Path]) -> dict[str, Path]:
    code = {f"code/{module.__name__.rpartition('.')[2]}": Path(module.__file__ or "") for module in DECIDES}
    ends = (("start", start), ("target", target))
    # Of this one only the text is used.
    code["code/saved_model"] = verifying.DEFAULT
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
