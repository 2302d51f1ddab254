"""A person's grades and a judge's of one submission, leaf by leaf."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from agentkit.contracts.record import Record
from agentkit.contracts.rubric import Criterion, JudgeReport, Rubric, Verdict
from agentkit.errors import UsageError

Confidence = Literal["low", "medium", "high"]
NO_KIND = "none stated"
ORDER: tuple[Confidence, ...] = ("low", "medium", "high")
PASSES_FROM = 0.5
"""A partial mark counts as passed from here on, where only passed and failed are told apart."""


class Graded(Record):
    """Grades of one submission by one grader, and the rubric where it is at hand (what stands below what)."""

    name: str
    report: JudgeReport
    rubric: Rubric | None = None


class PairedLeaf(Record):
    """A leaf that a person graded."""

    id: str
    kind: str
    cluster: str
    """Leaves below the same criterion, of the same submission, are right and wrong together."""
    weight: float
    """Share of the root."""
    human: float
    judged: float | None
    """None: the judge has no verdict on it."""
    confidence: Confidence | None = None


class Pair(Record):
    """`submission` is the person's name for it: several judgings of one submission are not independent."""

    submission: str
    judging: str
    leaves: tuple[PairedLeaf, ...]
    notes: tuple[str, ...] = ()


def pair(human: Graded, judged: Graded) -> Pair:
    """By leaf id. A leaf whose words differ is another question, and is left out; so is one no person graded.

    UsageError where nothing is left.
    """
    theirs = {each.id: each for each in judged.report.verdicts}
    ours = [each for each in human.report.verdicts if each.score is not None]
    same = [each for each in ours if each.id not in theirs or _words(each) == _words(theirs[each.id])]
    if not any(each.id in theirs for each in same):
        raise UsageError(
            f"'{human.name}' and '{judged.name}' have no graded leaf in common.",
            f"{human.name}: rubric '{human.report.rubric}', {_count(ours, 'leaf')} graded by a person",
            f"{judged.name}: rubric '{judged.report.rubric}', {_count(theirs, 'leaf')}",
            f"Leaves of the same id and other words: {len(ours) - len(same)}" if ours else "",
            "Next: give the person's grades and the judge's report of one and the same rubric.",
        )
    parents = _parents(human.rubric or judged.rubric)
    leaves = tuple(_pair_leaf(each, theirs.get(each.id), human.name, parents) for each in same)
    return Pair(
        submission=human.name,
        judging=judged.name,
        leaves=leaves,
        notes=tuple(_notes(human, judged, len(ours) - len(same), parents)),
    )


def pair_all(humans: Sequence[Graded], judgings: Sequence[Graded]) -> tuple[Pair, ...]:
    """One by one where there are as many of both and each two fit; else each judging with the person's
    grades that share most leaves with it. UsageError where two fit equally well, or none."""
    if len(humans) == len(judgings) and all(map(_shared, humans, judgings)):
        return tuple(map(pair, humans, judgings))
    return tuple(pair(_best_for(each, humans), each) for each in judgings)


def parents_of(rubric: Rubric) -> dict[str, str]:
    """Of each leaf the id of the criterion right above it; empty: the root."""
    return dict(_walk(rubric.criteria, ""))


def _best_for(judged: Graded, humans: Sequence[Graded]) -> Graded:
    by_shared = sorted(humans, key=lambda each: _shared(each, judged), reverse=True)
    if not by_shared:
        raise UsageError("There are no grades by a person to compare with.")
    if len(by_shared) > 1 and _shared(by_shared[0], judged) == _shared(by_shared[1], judged):
        raise UsageError(
            f"It is not clear whose grades belong to '{judged.name}'.",
            f"Both fit: {by_shared[0].name}; {by_shared[1].name}",
            "Next: name as many of both, in the same order.",
        )
    return by_shared[0]


def _shared(human: Graded, judged: Graded) -> int:
    words = {each.id: _words(each) for each in judged.report.verdicts}
    return sum(words.get(each.id) == _words(each) for each in human.report.verdicts if each.score is not None)


def _pair_leaf(
    human: Verdict, judged: Verdict | None, name: str, parents: dict[str, str] | None
) -> PairedLeaf:
    assert human.score is not None
    place = human.id if parents is None else parents.get(human.id, human.id)
    return PairedLeaf(
        id=human.id,
        kind=human.kind or (judged.kind if judged else None) or NO_KIND,
        cluster=f"{name}\n{place}",
        weight=human.weight,
        human=human.score,
        judged=judged.score if judged else None,
        confidence=confidence_of(judged) if judged else None,
    )


def confidence_of(verdict: Verdict) -> Confidence | None:
    """The lowest that a vote for this verdict stated; None where no model was asked, or none said.

    Probes, such as the question asked again, are no votes.
    """
    if verdict.score is None:
        return None
    side = verdict.score >= PASSES_FROM
    stated = [
        each.confidence
        for each in verdict.votes
        if each.score is not None and (each.score >= PASSES_FROM) == side
        if each.confidence is not None and not each.variant
    ]
    return min(stated, key=ORDER.index) if stated else None


def _notes(human: Graded, judged: Graded, reworded: int, parents: dict[str, str] | None) -> Iterator[str]:
    known = {each.id for each in human.report.verdicts}
    ungraded = sum(each.score is None for each in human.report.verdicts)
    extra = sum(each.id not in known for each in judged.report.verdicts)
    partial = sum(each.score not in (None, 0, 1) for each in human.report.verdicts)
    if reworded:
        yield f"{_count(reworded, 'leaf')} left out: the same id, other words"
    if ungraded:
        yield f"{_count(ungraded, 'leaf')} that no person graded, left out"
    if extra:
        yield f"{_count(extra, 'leaf')} that only the judge knows, left out"
    if partial:
        yield f"{_count(partial, 'partial mark')} by a person: passed from {PASSES_FROM:g} of the marks on"
    if parents is None:
        yield "no rubric at hand: each leaf is its own cluster, so the intervals are too narrow"


def _walk(criteria: Sequence[Criterion], parent: str) -> Iterator[tuple[str, str]]:
    for each in criteria:
        if each.children:
            yield from _walk(each.children, each.id)
        else:
            yield each.id, parent


def _parents(rubric: Rubric | None) -> dict[str, str] | None:
    return None if rubric is None else parents_of(rubric)


def _words(verdict: Verdict) -> str:
    return " ".join(verdict.text.split())


def _count(what: int | Sequence[object] | dict[str, Verdict], noun: str) -> str:
    number = what if isinstance(what, int) else len(what)
    plural = "leaves" if noun == "leaf" else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"
