"""What a comparison found, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agentkit.runs.tables.comparison.records import Contrast
from agentkit.runs.tables.comparison.sides import Side
from agentkit.statistics.hierarchical_bootstrap import Tasks

LEVEL = 0.05
"""Of p after Holm's correction, up to which a difference may be said to be one."""
SMALLEST_P = 0.0001
SCORES = "score"
BUDGETS = "cap."


def sentence(found: Contrast, figure: str, contrasts: int) -> str:
    """The answer. The better side is named first, so that a reader meets no minus sign."""
    if found.difference is None or found.p_holm is None:
        names = f"{found.side} and {found.against}"
        return f"Nothing can be said of {names}: no task and seed has a figure on both sides."
    low_first, better, worse, gap = oriented(found)
    tested = f"{say_p(found.p_holm)}{after_holm(contrasts)}"
    bounds = f"{say(low_first[0])} to {say(low_first[1])}; " if low_first else ""
    if found.shown:
        verb = (
            "recovers {} more than" if figure == SCORES else f"has a {figure} that is {{}} more than that of"
        )
        return f"{better} {verb.format(say(gap))} {worse} ({bounds}{tested}; n={found.cells} pairs)."
    seen = ""
    if found.detectable and found.least_p is None:
        seen = f" {with_repetitions(found)} you could have seen {say(found.detectable)}."
    return (
        f"No difference shown between {found.side} and {found.against}: {signed(found.difference)} "
        f"({shown_bounds(found)}{tested}; n={found.cells} pairs).{seen}"
    )


def after_holm(contrasts: int) -> str:
    return f" after Holm for {contrasts} comparisons" if contrasts > 1 else ""


def oriented(found: Contrast) -> tuple[tuple[float, float] | None, str, str, float]:
    """The interval, the side with more, the other one, and by how much."""
    assert found.difference is not None, "there is something to say"
    if found.difference >= 0:
        return found.interval, found.side, found.against, found.difference
    turned = None if found.interval is None else (-found.interval[1], -found.interval[0])
    return turned, found.against, found.side, -found.difference


def shown_bounds(found: Contrast) -> str:
    return f"{say(found.interval[0])} to {say(found.interval[1])}; " if found.interval else ""


def with_repetitions(found: Contrast) -> str:
    low, high = found.repetitions
    count = f"{low}" if low == high else f"{low} to {high}"
    tasks = "the one task" if found.tasks == 1 else f"each of {found.tasks} tasks"
    return f"With {count} run{'' if high == 1 else 's'} of {tasks}"


def notes_on(found: Contrast, tasks_are: Tasks, contrasts: int = 1) -> Iterator[str]:
    """What a reader of the sentence must know besides."""
    budgets = {name: values for name, values in found.differs.items() if name.startswith(BUDGETS)}
    if budgets:
        shown = "; ".join(
            f"{name[len(BUDGETS) :]} {one} against {other}" for name, (one, other) in budgets.items()
        )
        yield f"The budgets differ: {shown} ({found.side} against {found.against})."
    others = {name: values for name, values in found.differs.items() if name not in budgets}
    if len(others) > 1:
        shown = "; ".join(f"{name} {one} against {other}" for name, (one, other) in others.items())
        yield f"The sides differ in more than one thing, which the figure cannot tell apart: {shown}."
    parts = [
        f"{count} without a figure in {name}"
        for count, name in ((found.missing_side, found.side), (found.missing_against, found.against))
        if count
    ]
    parts += [
        f"{count} of {name} that the other side was never to have"
        for count, name in ((found.only_side, found.side), (found.only_against, found.against))
        if count
    ]
    if parts:
        yield f"Not in the comparison: {', '.join(parts)}."
    if found.least_p is not None:
        what = f"{found.tasks} tasks" if tasks_are == "sampled" else f"{found.cells} pairs"
        least = f"{found.least_p:g}{after_holm(contrasts)}"
        yield f"With {what} no difference could be shown, however large: p is at least {least}."
    if (
        found.interval
        and found.p is not None
        and (found.p <= LEVEL) == (found.interval[0] <= 0 <= found.interval[1])
    ):
        yield "The test and the interval stand on either side of the line: take it for a weak sign."


def notes_on_rows(sides: Sequence[Side], figure: str) -> Iterator[str]:
    """What the runs have in common that makes any figure of them weaker than it looks."""
    rows = [row for side in sides for row in side.rows]
    # A run that cannot be read names no model: it must not hide what the others are.
    known = [row for row in rows if row.model != "none" and (row.model or row.simulated)]
    simulated = sum(row.simulated for row in known)
    if simulated:
        which = "All" if simulated == len(known) else f"{simulated:,} of {len(known):,}"
        yield f"{which} runs are simulated: no live model was asked, and nothing is said of one."
    if {row.trust for row in rows if row.trust} == {"claimed"}:
        yield "All figures are what the candidates claimed of themselves."
    noisy = sorted({row.task_name for row in rows if row.measurable is False})
    if noisy and figure == SCORES:
        names = ", ".join(noisy)
        yield f"Scores are mostly noise where the gap of start and target is within its own: {names}."


def say(value: float) -> str:
    """Two decimals, or as many significant digits where that would be nothing."""
    return (
        f"{value:.2f}"
        if abs(value) >= 0.095 or value == 0
        else f"{value:.2g}"
        if abs(value) < 0.01
        else f"{value:.3f}"
    )


def signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{say(value)}"


def say_p(p: float) -> str:
    return f"p<{SMALLEST_P}" if p < SMALLEST_P else f"p={p:.2g}" if p < 0.095 else f"p={p:.2f}"
