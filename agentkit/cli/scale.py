"""Scale: what 0 % and 100 % of a task are, on this machine or as published, and how it is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentkit.cli.figures import say_count, say_metric
from agentkit.contracts.summary import ReferenceEnds


@dataclass(frozen=True)
class Scale:
    """Both ends of a task's metric: as measured here, over `pairs` pairs of runs, or as published."""

    metric: str
    unit: str
    start: float
    target: float
    pairs: int
    measurable: bool
    cached: bool = False
    """Measured before this run began."""
    source: str = ""
    """Where the ends were published; empty: they were measured here."""
    hardware: str = ""
    """Of the published ends."""

    def share(self, value: float) -> float | None:
        """How far a figure is from the start (0) to the reference (1)."""
        gap = self.start - self.target
        return (self.start - value) / gap if gap else None

    @property
    def speed(self) -> bool:
        """Whether it is about taking less time."""
        return self.unit == "s" and self.target < self.start


def read_scale(data: Mapping[str, Any]) -> Scale | None:
    """From a `calibrated` event; None where nothing was measured."""
    start, target = data.get("start_mean"), data.get("target_mean")
    if start is None or target is None:
        return None
    calibration = data.get("calibration") or {}
    published = calibration.get("published") or {}
    return Scale(
        metric=str(calibration.get("metric", "")),
        unit=str(data.get("unit") or ""),
        start=float(start),
        target=float(target),
        pairs=int(data.get("pairs") or 0),
        measurable=bool(data.get("measurable", True)),
        cached=bool(data.get("cached", False)),
        source=str(published.get("source", "")),
        hardware=str(published.get("hardware", "")),
    )


def scale_of(ends: ReferenceEnds) -> Scale:
    """From a summary."""
    return Scale(
        metric=ends.metric,
        unit=ends.unit,
        start=ends.start,
        target=ends.target,
        pairs=ends.pairs,
        measurable=ends.measurable,
        source=ends.source,
        hardware=ends.hardware,
    )


def say_scale(scale: Scale) -> str:
    """`from 18.4 s CPU at the start to 12.1 s CPU for the reference, …`."""
    name = scale.metric or ("seconds" if scale.unit == "s" else "figure")
    start, target = say_metric(name, scale.start), say_metric(name, scale.target)
    ends = f"from {start} at the start to {target} for the reference"
    if scale.source:
        return f"{ends}, as published ({scale.source}, {scale.hardware})"
    when = " earlier" if scale.cached else ""
    doubt = "" if scale.measurable else "; the gap is smaller than its noise here"
    return f"{ends}, measured on this machine{when} by {say_count(scale.pairs, 'pair')} of runs{doubt}"
