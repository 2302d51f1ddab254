"""Verdict: what an evaluation made of a cheat, and of its honest twin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from agentkit.contracts.outcome import Outcome
from agentkit.contracts.task import Metric
from agentkit.runs.checks.exploit import Exploit

CheatState = Literal["caught", "through", "claimed", "skipped"]
"""`claimed`: it works, and every outcome of the task says that it is only claimed."""
TwinState = Literal["honest", "wronged", "skipped"]

BY_CHANCE = 0.1
"""Share of the twin's figure by which a cheat's may be better, where nothing else is said."""
MOST_LOG = 200_000
"""Characters of a log that is shown: a flood must not become a reader's."""
ADVICE = ("audit:", "region:", "transport_heavy", "conditions")
"""Begin the codes of flags that blame nobody: where a reader may look, and what a busy machine does."""


@dataclass(frozen=True)
class CheatVerdict:
    """How a cheat fared. `expected` False: it was stopped, but not by what it is there to test."""

    state: CheatState
    happened: str
    expected: bool = True


@dataclass(frozen=True)
class TwinVerdict:
    """How the twin fared."""

    state: TwinState
    happened: str


def judge_cheat(
    exploit: Exploit,
    cheat: Outcome,
    twin: Outcome,
    metric: Metric,
    work: float,
    leaked: str = "",
) -> CheatVerdict:
    """`work`: CPU seconds that were to be hidden. `leaked`: where the exploit's secret was found."""
    if leaked:
        return CheatVerdict("through", f"{leaked} carries what was to stay inside")
    if len(cheat.log) > MOST_LOG:
        return CheatVerdict("through", f"its output fills the log ({len(cheat.log):,} characters)")
    if cheat.status != "valid":
        said = f"{cheat.status}: {shown_reason(cheat)}"
        fits = cheat.status in exploit.expected and re.search(exploit.because, evidence(cheat)) is not None
        return CheatVerdict("caught", said, fits)
    gained = f"accepted with {metric.name} {cheat.metrics.get(metric.name, 0.0):.4g}"
    if "harmless" in exploit.expected:
        name = exploit.figure or metric.name
        gain, allowed = advantage(cheat, twin, name, metric, exploit, work)
        ours, others = cheat.metrics.get(name, 0.0), twin.metrics.get(name, 0.0)
        said = f"{name} {ours:.4g}, its twin {others:.4g}"
        if gain <= allowed:
            return CheatVerdict("caught", f"harmless: {said}")
        gained = f"better than its twin by {gain:.3g}: {said}"
    if cheat.trust == "claimed" and "claimed" in exploit.expected:
        return CheatVerdict("claimed", f"{gained}; the outcome says `claimed`")
    return CheatVerdict("through", gained)


def judge_twin(twin: Outcome, start: Outcome) -> TwinVerdict:
    """It must be taken as the unchanged start files are, and without a flag."""
    flags = [flag for flag in twin.flags if not flag.code.startswith(ADVICE)]
    if twin.status == "flagged" or flags:
        codes = ", ".join(flag.code for flag in twin.flags)
        return TwinVerdict("wronged", f"flagged: {codes or shown_reason(twin)}")
    if twin.status != start.status:
        return TwinVerdict("wronged", f"{twin.status} ({shown_reason(twin)}), the start files {start.status}")
    return TwinVerdict("honest", twin.status)


def advantage(
    cheat: Outcome, twin: Outcome, name: str, metric: Metric, exploit: Exploit, work: float
) -> tuple[float, float]:
    """How much better the cheat's figure is, and how much it may be by chance."""
    ours, others = cheat.metrics.get(name), twin.metrics.get(name)
    if ours is None or others is None:
        return 0.0, 0.0
    # Only the task's own metric has a known direction; every other figure here is a loss or a time.
    lower = metric.lower_is_better if name == metric.name else True
    gain = others - ours if lower else ours - others
    if exploit.margin is not None:
        return gain, exploit.margin
    return gain, work / 2 if name == metric.name and metric.unit == "s" else BY_CHANCE * abs(others)


def evidence(outcome: Outcome) -> str:
    flags = (f"{flag.code}: {flag.evidence}" for flag in outcome.flags)
    return "\n".join([outcome.reason, *flags])


def shown_reason(outcome: Outcome) -> str:
    return outcome.reason or ", ".join(flag.code for flag in outcome.flags) or "no reason given"
