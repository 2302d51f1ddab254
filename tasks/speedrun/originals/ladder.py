"""Every step between two real scripts that is a task: which ends it has, and what is known of them."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Date
from functools import cache
from pathlib import Path
from typing import Any

from .gpu_table import RANKS, read_table
from .printed import TimingRule, timing_rule
from .records_since import TARGETS, TOKENS_PER_STEP, Step, counted_steps, read_records_since, timed_steps

RECORDS = Path(__file__).resolve().parents[1] / "records.toml"
BENCHMARK_RECORDS = 21
SHARDS = 9
"""For records of the main track whose need is not known; the newest one's."""
SHARD_TOKENS = 10**8
MEDIUM_STEPS = 7500
SECONDS_A_STEP = 1.1
"""Of track `steps` on one H200; upstream's log of 2026-05-17 says 1.07."""
STARTING_SECONDS = 1800.0
"""For compilation, which some scripts spend a quarter of an hour on, and for validations."""
TIMES = 3.0
"""A run may take so many times what its start took."""
RUNS_OF_STEPS = 3
"""Track 3 judges means: three runs have to meet 3.2777, one alone 3.276."""
PREFIX = {"main": "record", "medium": "medium", "steps": "steps"}


@dataclass(frozen=True)
class Original:
    """One task with real scripts at both ends."""

    name: str
    track: str
    start: str
    """As in `sources.toml`: track.number."""
    target: str
    date: Date | None
    """Of the target: a model trained later may know it."""
    seconds: float
    """That the start's author reported, on eight H100s; of track `steps` an estimate."""
    gap: str
    """What there is to gain, in words."""
    shards: int
    published: tuple[float, float]
    """Of both ends, in the unit of the metric, on eight H100s."""
    excluded: str = ""

    @property
    def target_loss(self) -> float:
        return TARGETS[self.track]

    @property
    def metric(self) -> str:
        return "steps" if self.track == "steps" else "train_ms"

    @property
    def source(self) -> str:
        """Of the published figures."""
        if self.track == "main" and self.target_record <= BENCHMARK_RECORDS:
            return "arXiv 2506.22419: means of three runs, as its authors timed the scripts again"
        return "the README of modded-nanogpt"

    @property
    def start_record(self) -> int:
        """Of the main track: the row of `gpu.toml`; 21 for 21 measured again."""
        return int(self.start.partition(".")[2].partition("_")[0])

    @property
    def target_record(self) -> int:
        return int(self.target.partition(".")[2])

    @property
    def timing(self) -> TimingRule:
        """The clock of both ends; where they differ, lines that one of them would not count are left out."""
        start = timing_rule(self.start_record, self.start.partition(".")[0])
        target = timing_rule(self.target_record, self.track)
        return max((start, target), key=lambda rule: rule.untimed_steps)

    @property
    def tokens_a_step(self) -> int | None:
        """The fewest of both ends; None where that is not known."""
        if self.track == "steps":
            return TOKENS_PER_STEP
        if self.track != "main":
            return None
        rows = read_table().records
        known = [rows[each].tokens for each in (self.start_record, self.target_record) if each in rows]
        return min([each for each in known if each is not None]) if None not in known and known else None

    @property
    def runs(self) -> int:
        """Of the same files, for one figure."""
        return RUNS_OF_STEPS if self.metric == "steps" else 1

    def limit_seconds(self, ranks: int, horizon: float = 1.0) -> float:
        return STARTING_SECONDS + TIMES * self.seconds * horizon * RANKS / ranks


@cache
def ladder() -> Mapping[str, Original]:
    """By name, in the order of the tracks."""
    found = [*first_records(), *since("main"), *since("medium"), *fewer_steps()]
    return {each.name: each for each in found}


def first_records() -> list[Original]:
    """Records 1 to 20 as starts."""
    facts: dict[int, dict[str, Any]] = {
        int(number): row for number, row in tomllib.loads(RECORDS.read_text(encoding="utf-8")).items()
    }
    return [
        Original(
            name=f"record{number}",
            track="main",
            start=f"main.{number}",
            target=f"main.{number + 1}",
            date=facts[number + 1]["date"],
            seconds=60.0 * facts[number]["minutes"],
            gap=f"{60 * (facts[number]['minutes'] - facts[number + 1]['minutes']):.0f} s",
            shards=main_shards(number),
            published=(facts[number]["measured_ms"], facts[number + 1]["measured_ms"]),
            excluded=facts[number].get("excluded", ""),
        )
        for number in range(1, BENCHMARK_RECORDS)
    ]


def since(track: str) -> list[Original]:
    """Records of the main track from 22 on, or of the medium one."""
    table = read_records_since()
    records = table.main if track == "main" else table.medium
    found = []
    for step in timed_steps(track):
        record = records[step.target]
        steps = records[step.target - 1].steps if step.target - 1 in records else None
        found.append(
            Original(
                name=f"{PREFIX[track]}{step.target - 1}",
                track=track,
                start=step.start,
                target=f"{track}.{step.target}",
                date=step.date,
                seconds=60 * record.minutes + step.gap,
                gap=f"{step.gap:.1f} s",
                shards=main_shards(step.target - 1) if track == "main" else shards_of(steps or MEDIUM_STEPS),
                published=(60_000 * record.minutes + 1000 * step.gap, 60_000 * record.minutes),
                excluded=step.excluded,
            )
        )
    return found


def fewer_steps() -> list[Original]:
    return [fewer(step, read_records_since().steps[int(step.start.partition(".")[2])].steps)
            for step in counted_steps()]  # fmt: skip


def fewer(step: Step, steps: int) -> Original:
    """`steps`: of the start."""
    return Original(
        name=step.start.replace(".", ""),
        track="steps",
        start=step.start,
        target=f"steps.{step.target}",
        date=step.date,
        seconds=steps * SECONDS_A_STEP / RANKS,
        gap=f"{step.gap:g} steps",
        shards=shards_of(steps),
        published=(float(steps), steps - step.gap),
        excluded=step.excluded,
    )


def main_shards(start: int) -> int:
    rows = read_table().records
    return max((rows[each].shards or SHARDS for each in (start, start + 1) if each in rows), default=SHARDS)


def shards_of(steps: int) -> int:
    """One more than is read: loaders begin the next before the last is at its end."""
    return math.ceil(steps * TOKENS_PER_STEP / SHARD_TOKENS) + 1
