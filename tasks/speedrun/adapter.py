"""The NanoGPT speedrun: reproduce the step from one training record to the next, on this machine.

Task `recordN` starts at record N and aims at record N + 1 (arXiv 2506.22419). Profile `pocket` is our own
miniature for one CPU thread; `gpu1` and `gpu8` run the real scripts (`originals`), of later records too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date as Date
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from agentkit.contracts.bar import Bar
from agentkit.contracts.record import Record
from agentkit.contracts.task import HINT_LEVELS, Metric, ProfileEntry, Task, TaskEntry
from agentkit.errors import UnknownName, UsageError
from agentkit.evaluation import (
    answerer,
    answers,
    asked_child,
    audit_flags,
    examination,
    harness_folders,
    language_model,
    locked,
)
from agentkit.evaluation.locked import LockedFiles, digest_all
from agentkit.evaluation.toml_record import read_toml_record
from agentkit.settings import default_cache

from . import corpus, evaluator, masks, pocket_text, sizes, training
from .evaluator import PocketEvaluator
from .originals.describing import purpose_of
from .originals.horizon import MARK
from .originals.ladder import ladder
from .originals.listing import SpeedrunEntry, Surroundings, cannot_run, later_names, real_profiles
from .originals.profiles import RANKS_OF
from .pocket_text import pocket_corpus
from .rules import PocketRules
from .upstream_hints import UpstreamHints

BENCHMARK = "speedrun"
FOLDER = Path(__file__).resolve().parent
POCKET_FILES = FOLDER / "files" / "pocket"
SCRIPT = "train.py"
POCKET = "pocket"
POCKET_FILE = "pocket.toml"
INSTRUCTIONS = FOLDER / "pocket_instructions.md"
"""Of every pocket task: what is asked is the same, only the figures differ."""
SIZES_TEXT = FOLDER / "pocket_sizes.md"
"""What the instructions of a task say that has rules about sizes."""
DECIDES = (
    answerer,
    answers,
    asked_child,
    asked_child,
    audit_flags,
    examination,
    harness_folders,
    language_model,
    locked,
    corpus,
    evaluator,
    masks,
    pocket_text,
    sizes,
    training,
)
"""Modules whose code decides a score: a change of one makes old calibrations void."""


class PocketTask(Record):
    """`recordN/pocket.toml`"""

    title: str
    purpose: str
    scripts: tuple[str, str] | None = None
    """Start and target in `files/pocket`, where they are not those of the records' own numbers: the same
    techniques at sizes at which this step shows."""
    rules: PocketRules


class RecordFacts(Record):
    """One record of `records.toml`: facts about eight H100s, shown as metadata only."""

    date: Date
    minutes: float
    measured_ms: int
    sd_ms: int
    steps: int
    val_loss: float
    technique: str
    pocket: bool
    excluded: str = ""
    """Why no task starts here, in any profile."""
    no_pocket: str = ""
    """Why the step from here has no meaning on one CPU."""


class Speedrun:
    """Implements `contracts.task.Benchmark`."""

    purpose = "Reproduce one record of the NanoGPT speedrun from the one before it: in miniature, or on GPUs."
    profiles: Sequence[str] = (POCKET, *RANKS_OF)

    def entries(self) -> Sequence[TaskEntry]:
        """What can be loaded here, and what cannot or never will be, with the reason."""
        around = Surroundings.find(default_cache())
        first = {f"record{number}": facts for number, facts in read_records().items()}
        found = [entry(name, facts, around) for name, facts in first.items() if name in ladder()]
        return [*found, *(entry(name, None, around) for name in later_names(first))]

    def load(self, name: str, profile: str) -> Task:
        # A profile of the real scripts may have a horizon: `gpu1@0.1`.
        if profile.partition(MARK)[0] not in ("auto", "", *self.profiles):
            raise UnknownName("profile", profile, self.profiles, next_step=f"--profile {POCKET}")
        if profile == POCKET or (profile in ("auto", "") and has_pocket(name)):
            return load_pocket(name)
        return load_real(name, profile)


def has_pocket(name: str) -> bool:
    return (FOLDER / name / POCKET_FILE).is_file()


def entry(name: str, facts: RecordFacts | None, around: Surroundings) -> TaskEntry:
    """`facts`: of a record of the benchmark's 21."""
    profiles = real_profiles(name, around)
    if facts is not None and has_pocket(name):
        lacks = () if find_spec("torch") else ("PyTorch",)
        pocket = ProfileEntry(name=POCKET, lacks=lacks)
        return SpeedrunEntry(name=name, purpose=read_pocket_task(name).purpose, profiles=(pocket, *profiles))
    excluded = ladder()[name].excluded
    if facts is not None and (excluded or facts.no_pocket):
        profiles = (ProfileEntry(name=POCKET, refused=excluded or facts.no_pocket), *profiles)
    refused = excluded or cannot_run(profiles)
    return SpeedrunEntry(name=name, purpose=purpose_of(ladder()[name]), refused=refused, profiles=profiles)


def load_real(name: str, profile: str) -> Task:
    """The real scripts, as the user's checkout has them."""
    # A list of tasks can do without NumPy.
    from .originals.loading import Texts, choose_profile, load_original

    number = name.removeprefix("record")
    records = read_records()
    known = number.isdecimal() and int(number) + 1 in records
    texts = Texts(
        folder=FOLDER / name,
        facts=shown_facts(records, int(number)) if known else {},
        hint_sources={"upstream": UpstreamHints(int(number))} if known else {},
    )
    return load_original(name, choose_profile(name) if profile in ("auto", "") else profile, texts)


def load_pocket(name: str) -> Task:
    """`recordN` as it runs on a CPU: start N, solution N + 1."""
    if not has_pocket(name):
        raise UsageError(f"{BENCHMARK}/{name} has no profile {POCKET}.", "Next: agentkit list tasks")
    folder = FOLDER / name
    number = int(name.removeprefix("record"))
    table = read_pocket_task(name)
    names = table.scripts or (f"record{number}.py", f"record{number + 1}.py")
    start, target = (POCKET_FILES / each for each in names)
    demonstration = folder / "demo.toml"
    return Task(
        reference=f"{BENCHMARK}/{name}",
        title=table.title,
        purpose=table.purpose,
        instructions=fill(INSTRUCTIONS.read_text(encoding="utf-8"), number, table.rules),
        files={SCRIPT: start},
        metric=Metric(name="cpu_seconds", unit="s", lower_is_better=True),
        evaluator=PocketEvaluator(table.rules, LockedFiles.of(deciding_files(start, target))),
        folder=folder,
        profile=POCKET,
        hints={level: folder / "hints" / f"{level}.md" for level in HINT_LEVELS},
        hint_sources={"upstream": UpstreamHints(number)},
        transcripts={"demo": demonstration} if demonstration.is_file() else {},
        solution={SCRIPT: target},
        rubric=folder / "rubric.toml",
        bars=(Bar(name="loss", limit=table.rules.target_loss),),
        facts=shown_facts(read_records(), number),
        digest=pocket_digest(table.rules, start, target),
    )


def read_pocket_task(name: str) -> PocketTask:
    return read_toml_record(FOLDER / name / POCKET_FILE, PocketTask)


@cache
def read_records() -> dict[int, RecordFacts]:
    content = tomllib.loads((FOLDER / "records.toml").read_text(encoding="utf-8"))
    return {int(number): RecordFacts.model_validate(facts) for number, facts in content.items()}


def fill(text: str, number: int, rules: PocketRules) -> str:
    """The instructions with the figures of the rules, so that the two cannot disagree."""
    values = {
        "record": number,
        "target_loss": f"{rules.target_loss:g}",
        "windows": rules.loss.windows,
        "length": rules.loss.length,
        "batch": rules.loss.batch,
        "reach": rules.loss.reach,
        "train_seconds": f"{rules.train_seconds:g}",
        "answer_cpu_seconds": f"{rules.answer_cpu_seconds:g}",
        "program_kilobytes": rules.program_bytes // 1024,
        "checkpoint_megabytes": rules.checkpoint_bytes // 1024**2,
        "sizes": told_sizes(rules),
    }
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def told_sizes(rules: PocketRules) -> str:
    """The lines on what may not shrink; empty for a task that has no such rule."""
    if not rules.sizes:
        return ""
    fields = ", ".join(f"`{name}` at least {value}" for name, value in rules.sizes.items())
    text = SIZES_TEXT.read_text(encoding="utf-8").replace("{fields}", fields)
    return text.replace("{least_kilobytes}", str(rules.checkpoint_least_bytes // 1000))


def shown_facts(records: Mapping[int, RecordFacts], number: int) -> dict[str, str]:
    """Of both ends, on the original's hardware. Not the technique: that is what is to be found."""
    shown = {"hardware": "8 H100; these times say nothing about this machine"}
    for end, each in (("start", number), ("target", number + 1)):
        facts = records[each]
        shown[f"{end} record"] = f"{each} of {facts.date}"
        shown[f"{end} time"] = (
            f"{facts.minutes:g} min as reported, {facts.measured_ms / 1000:.1f} s "
            f"(sd {facts.sd_ms / 1000:.1f} s) measured again, {facts.steps} steps"
        )
    # A model that was trained later may know it.
    shown["target date"] = records[number + 1].date.isoformat()
    return shown


def pocket_digest(rules: PocketRules, start: Path, target: Path) -> str:
    """Of everything that decides a score: rules, both scripts, the text, and the code that measures."""
    parts: dict[str, str | Path] = {"rules": rules.model_dump_json(), "text": pocket_corpus().digest}
    return digest_all({**parts, **deciding_files(start, target)})


def deciding_files(start: Path, target: Path) -> dict[str, Path]:
    code = {f"code/{module.__name__.rpartition('.')[2]}": Path(module.__file__ or "") for module in DECIDES}
    return {"start": start, "target": target, **code}


benchmark = Speedrun()
