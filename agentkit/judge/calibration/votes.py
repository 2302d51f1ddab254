"""How far the judges of a panel agree with one another, from their votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentkit.contracts.rubric import Verdict
from agentkit.statistics.agreement import Rating, fleiss_kappa, flip_rate, leniency, pairwise_kappa
from agentkit.statistics.krippendorff import krippendorff_alpha


def agreement(verdicts: Sequence[Verdict]) -> dict[str, float | None]:
    """Statistic to value, as a JudgeReport holds it; empty where no leaf has two votes.

    `kappa a | b`, `fleiss_kappa`, `alpha_nominal`, `alpha_ordinal`: each judge's first sample with a score.
    `leniency a`: against the others on the same leaves. `flip_rate a`: over its samples of the same leaf.
    """
    judges, table = ratings(verdicts)
    found: dict[str, float | None] = {}
    if len(judges) > 1 and any(sum(each is not None for each in row) > 1 for row in table):
        for (one, other), value in pairwise_kappa(table).items():
            found[f"kappa {judges[one]} | {judges[other]}"] = value
        found["fleiss_kappa"] = fleiss_kappa(table)
        found["alpha_nominal"] = krippendorff_alpha(table)
        found["alpha_ordinal"] = krippendorff_alpha(table, "ordinal")
        found |= {f"leniency {name}": value for name, value in zip(judges, leniency(table), strict=True)}
    return found | {
        f"flip_rate {name}": rate for name, rate in flip_rates(verdicts).items() if rate is not None
    }


def ratings(verdicts: Sequence[Verdict]) -> tuple[list[str], list[list[Rating]]]:
    """The judges by name, and a row for each leaf with the score each gave it first; None: it gave none."""
    judges = sorted({vote.judge for verdict in verdicts for vote in verdict.votes})
    rows = [_samples(verdict) for verdict in verdicts]
    return judges, [[row[name][0] if row.get(name) else None for name in judges] for row in rows]


def flip_rates(verdicts: Sequence[Verdict]) -> Mapping[str, float | None]:
    """Of each judge, over the leaves that it was asked about more than once; None: there is no such leaf."""
    judges, _ = ratings(verdicts)
    return {name: flip_rate([_samples(each).get(name, []) for each in verdicts]) for name in judges}


def _samples(verdict: Verdict) -> dict[str, list[float]]:
    """The scores of each judge in the order of its samples; abstentions and errors are no answers."""
    found: dict[str, list[float]] = {}
    for vote in sorted(verdict.votes, key=lambda each: each.sample):
        if vote.score is not None and not vote.error:
            found.setdefault(vote.judge, []).append(vote.score)
    return found
