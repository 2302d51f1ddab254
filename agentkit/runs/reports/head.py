"""The head of a report: what a reader must know before any figure, and what was run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from agentkit.runs.reports.groups import heading, scored
from agentkit.runs.tables.row import RunRow
from agentkit.statistics.hierarchical_bootstrap import Tasks


def warnings(rows: Sequence[RunRow]) -> Iterator[str]:
    simulated = [row for row in rows if row.simulated]
    if simulated:
        models = ", ".join(sorted({row.model for row in simulated}))
        share = "all" if len(simulated) == len(rows) else f"{len(simulated):,} of {len(rows):,}"
        yield (
            f"SIMULATION: {share} runs were made without a live model ({models}). Their figures show how the "
            "machinery works; they say nothing about any language model."
        )
    claimed = sum(row.trust == "claimed" for row in rows)
    if claimed:
        yield f"The answers of {claimed:,} runs are claimed by their own code, not measured by the harness."
    unsure = sorted({row.task_name for row in rows if row.measurable is False and not row.reference_source})
    if unsure:
        yield (
            f"On {', '.join(unsure)} the way from start to reference is within its own noise, so scores "
            "there are mostly noise."
        )
    caps = {tuple(sorted(row.caps.items())) for row in rows if row.attempts is not None}
    told = {name for each in caps for name, _ in each}
    differing = sorted(name for name in told if len({dict(each).get(name) for each in caps}) > 1)
    if differing:
        yield f"Runs differ in their caps on {', '.join(differing)}: the mean scores mix budgets."


def facts(rows: Sequence[RunRow], by: Sequence[str], tasks_are: Tasks) -> Iterator[tuple[str, str]]:
    states = Counter(row.state for row in rows)
    said = ", ".join(f"{count:,} {state}" for state, count in states.most_common())
    yield "runs", f"{len(rows):,}: {said}"
    again = sum(row.tries > 1 for row in rows)
    if again:
        yield "tries", f"{again:,} runs took more than one try; the failed ones are kept"
    silent = sum(scored(row) is None for row in rows)
    yield "scores", f"{len(rows) - silent:,}; {silent:,} missing"
    yield "compared by", ", ".join(map(heading, by)) or "nothing: all runs are one group"
    tasks = list(dict.fromkeys(row.task_name for row in rows))
    yield "tasks", f"{len(tasks)}: {', '.join(tasks[:12])}{' …' if len(tasks) > 12 else ''}"
    seeds = {row.seed for row in rows if row.seed is not None}
    yield "seeds", str(len(seeds))
    yield "models", ", ".join(sorted({row.model for row in rows if row.model})) or "none"
    meant = "these very tasks" if tasks_are == "fixed" else "all tasks like these"
    yield (
        "intervals",
        f"95 %, of a mean over {meant} (tasks are {tasks_are}): a studentised bootstrap, hierarchical over "
        "tasks and seeds",
    )
    yield "spent", spent(rows)


def spent(rows: Sequence[RunRow]) -> str:
    """By the runs that counted; what failed tries cost is not known here."""
    minutes = sum(row.minutes or 0.0 for row in rows)
    parts = [f"{minutes / 60:,.1f} hours of runs", f"{sum(row.tokens or 0 for row in rows):,} tokens"]
    begun = [row for row in rows if row.attempts is not None]
    known = [row.dollars for row in begun if row.dollars is not None]
    unknown = f" and {len(begun) - len(known):,} runs at an unknown price" if len(known) < len(begun) else ""
    parts.append(f"${sum(known):,.2f}{unknown}")
    gpu = sum(row.gpu_seconds or 0.0 for row in rows)
    parts += [f"{gpu / 3600:,.1f} GPU-hours"] if gpu else []
    return ", ".join(parts) + ("; failed tries not counted" if any(row.tries > 1 for row in rows) else "")
