"""Section: one figure of a report, what it says in a sentence, and the numbers behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass

NOTHING = "–"
MINUS = "−"


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    key: str
    """Name of its figure's file, and its place on the page."""
    title: str
    finding: str
    """One sentence."""
    table: Table
    notes: tuple[str, ...] = ()
    """How to read it, and what it leaves out."""
    svg: str = ""


def say_score(value: float | None) -> str:
    """`0.62`; a dash where it is not known."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", MINUS)


def say_bounds(low: float | None, high: float | None) -> str:
    """`0.50 to 0.74`; a dash where the noise is not known."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return NOTHING
    return f"{say_score(low)} to {say_score(high)}"


def say_estimate(value: float | None, low: float | None, high: float | None) -> str:
    """`0.62 (0.50 to 0.74)`."""
    bounds = say_bounds(low, high)
    return say_score(value) if bounds == NOTHING else f"{say_score(value)} ({bounds})"


def say_amount(value: float) -> str:
    """Three significant digits: `20`, `0.125`, `1,340`."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def say_runs(runs: int, missing: int) -> str:
    """`n = 15`, `n = 13, 2 missing`."""
    return f"n = {runs:,}" + (f", {missing:,} missing" if missing else "")
