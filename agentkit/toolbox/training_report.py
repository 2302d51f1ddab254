"""Training report: a log of any length in the few words that a decision needs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from agentkit.source.excerpt import cut_line, printable
from agentkit.toolbox.curve import POINTS, Curve, Point
from agentkit.toolbox.training_log import TrainingLog

CHARS = 1800
"""Of a whole report. Figures take a token for a little more than two characters: less than 800 tokens."""
DETAIL = ((POINTS, 10), (24, 6), (12, 4))
"""Points of the first curve and of the second: as many as there is room for."""
TRACE_CHARS = 600
LINE_CHARS = 150


def report(log: TrainingLog) -> str:
    """Figures, curve, errors, last traceback, last lines; at most CHARS characters."""
    for points in DETAIL:
        text = "\n".join(parts(log, points))
        if len(text) <= CHARS:
            return text
    return middle_out(text, CHARS)


def parts(log: TrainingLog, points: Sequence[int]) -> Iterator[str]:
    yield head(log)
    shown = chosen(log.curves)
    for curve, most in zip(shown, points, strict=False):
        yield describe(curve, most)
    others = [
        f"{name} {figure(curve.last[1])}" for name, curve in log.curves.items() if curve not in shown[:2]
    ]
    others += [f"{name} {figure(seconds)} s" for name, seconds in log.clocks.items()]
    if others:
        yield cut_line(f"also, last: {', '.join(others)}", 200)
    if log.trace:
        count = f" ({log.traces} in all)" if log.traces > 1 else ""
        yield f"last traceback{count}:\n{middle_out(printable(chr(10).join(log.trace)), TRACE_CHARS)}"
    said = {log.trace[-1]} if log.trace else set()
    errors = [f"{count}x {clip(text)}" for text, count in log.errors.values() if text not in said]
    if errors:
        yield "lines like errors:\n" + "\n".join(errors[:3])
    ends = [clip(line) for line in log.last if line not in log.trace][-2:]
    if ends:
        yield "last lines:\n" + "\n".join(ends)


def head(log: TrainingLog) -> str:
    step = f", last step {figure(log.step)}" if log.step is not None else ""
    found = "" if log.curves else "; no `name=value` figures were found in it"
    return f"{log.size:,} bytes, {log.lines:,} lines{step}{found}"


def chosen(curves: dict[str, Curve]) -> list[Curve]:
    """The most telling first: validation losses, other losses, then by how many points there are."""

    def rank(curve: Curve) -> tuple[int, int]:
        name = curve.name
        held_out = any(word in name for word in ("val", "eval", "test"))
        return (
            0 if held_out and "loss" in name else 1 if "loss" in name else 2 if held_out else 3,
            -curve.count,
        )

    return sorted((each for each in curves.values() if not each.constant), key=rank)


def describe(curve: Curve, points: int) -> str:
    """`val_loss: last 3.3 at 900, best 3.2 at 800 (lowest); …` and its points below."""
    best = "lowest" if curve.lower_is_better else "highest"
    facts = [f"{curve.name}: last {at(curve.last)}, {best} {at(curve.best)}"]
    slope = curve.slope()
    if slope is not None and curve.count > 3:
        facts.append(f"slope {figure(slope)} a step over the last third")
    if curve.non_finite is not None:
        facts.append(f"first {figure(curve.non_finite[1])} at step {figure(curve.non_finite[0])}")
    since = curve.diverged_at
    if since is not None:
        turned = f", its mean was best at step {figure(curve.turned[0])}" if curve.turned[0] < since else ""
        facts.append(f"DIVERGED: worse for good since step {figure(since)}{turned}")
    line = " ".join(f"{figure(step)}:{figure(value)}" for step, value in curve.points(points))
    kind = "means by last step" if curve.count > len(curve.points(points)) else "points"
    return "; ".join(facts) + (f"\n{kind}: {line}" if curve.count > 1 else "")


def at(point: Point) -> str:
    return f"{figure(point[1])} at {figure(point[0])}"


def figure(value: float) -> str:
    """Four digits, and whole steps whole."""
    if math.isfinite(value) and value == int(value) and abs(value) < 1e9:
        return str(int(value))
    return f"{value:.4g}"


def clip(line: str) -> str:
    return cut_line(printable(line), LINE_CHARS)


def middle_out(text: str, most: int) -> str:
    """Its beginning and, more of it, its end."""
    if len(text) <= most:
        return text
    return f"{text[: most // 3]}\n[…]\n{text[-(most - most // 3 - 5) :]}"


def shared_curves(mine: TrainingLog, others: TrainingLog) -> tuple[Curve, Curve] | None:
    """Of the most telling figure that both logs have."""
    for curve in chosen(mine.curves):
        if curve.name in others.curves:
            return curve, others.curves[curve.name]
    return None


def loss_against(curve: Curve, rival: Curve) -> float | None:
    """By which share of the rival's values the last ones are worse, each at its own step; below 0: better.

    None where the rival has nothing to say of those steps. A mean of the last values beside the rival's value
    at the last step would be behind in any curve that falls.
    """
    pairs = [(value, other) for step, value in curve.recent if (other := rival.at(step)) is not None]
    if not pairs or rival.at(curve.last[0]) is None:
        return None
    lost = sum(value - other for value, other in pairs) * (1 if curve.lower_is_better else -1)
    return lost / max(sum(abs(other) for _, other in pairs), 1e-12)
