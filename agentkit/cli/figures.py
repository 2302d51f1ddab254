"""Figures as a reader wants them: times, shares, money, metrics, cut text."""

from __future__ import annotations

import math
from collections.abc import Mapping


def say_number(value: float) -> str:
    """Three significant digits, without an exponent where people would not write one."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "endless"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    if 0.001 <= abs(value) < 1e6:
        digits = max(0, 2 - math.floor(math.log10(abs(value))))
        return f"{value:.{digits}f}"
    return f"{value:.2e}"


def say_seconds(seconds: float) -> str:
    """`0.8 s`, `18.2 s`, `3 min 05 s`, `2 h 04 min`."""
    if not math.isfinite(seconds) or seconds < 0:
        return "unknown"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def say_clock(seconds: float) -> str:
    """`1:42`, `2:04:10`: for a clock that runs."""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def say_share(fraction: float | None) -> str:
    """`81 %`; a dash where it is not known."""
    if fraction is None or not math.isfinite(fraction):
        return "–"
    return f"{round(100 * fraction)} %"


def say_interval(low: float, high: float) -> str:
    """`70 … 93 %`, of two fractions."""
    return f"{round(100 * low)} … {round(100 * high)} %"


def say_dollars(dollars: float | None) -> str:
    """None is a price nobody knows, which is not the same as nothing."""
    if dollars is None:
        return "price unknown"
    if 0 < dollars < 0.01:
        return "under $0.01"
    return f"${dollars:,.2f}"


def say_count(count: int, noun: str, plural: str = "") -> str:
    """`1 attempt`, `3 attempts`; `plural`: where it is not with an s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {plural or noun + 's'}"


def say_metrics(metrics: Mapping[str, float], limit: int = 3) -> str:
    """`18.2 s CPU, loss 2.31`: the first `limit` figures, in the evaluator's order."""
    return ", ".join(say_metric(name, value) for name, value in list(metrics.items())[:limit])


def say_metric(name: str, value: float) -> str:
    """A name that ends in `seconds` is a time; any other is written before its figure."""
    words = name.split("_")
    if words[-1] in ("seconds", "second"):
        kind = " ".join("CPU" if word == "cpu" else word for word in words[:-1])
        return f"{say_seconds(value)} {kind}".rstrip()
    return f"{' '.join(words)} {say_number(value)}"


def first_line(text: str) -> str:
    """The first line that holds something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def shorten(text: str, width: int) -> str:
    """One line of at most `width` characters, cut at its end with an ellipsis."""
    flat = " ".join(text.split())
    return flat if len(flat) <= width else flat[: max(0, width - 1)].rstrip() + "…"


def printable(text: str) -> str:
    """Of the same length, without control codes: what a candidate prints must not steer the terminal."""
    return text if text.isprintable() else "".join(each if each.isprintable() else " " for each in text)
