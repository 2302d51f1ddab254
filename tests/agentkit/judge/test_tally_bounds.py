from __future__ import annotations

import random
from fractions import Fraction

from agentkit.contracts.rubric import Criterion, Rubric
from agentkit.judge.evidence import Finding, error, ungraded
from agentkit.judge.tally import leaves, tally

TREES = 10_000
WEIGHTS = (0.0, 0.1, 1.0, 1.0, 3.0, 7.5, 20.0)


def grown(rng: random.Random) -> Rubric:
    """A tree of up to three levels, with weights of 0 among the others."""

    def siblings(prefix: str, depth: int) -> tuple[Criterion, ...]:
        return tuple(
            Criterion(
                id=f"{prefix}{index}",
                text="t",
                weight=rng.choice(WEIGHTS),
                points=4.0,
                children=siblings(f"{prefix}{index}.", depth - 1) if depth and rng.random() < 0.3 else (),
            )
            for index in range(rng.choice((1, 2, 2)))
        )

    denominator, declared = rng.choice(
        (("leaf_sum", None), ("section_declared", None), ("declared_total", 9))
    )
    criteria = siblings("c", 2)
    if denominator == "section_declared":
        criteria = tuple(each.model_copy(update={"declared_points": rng.randint(1, 9)}) for each in criteria)
    return Rubric.model_validate(
        {"title": "t", "criteria": criteria, "denominator": denominator, "declared_points": declared}
    )


def truth_of(rubric: Rubric, criteria: tuple[Criterion, ...], scores: dict[str, float]) -> Fraction | None:
    """The mean by the definition, bottom-up; None where nothing counts."""
    total, sum = Fraction(0), Fraction(0)
    for each in criteria:
        own = truth_of(rubric, each.children, scores) if each.children else Fraction(scores[each.id])
        weight = each.weight
        if rubric.denominator == "section_declared" and each in rubric.criteria:
            weight = each.declared_points or weight
        if own is not None and each.weight:
            total, sum = total + Fraction(weight), sum + Fraction(weight) * own
    return sum / total if total else None


def test_no_failure_of_a_judge_moves_the_truth_out_of_the_bounds() -> None:
    """Of ten thousand trees whose leaves all have a true score, and of which some judge loses some."""
    rng = random.Random(9)
    lost = [ungraded("nobody"), error("timeout"), Finding("disputed", "no quorum"), Finding("abstained", "")]
    violations = counted = 0
    for _ in range(TREES):
        rubric, share = grown(rng), rng.random()
        scores = {leaf.id: rng.choice((0.0, 1.0, rng.random())) for leaf in leaves(rubric)}
        seen = {
            id: rng.choice(lost) if rng.random() < share else Finding("partial", "", score)
            for id, score in scores.items()
        }
        report, truth = tally(rubric, seen), truth_of(rubric, rubric.criteria, scores)
        if truth is None:
            continue
        if rubric.denominator == "declared_total":
            truth = min(Fraction(1), truth * 4 * len(scores) / 9)
        counted += 1
        violations += not report.low <= float(truth) <= report.high
        violations += report.score is not None and not report.low <= report.score <= report.high
    assert violations == 0
    assert counted > 0.9 * TREES
