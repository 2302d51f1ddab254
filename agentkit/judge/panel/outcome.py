"""From the votes on a leaf to what is said of it. Pure: the same votes always make the same finding."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction

from agentkit.contracts.rubric import Citation, Criterion, Method, VerdictStatus, Vote
from agentkit.judge.evidence import Finding

SUSPECT = "suspect text"
CHANGED = "changed when masked"
LOW = "low confidence"
ONE_FAMILY = "one family of judges"


def counted(votes: Sequence[Vote]) -> list[Vote]:
    """Those on the work as it is that have a score."""
    return [each for each in votes if not each.variant and each.score is not None]


def agree(one: float, other: float, leaf: Criterion, tolerance: float) -> bool:
    """Exactly, or within the tolerance where marks are given."""
    near = 0.0 if leaf.points is None else tolerance
    return abs(Fraction(one) - Fraction(other)) <= Fraction(near)


def positions(votes: Sequence[Vote], leaf: Criterion, tolerance: float) -> list[Vote]:
    """One vote a judge: where it was asked several times, one of its largest set of answers that agree."""
    by_judge: dict[str, list[Vote]] = {}
    for each in counted(votes):
        by_judge.setdefault(each.judge, []).append(each)
    return [agreeing(own, leaf, tolerance)[0] for own in by_judge.values()]


def agreeing(votes: Sequence[Vote], leaf: Criterion, tolerance: float) -> list[Vote]:
    """The largest set of votes that all agree with one of them; of equals the one with the lowest score."""
    sets = [
        [each for each in votes if agree(each.score or 0.0, middle.score or 0.0, leaf, tolerance)]
        for middle in sorted(votes, key=lambda each: each.score or 0.0)
    ]
    return max(sets, key=len, default=[])


def has_quorum(votes: Sequence[Vote], leaf: Criterion, quorum: int, tolerance: float) -> bool:
    return len(agreeing(positions(votes, leaf, tolerance), leaf, tolerance)) >= quorum


def found(
    votes: Sequence[Vote],
    leaf: Criterion,
    quorum: int,
    tolerance: float,
    flags: Sequence[str] = (),
    own: Collection[str] = (),
) -> Finding:
    """`quorum`: how many judges must agree on this leaf. `own`: names of judges of the candidate's family, on
    whose word alone no score may rest."""
    voices = positions(votes, leaf, tolerance)
    majority = agreeing(voices, leaf, tolerance)
    if CHANGED in flags:
        return open_finding(
            "disputed", "the verdict changed when text that it must not rest on was masked", votes, flags
        )
    if not voices:
        return _without_score(votes, flags)
    if all(each.judge in own for each in majority):
        status: VerdictStatus = "ungraded" if len(voices) == len(majority) else "disputed"
        return open_finding(status, "only judges of the candidate's own family say so", votes, flags)
    if len(majority) < quorum:
        said = ", ".join(f"{each.judge}: {_marks(each.score, leaf)}" for each in voices)
        return open_finding("disputed", f"no {quorum} judges agree ({said})", votes, flags)
    score = sum((Fraction(each.score or 0.0) for each in majority), Fraction(0)) / len(majority)
    status = "passed" if score == 1 else "failed" if score == 0 else "partial"
    judges = " and ".join(each.judge for each in majority)
    first = majority[0]
    text = f"{judges}: {_marks(float(score), leaf)}. {first.reality}".strip()
    return Finding(
        status, text, float(score), "panel", _proof(majority), tuple(votes), tuple(dict.fromkeys(flags))
    )


def _without_score(votes: Sequence[Vote], flags: Sequence[str]) -> Finding:
    plain = [each for each in votes if not each.variant]
    abstained = [each for each in plain if not each.error]
    if abstained:
        whom = ", ".join(each.judge for each in abstained)
        return open_finding("abstained", f"no citation that holds from {whom}", votes, flags)
    if plain:
        return open_finding("error", f"{plain[-1].judge}: {plain[-1].error}", votes, flags)
    return open_finding("ungraded", "no judge was left to ask", votes, flags)


def open_finding(
    status: VerdictStatus, evidence: str, votes: Sequence[Vote], flags: Sequence[str]
) -> Finding:
    """One without a score; the votes are kept for whoever decides."""
    method: Method = "panel" if votes else "nobody"
    return Finding(status, evidence, None, method, (), tuple(votes), tuple(dict.fromkeys(flags)))


def _proof(votes: Sequence[Vote]) -> tuple[Citation, ...]:
    """What was found of what they cite, each once."""
    cited = [each for vote in votes for each in vote.citations if each.status in ("verified", "moved")]
    return tuple(dict.fromkeys(cited))


def _marks(score: float | None, leaf: Criterion) -> str:
    if leaf.points is None:
        return "met" if score == 1 else "not met"
    return f"{(score or 0.0) * leaf.points:g} of {leaf.points:g}"
