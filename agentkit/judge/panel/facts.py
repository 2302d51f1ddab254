"""Facts of a judging that belong to no single leaf: who judged, how far they agreed, what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from agentkit.contracts.record import Record
from agentkit.contracts.rubric import JudgeCost, JudgeReport, Suspect, Vote
from agentkit.judge.evidence import Finding
from agentkit.statistics.agreement import fleiss_kappa, flip_rate, leniency, pairwise_kappa
from agentkit.statistics.krippendorff import krippendorff_alpha


class Facts(Record):
    """What a panel adds to a report."""

    panel: tuple[str, ...] = ()
    agreement: Mapping[str, float | None] = Field(default_factory=dict)
    cost: JudgeCost = JudgeCost()
    suspects: tuple[Suspect, ...] = ()
    notes: tuple[str, ...] = ()
    snapshot_digest: str = ""

    def added_to(self, report: JudgeReport) -> JudgeReport:
        return report.model_copy(
            update={
                "panel": self.panel,
                "agreement": {**report.agreement, **self.agreement},
                "cost": self.cost,
                "suspects": self.suspects,
                "notes": (*report.notes, *self.notes),
                "snapshot_digest": self.snapshot_digest,
            }
        )


def agreement_of(findings: Sequence[Finding], judges: Sequence[str], marked: bool) -> dict[str, float | None]:
    """Statistic to value. Only leaves on which more than one judge gave a score say anything of agreement.

    `marked`: some leaf has marks, so that distances between scores mean something.
    """
    table = [[_first_score(each.votes, judge) for judge in judges] for each in findings]
    table = [row for row in table if sum(each is not None for each in row) > 1]
    found: dict[str, float | None] = {}
    if table:
        found["leaves with several votes"] = float(len(table))
        for (one, other), value in pairwise_kappa(table).items():
            found[f"kappa {judges[one]}, {judges[other]}"] = value
        found["Fleiss kappa"] = fleiss_kappa(table)
        found["Krippendorff alpha, nominal"] = krippendorff_alpha(table)
        if marked:
            found["Krippendorff alpha, ordinal"] = krippendorff_alpha(table, "ordinal")
        for judge, more in zip(judges, leniency(table), strict=True):
            found[f"leniency {judge}"] = more
    for variant in ("repeated", "shuffled"):
        pairs = [pair for each in findings if (pair := _probe(each.votes, variant)) is not None]
        if pairs:
            found[f"flip rate {variant}"] = flip_rate(pairs)
    return found


def _first_score(votes: Sequence[Vote], judge: str) -> float | None:
    own = [each for each in votes if each.judge == judge and not each.variant]
    return own[0].score if own else None


def _probe(votes: Sequence[Vote], variant: str) -> list[float | None] | None:
    """What a judge said at first, and what it said when it was asked again."""
    again = [each for each in votes if each.variant == variant]
    return [_first_score(votes, again[0].judge), again[0].score] if again else None
