"""What differs between two reports on the same rubric, leaf by leaf."""

from __future__ import annotations

from dataclasses import dataclass

from agentkit.contracts.rubric import JudgeReport, Verdict


@dataclass(frozen=True)
class Change:
    """One leaf that the two reports do not judge alike; None: the report does not have it."""

    id: str
    before: Verdict | None
    after: Verdict | None

    @property
    def effect(self) -> float | None:
        """What it changes in the root's score, where both have one and the leaf weighs the same."""
        if self.before is None or self.after is None:
            return None
        if self.before.score is None or self.after.score is None or self.before.weight != self.after.weight:
            return None
        return (self.after.score - self.before.score) * self.after.weight


def difference(before: JudgeReport, after: JudgeReport) -> list[Change]:
    """Those with the largest effect first, then those without one in written order."""
    old = {verdict.id: verdict for verdict in before.verdicts}
    new = {verdict.id: verdict for verdict in after.verdicts}
    changes = [
        Change(id, old.get(id), new.get(id))
        for id in {**old, **new}
        if id not in old or id not in new or _word(old[id]) != _word(new[id])
    ]
    return sorted(changes, key=lambda change: -abs(change.effect or 0.0))


def _word(verdict: Verdict) -> tuple[str, float | None, float]:
    return verdict.status, verdict.score, verdict.weight
