"""Measure a candidate against a baseline, in turn, and say whether they differ."""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass, field

from agentkit import ToolContext, ToolResult, tool
from agentkit.contracts.jobs import GpuRequest
from agentkit.source.excerpt import cut_line, excerpt, printable
from agentkit.source.paths import Refused
from agentkit.statistics.series import median
from agentkit.statistics.side_by_side import FEWEST, SideBySide, side_by_side
from agentkit.toolbox.command import Ran, how_it_ended, log_name, refused, require_seconds, run_logged
from agentkit.toolchain.declared_work import Peaks, Work, read_work, roofline
from agentkit.toolchain.inside_program import ask_inside

FUNCTION = re.compile(r"[\w./-]+\.py:\w+")
PROCESSES = 4
"""That pairs of function calls are spread over: where things lie in memory favours one side or the other."""
MOST_PAIRS = 200


@dataclass
class Measured:
    """What there is so far. `pairs` are (baseline, candidate)."""

    pairs: list[tuple[float, float]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unit: str = "s"
    peaks: Peaks | None = None
    gpu_seconds: float = 0.0
    logs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    baseline: str
    candidate: str
    inputs: str
    metric: str
    pairs: int
    gpus: GpuRequest
    work: Work
    deadline: float

    @property
    def of_functions(self) -> bool:
        return bool(FUNCTION.fullmatch(self.baseline) and FUNCTION.fullmatch(self.candidate))

    @property
    def left(self) -> float:
        return self.deadline - time.monotonic()


@tool
async def bench_ab(
    context: ToolContext,
    baseline: str,
    candidate: str,
    inputs: str = "",
    metric: str = "wall",
    pairs: int = 40,
    work: str = "",
    gpus: int = 0,
    timeout_seconds: float = 600,
) -> ToolResult:
    """Time two commands or file.py:function, interleaved: ratio, or no detectable difference.

    inputs: file.py:function(seed)
    metric: wall, cpu, or regex for a printed number
    work: bytes=1e9 flops=1e9, for roofline
    """
    began = time.monotonic()
    try:
        require_seconds(timeout_seconds)
        plan = Plan(
            baseline, candidate, inputs, metric, min(pairs, MOST_PAIRS), GpuRequest(count=gpus),
            read_work(work), began + timeout_seconds,
        )  # fmt: skip
        check(plan)
        measured = await (time_functions if plan.of_functions else time_commands)(context, plan)
        result = told(plan, measured)
    except Refused as refusal:
        result = refused(str(refusal))
    return result.model_copy(update={"seconds": round(time.monotonic() - began, 4)})


def check(plan: Plan) -> None:
    if plan.pairs < FEWEST:
        raise Refused(f"{plan.pairs} pairs can show nothing: {FEWEST} is the least, 20 to 40 are usual.")
    if not plan.baseline.strip() or not plan.candidate.strip():
        raise Refused("bench_ab needs a baseline and a candidate.")
    if plan.inputs and not (plan.of_functions and FUNCTION.fullmatch(plan.inputs)):
        raise Refused("inputs goes with file.py:function on both sides, and is written the same way.")
    if plan.metric not in ("wall", "cpu"):
        if plan.of_functions:
            raise Refused("Functions are timed by the clock; a printed number is for commands.")
        try:
            if re.compile(plan.metric).groups != 1:
                raise Refused(
                    f"metric {plan.metric!r} needs one group, around the number: 'loss: ([0-9.]+)'."
                )
        except re.error as error:
            raise Refused(
                f"metric is 'wall', 'cpu' or a regular expression; this is none: {error}."
            ) from error


async def time_functions(context: ToolContext, plan: Plan) -> Measured:
    measured = Measured()
    rng = random.Random()
    for number in range(PROCESSES):
        share = (plan.pairs * (number + 1)) // PROCESSES - (plan.pairs * number) // PROCESSES
        question = {
            "baseline": plan.baseline, "candidate": plan.candidate, "inputs": plan.inputs, "pairs": share,
            "seed": rng.getrandbits(31), "cpu": plan.metric == "cpu", "peaks": bool(plan.work) and not number,
        }  # fmt: skip
        if plan.left <= 0:
            break
        asked = await ask_inside(context, "bench_ab", "timed_pairs", question, plan.left, gpus=plan.gpus)
        measured.logs.append(log_name(asked.ran.log))
        measured.gpu_seconds += asked.ran.gpu_seconds
        if asked.answer is None and asked.ran.result.status == "timeout" and measured.pairs:
            break
        if asked.answer is None:
            raise Refused(failure("The functions", asked.ran, asked.printed))
        measured.pairs += [(slow, fast) for slow, fast in asked.answer["pairs"]]
        if asked.answer["peaks"]:
            measured.peaks = Peaks(**asked.answer["peaks"])
        note_clock(measured, asked.answer["clock"], asked.answer["apart"], asked.answer["calls"])
    return measured


def note_clock(measured: Measured, clock: str, apart: float | None, calls: int) -> None:
    measured.notes = [f"{clock}, {calls} calls a sample, fresh inputs, caches emptied, {PROCESSES} processes"]
    if apart is not None and apart > 1.2:
        measured.notes.append(
            f"the host clock shows {apart:.2f} times what the device events show: "
            "launches dominate, or work is on another stream"
        )


async def time_commands(context: ToolContext, plan: Plan) -> Measured:
    """One run of each first that does not count, then pairs until they are complete or time is over."""
    measured = Measured(unit="s" if plan.metric in ("wall", "cpu") else "")
    commands = (plan.baseline, plan.candidate)
    rng = random.Random()
    for number in range(plan.pairs + 1):
        values = [0.0, 0.0]
        for side in rng.sample((0, 1), 2):
            if plan.left <= 0:
                return measured
            ran = await run_logged(
                context, "bench_ab", ("bash", "-c", commands[side]), plan.left, gpus=plan.gpus
            )
            measured.gpu_seconds += ran.gpu_seconds
            if ran.result.status == "timeout" and number:
                return measured
            printed = ran.log.read_text(encoding="utf-8", errors="replace") if ran.log.exists() else ""
            if ran.result.status != "ok":
                raise Refused(failure(("The baseline", "The candidate")[side], ran, printed))
            values[side] = value_of(plan.metric, ran, printed)
            if number:
                ran.log.unlink(missing_ok=True)  # the first of each tells what they print
            else:
                measured.logs.append(log_name(ran.log))
        if number:
            measured.pairs.append((values[0], values[1]))
    return measured


def value_of(metric: str, ran: Ran, printed: str) -> float:
    if metric == "wall":
        return ran.result.seconds
    if metric == "cpu":
        return ran.result.cpu_seconds
    found = re.findall(metric, printed)
    try:
        return float(found[-1])
    except (IndexError, ValueError) as error:
        what = f"shows {found[-1]!r}, which is no number" if found else "fits nothing that was printed"
        raise Refused(f"metric {metric!r} {what}; see {log_name(ran.log)}.") from error


def failure(who: str, ran: Ran, printed: str) -> str:
    return f"{who} failed. {how_it_ended(ran)}\n{excerpt(printable(printed), 3000)}\n[{log_name(ran.log)}]"


def told(plan: Plan, measured: Measured) -> ToolResult:
    if len(measured.pairs) < FEWEST:
        raise Refused(
            f"Only {len(measured.pairs)} of {plan.pairs} pairs were measured in time, and {FEWEST} is the "
            "least: make one run shorter, or give a larger timeout_seconds."
        )
    try:
        found = side_by_side(measured.pairs, seed=0)
    except ValueError as error:
        raise Refused(f"The numbers cannot be compared as a ratio: {error}.") from error
    middles = [median([pair[side] for pair in measured.pairs]) or 0.0 for side in (0, 1)]
    head = verdict_line(found, measured.unit)
    names = (plan.baseline, plan.candidate)
    ratio = f"{found.ratio.value:.4f}, 95 % interval {found.ratio.low:.4f} to {found.ratio.high:.4f}"
    lines = [head, f"ratio baseline/candidate {ratio}, p = {found.p:.2g}, {found.pairs} interleaved pairs"]
    lines += [
        f"{who}: median {shown(middle, measured.unit)}  {cut_line(name, 100)}"
        for who, middle, name in zip(("baseline", "candidate"), middles, names, strict=True)
    ]
    if found.pairs < plan.pairs:
        lines.append(f"[time was over after {found.pairs} of {plan.pairs} pairs]")
    lines += [f"[{note}]" for note in measured.notes]
    if plan.work and measured.peaks:
        lines.append("candidate: " + roofline(plan.work, middles[1], measured.peaks, "measured here"))
    return ToolResult(
        ok=True,
        summary=head,
        text=printable("\n".join(lines)),
        data={
            "verdict": found.verdict, "ratio": found.ratio.value, "low": found.ratio.low,
            "high": found.ratio.high, "p": found.p, "pairs": measured.pairs,
            "baseline_median": middles[0], "candidate_median": middles[1], "logs": measured.logs,
        },
        gpu={"gpu_seconds": round(measured.gpu_seconds, 3)} if measured.gpu_seconds else None,
        next_hint="" if found.verdict != "no detectable difference" else
        "More pairs, longer runs or a quieter machine would show a smaller difference.",
    )  # fmt: skip


def verdict_line(found: SideBySide, unit: str) -> str:
    if found.verdict == "no detectable difference":
        return f"no detectable difference (within about {found.unseen:.1%})"
    change = f"{abs(1 - 1 / found.ratio.value):.1%}"
    if unit == "s":
        return f"the candidate takes {change} {'less' if found.verdict == 'lower' else 'more'} time"
    return f"the candidate is {change} {found.verdict} than the baseline"


def shown(value: float, unit: str) -> str:
    if unit != "s":
        return f"{value:.6g}"
    scale, name = next(((s, n) for s, n in ((1.0, "s"), (1e-3, "ms")) if value >= s), (1e-6, "us"))
    return f"{value / scale:.4g} {name}"
