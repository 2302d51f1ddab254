"""What the scripts print of themselves: steps, losses and their own clock. No model reads it, only patterns.

Forms, with made-up figures; rank 0 prints them, but launchers may put marks, colours or other ranks between:

  step:250/1770 val_loss:4.1234 train_time:20500ms step_avg:82.00ms    validation; the clock in ms, s or min
  step:251/1770 train_loss:4.2345 train_time:20582ms step_avg:82.00ms  training; newer ones leave the loss out
  s:128 tel:6.543210    s:128 trl:6.432109                             records 1 to 3: validation and training
  n_steps: 1770  val_loss: 3.2779  train_time: 180000                  a summary; no unit means milliseconds

All of it is the script's claim. A figure counts only when what follows shows that it is whole, so that a
line that was cut off cannot turn 79532ms into 79 s, or 3.2775 into 3.2.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest

NUMBER = r"(?:\d{1,12}(?:\.\d{1,12})?(?:e[-+]?\d{1,3})?|nan|inf)"
ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
HEAD = re.compile(r"(?<!n_)step[:=] ?(\d{1,9})/(\d{1,9})(?!\d)")
SHORT = re.compile(rf"(?<![A-Za-z_])s:(\d{{1,9}}) (tel|trl):({NUMBER})(?=\s)", re.IGNORECASE)
SUMMARY = re.compile(r"\bn_steps\b[\"']?\s?[:=]\s?(\d{1,9})(?![\d.])")
LOSS = re.compile(rf"(?<!\w)(val|train)_loss[\"']?[:=]\s?({NUMBER})(?=[\s,}}\"'])", re.IGNORECASE)
TIME = re.compile(rf"(?<!\w)train_time[\"']?[:=]\s?({NUMBER})(ms|min|s)(?=\s|step[:=]|[^\w.]|$)")
BARE_TIME = re.compile(rf"(?<!\w)train_time[\"']?[:=]\s?({NUMBER})(?=[\s,}}])")
IN_MS = {"ms": 1.0, "s": 1000.0, "min": 60_000.0}


class TimingRule(Enum):
    """What a record's own clock leaves out."""

    EVERYTHING = "everything"
    """Records 1 to 3: from the first step on, compilation too."""
    FROM_STEP_10 = "from_step_10"
    """Records 4 to 21: the clock is put back to zero at step 10."""
    WARMED_UP = "warmed_up"
    """Since then, and record 21 timed again: kernels warm up untimed on other data, all steps count."""

    @property
    def untimed_steps(self) -> int:
        return 10 if self is TimingRule.FROM_STEP_10 else 0


def timing_rule(record: int, track: str = "main") -> TimingRule:
    """As the record was first timed; of the medium track, only the first script put its clock back."""
    if track == "medium":
        return TimingRule.FROM_STEP_10 if record <= 2 else TimingRule.WARMED_UP
    if track != "main":
        return TimingRule.WARMED_UP
    if record <= 3:
        return TimingRule.EVERYTHING
    return TimingRule.FROM_STEP_10 if record <= 21 else TimingRule.WARMED_UP


@dataclass(frozen=True)
class Reading:
    """One printed line."""

    step: int
    loss: float | None
    """Nats a token; None where a line tells the clock only."""
    train_ms: float | None
    """The script's clock; None where it does not print one."""
    steps: int | None = None
    """How many steps the run was to have."""
    validation: bool = False


@dataclass(frozen=True)
class Result:
    """What a run claims of itself."""

    first: Reading | None
    """The first validation that meets the target."""
    last: Reading | None
    """The last validation of all."""
    timed_steps: int
    """Steps the clock of `last` stands for."""
    doubts: tuple[str, ...]
    """Where the lines contradict each other."""

    @property
    def step_ms(self) -> float | None:
        if self.last is None or self.last.train_ms is None or self.timed_steps < 1:
            return None
        return self.last.train_ms / self.timed_steps


def readings(text: str) -> Iterator[Reading]:
    """Every line with a step in it, in order; a line of several ranks gives several."""
    for line in ESCAPE.sub("", text).splitlines(keepends=True):
        for match in SHORT.finditer(line):
            step, kind, loss = match.groups()
            yield Reading(int(step), float(loss), None, validation=kind.lower() == "tel")
        heads = list(HEAD.finditer(line))
        for head, following in zip_longest(heads, heads[1:]):
            end = following.start() if following else len(line)
            yield from _reading(int(head[1]), line[head.end() : end], TIME, int(head[2]))
        summary = SUMMARY.search(line)
        # Without units, only the end of the line tells that its last figure is whole.
        if summary and line.endswith(("\n", "\r")):
            pattern = TIME if TIME.search(line) else BARE_TIME
            yield from _reading(int(summary[1]), line, pattern, int(summary[1]))


def _reading(step: int, line: str, clock: re.Pattern[str], steps: int) -> Iterator[Reading]:
    """Nothing where the line has no clock: then it is not one of the run's own, or was cut off."""
    time = clock.search(line)
    if time is None:
        return
    unit = time[2] if clock is TIME else "ms"
    losses = {match[1].lower(): float(match[2]) for match in LOSS.finditer(line)}
    validation = "val" in losses
    loss = losses.get("val", losses.get("train"))
    yield Reading(step, loss, float(time[1]) * IN_MS[unit], steps, validation)


def read_result(text: str, target: float, rule: TimingRule) -> Result:
    """The first and the last validation; step 0, and what comes before the clock begins, are none."""
    return result_of(list(readings(text)), target, rule)


def read_results(text: str, target: float, rule: TimingRule) -> tuple[Result, ...]:
    """One for each run of a log."""
    return tuple(result_of(run, target, rule) for run in split_runs(readings(text)))


def split_runs(found: Iterable[Reading]) -> list[list[Reading]]:
    """Track 3's logs hold several, each of which begins with a validation at step 0."""
    runs: list[list[Reading]] = [[]]
    latest = 0
    for each in found:
        if each.validation:
            if each.step == 0 and latest > 0:
                runs.append([])
            latest = each.step
        runs[-1].append(each)
    return runs


def result_of(found: Sequence[Reading], target: float, rule: TimingRule) -> Result:
    seen: dict[int, Reading] = {}
    for each in found:
        if each.validation and each.step > rule.untimed_steps:
            seen.setdefault(each.step, each)
    met = (each for each in seen.values() if each.loss is not None and each.loss <= target)
    last = list(seen.values())[-1] if seen else None
    timed = last.step - rule.untimed_steps if last else 0
    return Result(next(met, None), last, timed, tuple(_doubts(found, rule)))


def _doubts(found: Sequence[Reading], rule: TimingRule) -> Iterator[str]:
    """A run prints each step once a rank, with one loss, on a clock that goes forward. One of each kind."""
    losses: dict[int, float] = {}
    latest, clock = 0, 0.0
    seen: dict[str, str] = {}
    for each in found:
        if each.validation and each.loss is not None:
            before = losses.setdefault(each.step, each.loss)
            # Equal, or both NaN.
            if before != each.loss and not math.isnan(before + each.loss):
                seen.setdefault("loss", f"step {each.step} has the losses {before:g} and {each.loss:g}")
            if each.step < latest:
                seen.setdefault("order", f"step {each.step} is validated after step {latest}")
            latest = max(latest, each.step)
        # The clock may be put back at step 10, and two ranks may be a little apart.
        if each.train_ms is not None and each.step > rule.untimed_steps:
            if each.train_ms < clock - 1000:
                told = f"step {each.step} says {each.train_ms:.0f} ms, after {clock:.0f} ms"
                seen.setdefault("clock", told)
            clock = max(clock, each.train_ms)
    yield from seen.values()
